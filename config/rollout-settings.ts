import { z } from "zod";
import type { StackConfig } from "./schema.ts";

const seconds = z.number().min(0);

/**
 * What the declared objects do not show of a rollout, for those who review them: an annotation of the object that holds the
 * weights, or of the one that makes the pods. Times are seconds, shares are between 0 and 1.
 */
export const rolloutSettingsSchema = z.object({
  strategy: z.enum(["canary", "blueGreen", "rolling", "experiment", "argo", "replace"]),
  /** The weights that a release takes, in percent, and which of them ask a person. */
  stages: z.array(z.object({ weight: z.number(), approval: z.boolean() })).optional(),
  bake: seconds.optional(),
  scrapeInterval: seconds.optional(),
  /** Absent where nobody judges. `latency` is absent where the time of answers is not judged. */
  gate: z
    .object({
      limit: z.number(),
      tolerate: z.number(),
      latency: z.object({ limit: seconds, percentile: z.number() }).optional(),
    })
    .optional(),
});

export type RolloutSettings = z.infer<typeof rolloutSettingsSchema>;

/** What a stack says about its rollouts. It changes with the stack's settings, never with a weight. */
export function rolloutSettings({ gate, metrics, strategy }: StackConfig): RolloutSettings {
  const scrapes = metrics === undefined ? {} : { scrapeInterval: metrics.scrapeInterval / 1_000 };
  if (strategy.kind !== "canary" && strategy.kind !== "blueGreen") return { strategy: strategy.kind, ...scrapes };
  const stages = strategy.kind === "canary" ? strategy.weights : [{ weight: 100, approval: strategy.approval }];
  const { latency, limit, tolerate } = gate;
  return {
    strategy: strategy.kind,
    stages: stages.map(({ approval, weight }) => ({ weight, approval: approval !== undefined })),
    bake: strategy.bake / 1_000,
    ...scrapes,
    gate: {
      limit,
      tolerate,
      ...(latency === "off" ? {} : { latency: { limit: latency.limit / 1_000, percentile: latency.percentile } }),
    },
  };
}
