import { z } from "zod";
import { percent } from "./text.ts";

const flagSchema = z
  .strictObject({
    on: z
      .boolean()
      .describe("Whether the flag exists for the service; where it is false the default in the service's code holds."),
    percentage: percent
      .default(100)
      .describe(
        "Integer percent of the users who get it, by a stable hash of the evaluation context's `targetingKey`.",
      ),
    segments: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Segments of `audience` whose users get it, whatever the percentage: the service puts the name of a user's " +
          "segment into the evaluation context as `segment`.",
      ),
  })
  .describe("One feature flag.");

/**
 * Feature flags, which are changed without deploying anything. Pods find them as `/etc/flags/flags.json`, in the format of
 * OpenFeature's flagd, for its file or in-process resolver.
 */
export const flagsSchema = z
  .record(z.string().regex(/^[a-z][a-z0-9-]*$/, "use lower-case letters, digits and '-'"), flagSchema)
  .default({});

export type Flags = z.infer<typeof flagsSchema>;
export type Flag = Flags[string];
