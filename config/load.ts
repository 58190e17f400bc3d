import * as pulumi from "@pulumi/pulumi";
import { parseStackConfig } from "./parse.ts";
import { stackSchema, type StackConfig } from "./schema.ts";

/**
 * Reads and checks the configuration of the running stack: the one place that reads `pulumi.Config`.
 *
 * @throws ConfigError that lists every problem of the stack file
 */
export function loadStackConfig(): StackConfig {
  const config = new pulumi.Config("sluice");
  const known = Object.keys(stackSchema.shape);
  const values = known
    .map((key) => [key, config.getObject<unknown>(key)] as const)
    .filter(([, value]) => value !== undefined);
  const unknown = unknownKeys(known);
  return parseStackConfig(Object.fromEntries([...values, ...unknown]), `Pulumi.${pulumi.getStack()}.yaml`);
}

/** Settings under `sluice:` that the schema does not know, so that a misspelt one is refused and not overlooked. */
function unknownKeys(known: readonly string[]): readonly (readonly [string, true])[] {
  return Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith("sluice:"))
    .map((key) => key.slice("sluice:".length))
    .filter((key) => !known.includes(key))
    .map((key) => [key, true] as const);
}
