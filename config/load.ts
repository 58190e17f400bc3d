import * as pulumi from "@pulumi/pulumi";
import { ConfigError, parseStackConfig } from "./parse.ts";
import { findShadowed, findTokenProblems, readSecrets, SECRETS_KEY, type Secrets } from "./secrets.ts";
import { stackSchema, type StackConfig } from "./schema.ts";

/** The configuration of a stack, and beside it what must never be seen. */
export interface LoadedConfig {
  readonly stack: StackConfig;
  readonly secrets: pulumi.Input<Secrets>;
}

/**
 * Reads and checks the configuration of the running stack: the one place that reads `pulumi.Config`.
 *
 * @throws ConfigError that lists every problem of the stack file
 */
export function loadStackConfig(): LoadedConfig {
  const config = new pulumi.Config("sluice");
  const known = Object.keys(stackSchema.shape);
  const values = known
    .map((key) => [key, config.getObject<unknown>(key)] as const)
    .filter(([, value]) => value !== undefined);
  const unknown = unknownKeys([...known, SECRETS_KEY]);
  const source = `Pulumi.${pulumi.getStack()}.yaml`;
  const { problems, secrets } = readSecrets(parseSecrets());
  const stack = parseStackConfig(Object.fromEntries([...values, ...unknown]), source, problems);
  const unfit = [...findShadowed(secrets, stack), ...findTokenProblems(secrets, stack)];
  if (unfit.length > 0) throw new ConfigError(source, unfit);
  return { stack, secrets: Object.keys(secrets).length === 0 ? {} : pulumi.secret(secrets) };
}

/** The raw text, because `Config.getObject` warns of a secret, and an Output cannot be checked before it is used. */
function parseSecrets(): unknown {
  const text = pulumi.runtime.getConfig(`sluice:${SECRETS_KEY}`);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Whatever it is: not an object. The parser's own error would quote the text.
    return text;
  }
}

/** Settings under `sluice:` that the schema does not know, so that a misspelt one is refused and not overlooked. */
function unknownKeys(known: readonly string[]): readonly (readonly [string, true])[] {
  return Object.keys(pulumi.runtime.allConfig())
    .filter((key) => key.startsWith("sluice:"))
    .map((key) => key.slice("sluice:".length))
    .filter((key) => !known.includes(key))
    .map((key) => [key, true] as const);
}
