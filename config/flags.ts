import { z } from "zod";
import { percent } from "./text.ts";

const flagSchema = z
  .strictObject({
    on: z.boolean().describe("Whether the flag is on at all."),
    percentage: percent.default(100).describe("Share of the users, by a stable hash of the targeting key, who get it."),
    segments: z
      .array(z.string().min(1))
      .default([])
      .describe("Segments of `audience` whose users get it, whatever the percentage."),
  })
  .describe("One feature flag.");

/** Feature flags, which are changed without deploying anything. */
export const flagsSchema = z
  .record(z.string().regex(/^[a-z][a-z0-9-]*$/, "use lower-case letters, digits and '-'"), flagSchema)
  .default({});

export type Flags = z.infer<typeof flagsSchema>;
export type Flag = Flags[string];
