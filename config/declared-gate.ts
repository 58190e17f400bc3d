import { z } from "zod";
import { duration, durationText } from "./duration.ts";
import { share } from "./text.ts";

/** Metrics whose query, or whose limits, are known; each is described in `gate-presets.ts`. */
export const GATE_PRESETS = [
  "cpu",
  "memory",
  "heap",
  "throughput",
  "errorShare",
  "latencyP95",
  "conversion",
  "satisfaction",
] as const;

export type GatePreset = (typeof GATE_PRESETS)[number];

/** What a declared gate is like where neither its preset nor its author says otherwise. Durations are ms. */
export const GATE_DEFAULTS = {
  unit: "plain",
  window: 60_000,
  interval: 30_000,
  consecutiveFailureLimit: 2,
  inconclusiveLimit: 9,
  consecutiveErrorLimit: 4,
  onNoData: "inconclusive",
  onFailure: "rollback",
  required: true,
} as const;

const times = z.int().min(0).max(10_000);

const compareSchema = z.strictObject({
  by: z
    .enum(["ratio", "difference"])
    .describe("`ratio`: the candidate's number divided by stable's. `difference`: how much worse than stable's it is."),
  limit: z.number().describe("Beyond it a measurement fails. As a ratio: above 1 where higher is worse, else below."),
  passAt: z
    .number()
    .optional()
    .describe("From here on a measurement passes; between this and limit it is inconclusive. Without it: at limit."),
});

export const declaredGateSchema = z.strictObject({
  preset: z
    .enum(GATE_PRESETS)
    .optional()
    .describe("A metric that is known: what follows then has its values, unless said otherwise."),
  query: z
    .string()
    .optional()
    .describe(
      "PromQL that gives one number. Variables: `{{ app }}`, `{{ namespace }}`, `{{ slot }}` and `{{ version }}` inside " +
        "quotes, `{{ window }}` as a duration, `{{ weight }}` as a number. Required, but for presets that know theirs.",
    ),
  worse: z.enum(["higher", "lower"]).optional().describe("Which numbers are worse. Required without a preset."),
  limit: z.number().optional().describe("The candidate's number beyond which a measurement fails."),
  passAt: z
    .number()
    .optional()
    .describe("From here on a measurement passes; between this and limit it is inconclusive. Without it: at limit."),
  compare: compareSchema
    .optional()
    .describe("Compares with stable, asked the same at the same time; not at weight 100, where stable has no traffic."),
  unit: withFallback(z.enum(["plain", "share", "seconds"]), "unit").describe("How its numbers are written in reports."),
  window: durationText
    .optional()
    .describe("What `{{ window }}` stands for. Without it 1m, or what the preset has; at least four scrapes."),
  interval: durationText
    .optional()
    .describe("How often it is measured. Without it 30s, or what the preset has; at least a scrape."),
  warmup: durationText
    .optional()
    .describe("How long after the candidate first got traffic it is measured first. Without it, and at least: window."),
  consecutiveFailureLimit: withFallback(times, "consecutiveFailureLimit").describe(
    "Measurements in a row that may fail; with one more the gate has failed. Only one that passes ends a row.",
  ),
  failureLimit: times
    .optional()
    .describe("The same for all measurements of the release together. Without it: any number."),
  inconclusiveLimit: withFallback(times, "inconclusiveLimit").describe(
    "Measurements in a row that may be inconclusive; with one more the release pauses.",
  ),
  consecutiveErrorLimit: withFallback(times, "consecutiveErrorLimit").describe(
    "Times in a row that Prometheus may not answer as it should; with one more the release pauses.",
  ),
  onNoData: withFallback(z.enum(["inconclusive", "error"]), "onNoData").describe(
    "What a measurement is that found no number. It never passes.",
  ),
  onFailure: withFallback(z.enum(["rollback", "pause"]), "onFailure").describe(
    "What happens when the gate has failed. A pause ends in a rollback after gate.pauseDeadline.",
  ),
  required: withFallback(z.boolean(), "required").describe(
    "Whether a step waits for this gate to pass over a window at the step's weight. Where it is false the gate can " +
      "only stop a release.",
  ),
});

export type DeclaredGateEntry = z.infer<typeof declaredGateSchema>;

const GATE_NAME = /^[a-z][A-Za-z0-9-]{0,39}$/;

/** Declared gates by their names. */
export const declaredGatesSchema = z
  .record(z.string(), declaredGateSchema)
  .default({})
  .superRefine((gates, ctx) => {
    for (const name of Object.keys(gates).filter((name) => !GATE_NAME.test(name))) {
      const message = "is no name: use up to 40 letters, digits and '-', beginning with a small letter";
      ctx.addIssue({ code: "custom", path: [name], message });
    }
  });

const off = z.enum(["off"]);

/** Limits beyond which a release goes back whatever else is known. */
export const emergencySchema = z
  .strictObject({
    errorShare: z.union([share, off]).default(0.1).describe("Share of failing requests, or `off`."),
    errorsFor: duration("5m").describe("How long the failing share must be above it."),
    latencyP95: z
      .union([durationText, off])
      .optional()
      .describe(
        "What 95 of 100 requests must be faster than, or `off`. Without it: 1s, and at least twice `latency.limit`.",
      ),
  })
  .prefault({});

export type Emergency = z.infer<typeof emergencySchema>;

const limitOrOff = (fallback: number) => z.union([z.int().min(1).max(1_000), off]).default(fallback);

/** What the candidate's pods must not do. */
export const podLimitsSchema = z
  .strictObject({
    oomKills: limitOrOff(1).describe("Containers of candidate pods killed for their memory, at which it goes back."),
    restarts: limitOrOff(2).describe("Restarts of candidate pods, all together, at which it goes back."),
    unready: z
      .enum(["rollback", "off"])
      .default("rollback")
      .describe("What happens when no candidate pod is ready while the candidate has traffic."),
    interval: duration("5s").describe("How often the pods are looked at."),
  })
  .prefault({});

export type PodLimits = z.infer<typeof podLimitsSchema>;

/** A field that a preset may fill; the documentation shows what it is without one. */
function withFallback<T extends z.ZodType>(schema: T, key: keyof typeof GATE_DEFAULTS) {
  return schema.optional().meta({ default: GATE_DEFAULTS[key] });
}
