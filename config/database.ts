import { z } from "zod";
import { duration } from "./duration.ts";
import { imageReference, versionName } from "./release-state.ts";

const jobSchema = {
  image: imageReference.optional().describe("Image of the Job. Without it: the image of the version that is deployed."),
  command: z.array(z.string().min(1)).min(1).describe("What the Job runs, in place of the image's entry point."),
  env: z.record(z.string(), z.string()).default({}).describe("Further environment variables of the Job."),
  timeout: duration("10m").describe("When the Job has failed."),
};

/** A change of the database around a release: expand before, contract after. */
export const databaseSchema = z
  .strictObject({
    backup: z.strictObject(jobSchema).optional().describe("Runs before the expansion, once for each version."),
    expand: z
      .strictObject(jobSchema)
      .optional()
      .describe("Adds what the new version needs, and leaves what the old one needs. Runs before the version's pods."),
    contract: z
      .strictObject({
        ...jobSchema,
        approvedFor: versionName
          .optional()
          .describe(
            "The live version for which the contraction is approved. It runs once the way back is closed: no " +
              "candidate, and no pods in the idle slot.",
          ),
      })
      .optional()
      .describe("Removes what only older versions needed. After it no older version can come back."),
  })
  .optional();

export type Database = NonNullable<z.infer<typeof databaseSchema>>;
