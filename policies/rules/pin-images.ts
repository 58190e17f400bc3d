import { z } from "zod";
import { allContainersOf, containerName, POD_MAKERS } from "../reading/pods.ts";
import { textAt } from "../reading/read.ts";
import { defineRule } from "../rule.ts";

export const pinImages = defineRule({
  id: "pin-images",
  group: "Workload",
  description: "Images are named by digest or by a tag that does not move; never `latest`.",
  rationale:
    "A rollback brings back a name. If the name means another image by then, there is no way back, and pods of one version " +
    "run two.",
  remediation: "Name the image with its digest or its version.",
  severity: "high",
  enforcement: "mandatory",
  kinds: POD_MAKERS,
  needs: "object",
  settings: z.strictObject({
    digest: z.boolean().default(false).describe("Whether only digests will do."),
    moving: z
      .array(z.string())
      .default(["latest", "stable", "main", "master", "edge", "nightly", "snapshot", "dev"])
      .describe("Tags that move."),
  }),
  *check(subject, _review, { digest, moving }) {
    for (const container of allContainersOf(subject)) {
      const image = textAt(container, "image");
      // Without an image it is the controller's to fill in, as Istio's injector does with `auto`.
      if (image === undefined || image === "auto" || /@sha256:[0-9a-f]{64}$/.test(image)) continue;
      const tag = /:([^/:]+)$/.exec(image)?.[1];
      const name = `${containerName(container)}: image ${image}`;
      if (tag === undefined) yield `${name} has no tag, which means latest`;
      else if (moving.includes(tag.toLowerCase())) yield `${name} has a tag that moves`;
      else if (digest) yield `${name} is not named by its digest`;
    }
  },
});
