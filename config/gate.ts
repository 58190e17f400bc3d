import { z } from "zod";
import { duration } from "./duration.ts";
import { period } from "./period.ts";
import { share } from "./text.ts";

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
      .describe("A failing share so small that it is never a reason to roll back. Below limit."),
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
    incidents: z
      .array(period)
      .default([])
      .describe(
        "Times of incidents, to leave out where the hour before a release tells how much stable's failures scatter. " +
          "Those of the past may stay.",
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
  });

export type Gate = z.infer<typeof gateSchema>;
