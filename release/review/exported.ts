import { z } from "zod";
import type { Resource } from "../../policies/resource.ts";
import { fromPulumi, stackOfUrn } from "../../policies/sources/pulumi.ts";

/** The part of `pulumi stack export` that is read here. */
const exportedSchema = z.looseObject({
  deployment: z.looseObject({
    resources: z
      .array(
        z.looseObject({
          urn: z.string(),
          type: z.string(),
          inputs: z.record(z.string(), z.unknown()).optional(),
          ignoreChanges: z.array(z.string()).optional(),
          delete: z.boolean().optional(),
        }),
      )
      .default([]),
  }),
});

/** What a state holds. */
export interface Exported {
  readonly stack: string;
  readonly resources: readonly Resource[];
}

/** Reads an exported state; `undefined` for JSON that is none. Objects that are only waiting to be deleted are left out. */
export function readExported(content: unknown): Exported | undefined {
  const parsed = exportedSchema.safeParse(content);
  if (!parsed.success) return undefined;
  const { resources } = parsed.data.deployment;
  const known = resources.flatMap(({ delete: leaving = false, ignoreChanges = [], inputs, type, urn }) => {
    const props = replaceSecrets(inputs);
    const resource = leaving
      ? undefined
      : fromPulumi({ type, urn, name: urn.split("::").at(-1) ?? "", props, ignoreChanges });
    return resource === undefined ? [] : [resource];
  });
  return { stack: stackOfUrn(resources[0]?.urn ?? ""), resources: known };
}

/** Pulumi's mark of a special value, and the one of a secret. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** Secrets stay what they are: no rule reads a text that is encrypted. */
function replaceSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(replaceSecrets);
  if (typeof value !== "object" || value === null) return value;
  const tree = value as Readonly<Record<string, unknown>>;
  if (tree[SIGNATURE] === SECRET) return "[secret]";
  return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, replaceSecrets(part)]));
}
