import { z } from "zod";
import { durationText, duration } from "./duration.ts";
import type { Gate } from "./gate.ts";

const weight = z.int().min(1).max(100);

/** Somebody has to say yes before a step is taken. */
export const approvalSchema = z
  .strictObject({
    timeout: duration("1h").describe("How long an answer is awaited; the gate stays on meanwhile."),
    onTimeout: z
      .enum(["approve", "reject"])
      .default("reject")
      .describe("What no answer means. A rejected release goes back to stable."),
  })
  .optional();

const stageSchema = z.strictObject({
  weight: weight.describe("Percent of the traffic."),
  minStepTime: durationText.optional().describe("The shortest time at this weight; without it: that of the gate."),
  maxStepTime: durationText
    .optional()
    .describe("The time at this weight after which `onInconclusive` decides; without it: that of the gate."),
  approval: approvalSchema.describe("Asks a person before this weight is set."),
});

/** One step of a canary. A bare number in the stack file is a stage with nothing of its own. */
export type Stage = z.infer<typeof stageSchema>;

/** The steps of a canary, each a weight or a weight with settings of its own. */
export const stagesSchema = z
  .array(z.union([weight.transform((value): Stage => ({ weight: value })), stageSchema]))
  .min(1)
  .superRefine((stages, ctx) => {
    stages.forEach((stage, i) => {
      const before = stages[i - 1]?.weight;
      if (before !== undefined && stage.weight <= before) {
        const message = `is not above the step before it (${before})`;
        ctx.addIssue({ code: "custom", path: [i], message, input: stage.weight });
      }
    });
    const last = stages.at(-1)?.weight;
    if (last !== 100) {
      ctx.addIssue({ code: "custom", path: [stages.length - 1], message: "the last step must be 100", input: last });
    }
  });

/** The last stage is less than 100 where some traffic is held back: the stages before it must be below that. */
export function findHoldbackProblems(stages: readonly Stage[], holdback: number | undefined) {
  if (holdback === undefined) return [];
  const last = 100 - holdback;
  return stages.slice(0, -1).flatMap(({ weight: before }, i) => {
    if (before < last) return [];
    const message = `is not below the last step, which is ${last} with strategy.holdback ${holdback}`;
    return [{ path: ["strategy", "weights", i], message }];
  });
}

/** Stages whose own times do not fit together with those of the gate. */
export function findStageProblems(stages: readonly Stage[], gate: Gate) {
  return stages.flatMap(({ maxStepTime = gate.maxStepTime, minStepTime = gate.minStepTime }, i) => {
    if (minStepTime <= maxStepTime) return [];
    const own = stages[i]?.minStepTime === undefined ? "maxStepTime" : "minStepTime";
    const message =
      own === "minStepTime"
        ? "is longer than the stage's maxStepTime: raise that, too"
        : "is shorter than the stage's minStepTime: lower that, too";
    return [{ path: ["strategy", "weights", i, own], message }];
  });
}
