import { z } from "zod";
import { durationText } from "../../config/duration.ts";
import type { GateSettings } from "../../config/gate.ts";
import { ConfigError, describeIssue } from "../../config/parse.ts";
import type { StageTimes } from "../events.ts";
import type { Recording } from "./recording.ts";
import type { Written } from "./settings.ts";

const stagesSchema = z.record(
  z.string(),
  z.strictObject({ minStepTime: durationText.optional(), maxStepTime: durationText.optional() }),
);

/**
 * Other times of single steps, checked as those of a stack file are.
 *
 * @param changes by weight: `{ "25": { "maxStepTime": "2m" } }`
 * @param now the settings that hold for what a step has not of its own
 * @param source where the changes come from, for the error
 * @throws ConfigError that lists every problem
 */
export function changeStages(
  { plan }: Recording,
  changes: unknown,
  now: GateSettings,
  source: string,
): readonly StageTimes[] {
  const parsed = stagesSchema.safeParse(changes, { reportInput: true });
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) =>
      describeIssue({ ...issue, path: ["stage", ...issue.path] }),
    );
    throw new ConfigError(source, problems);
  }
  const stages = Object.entries(parsed.data).map(([weight, { maxStepTime, minStepTime }]): StageTimes => {
    const own = plan.stages?.find((stage) => String(stage.weight) === weight);
    return {
      ...own,
      weight: Number(weight),
      ...(minStepTime === undefined ? {} : { minStepTimeMs: minStepTime }),
      ...(maxStepTime === undefined ? {} : { maxStepTimeMs: maxStepTime }),
    };
  });
  const problems = stages.flatMap(({ maxStepTimeMs = now.maxStepTime, minStepTimeMs = now.minStepTime, weight }) => [
    ...(plan.weights.includes(weight)
      ? []
      : [`stage.${weight}: the release had no such step; there are ${plan.weights.join(", ")}`]),
    ...(minStepTimeMs > maxStepTimeMs
      ? [`stage.${weight}: minStepTime (${minStepTimeMs}ms) is longer than maxStepTime (${maxStepTimeMs}ms)`]
      : []),
  ]);
  if (problems.length > 0) throw new ConfigError(source, problems);
  return stages;
}

/** Times of steps as they are written, each by its name. */
export function writeStages(stages: readonly StageTimes[]): Written {
  const write = ({ maxStepTimeMs, minStepTimeMs, weight }: StageTimes) => ({
    ...(minStepTimeMs === undefined ? {} : { [`stage.${weight}.minStepTime`]: `${minStepTimeMs}ms` }),
    ...(maxStepTimeMs === undefined ? {} : { [`stage.${weight}.maxStepTime`]: `${maxStepTimeMs}ms` }),
  });
  return Object.assign({}, ...stages.map(write)) as Written;
}
