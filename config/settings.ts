import { z } from "zod";
import { environment } from "./environment.ts";

/** What fits into a ConfigMap, with room for its metadata. */
const MOST_BYTES = 900_000;

const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/);

/**
 * Plain settings of the service. A version takes them along when it takes its slot, and keeps them as long as it is there:
 * a change comes with the next version, and a rollback brings the old values back.
 */
export const settingsSchema = z
  .strictObject({
    env: environment.describe("Settings that become environment variables."),
    files: z.record(fileName, z.string()).default({}).describe("Settings that become files, by their names."),
    directory: z
      .string()
      .regex(/^(\/[A-Za-z0-9._-]+)+$/, "write an absolute path")
      .refine((path) => path !== "/tmp", "is the pod's scratch directory")
      .default("/etc/settings")
      .describe("Directory of the files in the container; each variable of `env` is a file there too."),
  })
  .prefault({})
  .superRefine(({ env, files }, ctx) => {
    const bytes = [...Object.entries(env), ...Object.entries(files)].flat().reduce((sum, text) => {
      return sum + Math.ceil(Buffer.byteLength(text) * (4 / 3));
    }, 0);
    if (bytes > MOST_BYTES) {
      ctx.addIssue({
        code: "custom",
        path: ["files"],
        message: `are too large for a ConfigMap (${bytes} of ${MOST_BYTES} bytes)`,
      });
    }
    for (const name of Object.keys(files).filter((name) => name in env)) {
      ctx.addIssue({ code: "custom", path: ["files", name], message: "is a variable of settings.env too" });
    }
  });

export type Settings = z.infer<typeof settingsSchema>;
