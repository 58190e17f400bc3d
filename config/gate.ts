import { z } from "zod";
import { declaredGatesSchema, emergencySchema, podLimitsSchema } from "./declared-gate.ts";
import { duration, durationText } from "./duration.ts";
import { period } from "./period.ts";
import { share } from "./text.ts";

/** Where nothing else is said, times are compared from this part of the limit on. */
const COMPARED_PART = 0.1;

/** An emergency is far beyond the limit, whatever that is. */
const EMERGENCY_P95_MS = 1_000;
const EMERGENCY_LIMITS = 2;

const latencySchema = z
  .strictObject({
    limit: duration("100ms").describe(
      "The time within which `percentile` percent of the answers must come. The histogram must have a bucket that ends there.",
    ),
    percentile: z
      .number()
      .min(50)
      .lt(100)
      .default(99)
      .describe("How many of 100 answers must be within `limit`: 99 means that 1 % may take longer."),
    tolerateSlow: z
      .number()
      .min(1)
      .max(10)
      .default(1.25)
      .describe("How many times stable's odds of a slow answer the candidate may have."),
    compareFrom: durationText
      .optional()
      .describe(
        "Answers quicker than this are quick enough: the candidate's times are compared with stable's from here on. At " +
          "most limit. Without it: a tenth of limit.",
      ),
  })
  .superRefine(({ compareFrom = 0, limit }, ctx) => {
    if (compareFrom <= limit) return;
    const message = `is above limit (${limit}ms): only answers that break the limit would be compared`;
    ctx.addIssue({ code: "custom", path: ["compareFrom"], message, input: `${compareFrom}ms` });
  })
  .transform(({ compareFrom, limit, ...rest }) => {
    return { ...rest, limit, compareFrom: compareFrom ?? limit * COMPARED_PART };
  });

export const gateSchema = z
  .strictObject({
    falseAlarm: share.default(0.01).describe("Highest probability that a healthy release is rolled back."),
    limit: share.default(0.01).describe("Highest acceptable share of failing requests."),
    tolerate: z
      .number()
      .min(1)
      .max(10)
      .default(1.25)
      .describe("How many times stable's odds of failing the candidate may have."),
    ignoreBelow: share
      .default(0.001)
      .describe(
        "A share of failing, or of slow requests so small that it is never a reason to roll back. Below limit.",
      ),
    latency: z
      .union([z.literal("off"), latencySchema])
      .prefault({})
      .describe(
        "How quick the answers must be, in themselves and beside stable's; `off` judges failing requests only.",
      ),
    minStepTime: duration("60s").describe("The shortest time at each weight."),
    maxStepTime: duration("10m").describe("After this time at a weight, `onInconclusive` decides."),
    onInconclusive: z
      .enum(["advance", "pause"])
      .optional()
      .describe(
        "What to do when the release is neither proved below the limit nor worse. Without it: advance at weights up " +
          "to 10, else pause.",
      ),
    pauseDeadline: duration("10m").describe("How long a pause may last before the release is rolled back."),
    silentDeadline: duration("2m").describe("The same, when only the candidate has stopped reporting."),
    declared: declaredGatesSchema.describe(
      "Further gates, by names of your choice: a metric, its limits, its patience.",
    ),
    emergency: emergencySchema.describe("Limits beyond which a release goes back, whatever else is known."),
    pods: podLimitsSchema.describe("What the candidate's pods must not do."),
    incidents: z
      .array(period)
      .default([])
      .describe(
        "Times of incidents, to leave out of what the hour before a release tells of stable, beside those that are found " +
          "there. Those of the past may stay.",
      ),
  })
  .prefault({})
  .superRefine((gate, ctx) => {
    if (gate.ignoreBelow >= gate.limit) {
      const message = `must be below limit (${gate.limit})`;
      ctx.addIssue({ code: "custom", path: ["ignoreBelow"], message, input: gate.ignoreBelow });
    }
    if (gate.minStepTime > gate.maxStepTime) {
      ctx.addIssue({ code: "custom", path: ["minStepTime"], message: "is longer than maxStepTime" });
    }
  })
  .transform((gate) => {
    const { emergency, latency } = gate;
    const latencyP95 = Math.max(EMERGENCY_P95_MS, latency === "off" ? 0 : EMERGENCY_LIMITS * latency.limit);
    return { ...gate, emergency: { ...emergency, latencyP95: emergency.latencyP95 ?? latencyP95 } };
  });

export type Gate = z.infer<typeof gateSchema>;

/** Those settings by which evidence is judged; the others are about declared gates, pods, and the hour before. */
export interface GateSettings {
  readonly falseAlarm: number;
  readonly limit: number;
  readonly tolerate: number;
  readonly ignoreBelow: number;
  readonly latency:
    | "off"
    | {
        readonly limit: number;
        readonly compareFrom: number;
        readonly percentile: number;
        readonly tolerateSlow: number;
      };
  readonly minStepTime: number;
  readonly maxStepTime: number;
  readonly onInconclusive?: "advance" | "pause" | undefined;
  readonly pauseDeadline: number;
  readonly silentDeadline: number;
}

export function gateSettings({ declared, emergency, incidents, pods, ...settings }: Gate): GateSettings {
  return settings;
}

/** What is asked of the time that answers take. */
export type LatencyGate = Exclude<Gate["latency"], "off">;
