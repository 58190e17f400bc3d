import { z } from "zod";
import { duration } from "./duration.ts";
import { environment } from "./environment.ts";
import { imageReference, versionName } from "./release-state.ts";

/** What a database may be asked to do around a release. */
export type DatabaseStep = "backup" | "expand" | "contract";

const jobSchema = {
  image: imageReference.optional().describe("Image of the Job; without it: the version's own."),
  command: z.array(z.string().min(1)).min(1).describe("What the Job runs, in place of the image's entry point."),
  env: environment.describe("Further environment variables of the Job, beside those of the service."),
  timeout: duration("10m").describe("How long the Job may take; then it has failed."),
};

/** A change of the database around a release: expand before, contract after. */
export const databaseSchema = z
  .strictObject({
    backup: z.strictObject(jobSchema).optional().describe("Runs before the expansion, once for each version."),
    expand: z
      .strictObject(jobSchema)
      .optional()
      .describe(
        "Adds what the new version needs, and leaves what the old one needs. Runs before the version's pods; again when " +
          "a version that was taken back is released again, so it must be repeatable.",
      ),
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
export type DatabaseJob = NonNullable<Database["expand"]>;
