import { z } from "zod";
import { duration, formatDuration } from "./duration.ts";
import type { MetricPreset } from "./metrics.ts";
import { share } from "./text.ts";

const stepsSchema = z
  .array(
    z.strictObject({
      weight: z.int().min(1).max(99).describe("Percent of the traffic on the new version."),
      pause: duration("5m").describe("How long Argo stays there."),
    }),
  )
  .min(1)
  .superRefine((steps, ctx) => {
    steps.forEach(({ weight }, i) => {
      const before = steps[i - 1]?.weight;
      if (before === undefined || weight > before) return;
      const message = `is not above the step before it (${before})`;
      ctx.addIssue({ code: "custom", path: [i, "weight"], message, input: weight });
    });
  })
  .default([
    { weight: 5, pause: 300_000 },
    { weight: 10, pause: 600_000 },
    { weight: 25, pause: 600_000 },
    { weight: 50, pause: 900_000 },
  ]);

const canaryPlanSchema = z
  .strictObject({
    kind: z.literal("canary"),
    steps: stepsSchema.describe("Weights, each with the pause after it; then all traffic moves."),
    analyseFromStep: z
      .int()
      .min(1)
      .default(2)
      .describe("Number of the step, counted from 1, from which the analysis runs in the background."),
  })
  .superRefine(({ analyseFromStep, steps }, ctx) => {
    if (analyseFromStep <= steps.length) return;
    const message = `is above the number of steps (${steps.length}): the analysis would never run`;
    ctx.addIssue({ code: "custom", path: ["analyseFromStep"], message, input: analyseFromStep });
  });

const blueGreenPlanSchema = z.strictObject({
  kind: z.literal("blueGreen"),
  autoPromotion: z
    .boolean()
    .default(true)
    .describe("Whether Argo promotes by itself once the analysis passed; else somebody runs Argo's `promote`."),
});

const analysisSchema = z
  .strictObject({
    successRate: share.default(0.99).describe("Lowest share of requests that must succeed."),
    latencyP99: duration("100ms").describe(
      "What 99 of 100 requests must be faster than; best on an edge of the histogram's buckets.",
    ),
    interval: duration("1m").describe("How often it is measured, and over which time. At least the scrape interval."),
    count: z
      .int()
      .min(1)
      .default(10)
      .describe("How many measurements an analysis before or after a promotion takes; a canary's lasts to its end."),
    failureLimit: z.int().min(0).default(3).describe("Measurements that may fail; with one more Argo goes back."),
    inconclusiveLimit: z
      .int()
      .min(0)
      .default(3)
      .describe(
        "Measurements that may find no request at all; with one more, in a row, a canary goes back, and blue/green " +
          "waits until somebody decides.",
      ),
    consecutiveErrorLimit: z
      .int()
      .min(0)
      .default(4)
      .describe("Times in a row that Prometheus may not answer; with one more Argo goes back."),
  })
  .prefault({});

export const argoSchema = z.strictObject({
  kind: z.literal("argo"),
  replicas: z.int().min(1).max(1_000).default(3).describe("Pods of the service."),
  analysis: analysisSchema.describe("What Argo's AnalysisTemplates measure."),
  scaleDownDelay: duration("20m").describe("How long Argo keeps the old version's pods warm after a promotion."),
  plan: z
    .discriminatedUnion("kind", [canaryPlanSchema, blueGreenPlanSchema])
    .prefault({ kind: "canary" })
    .describe("How Argo moves the traffic. This project then writes no weight at all."),
});

export type Argo = z.infer<typeof argoSchema>;
export type ArgoAnalysisLimits = z.infer<typeof analysisSchema>;
export type ArgoCanaryPlan = z.infer<typeof canaryPlanSchema>;
export type ArgoBlueGreenPlan = z.infer<typeof blueGreenPlanSchema>;

/** What an analysis can be made from. Before and after the switch of blue/green no edge counts by version. */
export const ARGO_PRESETS = {
  canary: ["envoy", "istio", "spring"],
  blueGreen: ["spring"],
} as const satisfies Record<Argo["plan"]["kind"], readonly MetricPreset[]>;

export type ArgoPreset = (typeof ARGO_PRESETS)[Argo["plan"]["kind"]][number];

/** What counts the requests for the analysis: the chosen source, or what goes with the plan. */
export function analysisPreset({ plan }: Argo, chosen: MetricPreset | undefined): ArgoPreset {
  const able: readonly ArgoPreset[] = ARGO_PRESETS[plan.kind];
  return able.find((preset) => preset === chosen) ?? ARGO_PRESETS[plan.kind][0];
}

/**
 * The time in ms that one measurement looks back over: a rate needs several scrapes. It is also how long an analysis
 * waits before it begins, so that what came before this version is not held against it.
 */
export function analysisWindow(analysis: ArgoAnalysisLimits, scrapeInterval: number): number {
  return Math.max(analysis.interval, 4 * scrapeInterval);
}

/** The time in ms after which silence is no longer inconclusive: so many measurements have found no request. */
export function silenceWindow(analysis: ArgoAnalysisLimits, scrapeInterval: number): number {
  return analysisWindow(analysis, scrapeInterval) + analysis.inconclusiveLimit * analysis.interval;
}

/** What makes the analysis blind or too late to stop anything, with the setting that is to blame. */
export function findArgoFaults(
  { analysis, plan }: Argo,
  scrapeInterval: number,
): readonly { readonly path: readonly string[]; readonly message: string }[] {
  if (analysis.interval < scrapeInterval) {
    const scrape = formatDuration(scrapeInterval);
    const message = `is shorter than metrics.scrapeInterval (${scrape}): the same scrape would be measured twice`;
    return [{ path: ["analysis", "interval"], message }];
  }
  if (plan.kind === "blueGreen" || plan.analyseFromStep > plan.steps.length) return [];
  const needed = analysisWindow(analysis, scrapeInterval) + analysis.failureLimit * analysis.interval;
  const watched = plan.steps.slice(plan.analyseFromStep - 1).reduce((sum, { pause }) => sum + pause, 0);
  if (watched >= needed) return [];
  const message =
    `the steps from number ${plan.analyseFromStep} on last ${formatDuration(watched)}, but the analysis can only fail ` +
    `after ${formatDuration(needed)}: make pauses longer, or interval or failureLimit smaller`;
  return [{ path: ["plan", "steps"], message }];
}
