import type { GateSettings } from "../../config/gate.ts";
import { gateParameters, type Baseline } from "../gate/baseline.ts";
import { evidenceOf, observe, openGate, thresholdsOf } from "../gate/gate.ts";
import type { Evidence, Sample, StageTimes, Thresholds } from "../events.ts";
import { onInconclusiveAt, type Step } from "../plan.ts";
import { judge, tellOnce, type StepStanding, type WatchState } from "../watch-state.ts";
import type { Recording, Telling } from "./recording.ts";

/** What the gate would have said, and what it knew when it said the last. */
export interface Replay {
  readonly told: readonly Telling[];
  readonly evidence: Evidence;
  readonly thresholds: Thresholds;
}

/**
 * Runs the gate again over what was seen, until it rolls back or the record ends, with the code that a release runs: by
 * the recorded settings it says what it said then, at the same times. The weights, and what declared gates and pods said,
 * are as they were: a step forward that comes sooner or later changes no traffic that has been.
 *
 * @param stages other times of steps
 */
export function replay(recording: Recording, settings: GateSettings, stages: readonly StageTimes[] = []): Replay {
  const { looks, openedAt, scrapeIntervalMs } = recording;
  const baseline = fitBaseline(recording, settings);
  const parameters = gateParameters(settings, baseline);
  const judging = { gate: settings, metrics: { scrapeInterval: scrapeIntervalMs } };
  const fit = fitSample(recording, settings);
  const told: Telling[] = [];
  let leftSince: number | undefined;
  let state: WatchState = { gate: openGate(parameters, openedAt), counters: {}, baseline, arrivedAt: openedAt };
  for (const { at, objections, samples, silence, standing: then } of looks) {
    const standing = { ...then, step: timeStep(then, recording, settings, stages) };
    const gate = samples.reduce((known, sample) => observe(parameters, known, fit(sample)), state.gate);
    state = { ...state, gate, arrivedAt: samples.length > 0 ? at : state.arrivedAt };
    const judged = judge(judging, state, standing, at, silence, objections);
    const { isNews, state: next } = tellOnce(judged.state, judged.verdict);
    state = next;
    const { decision, reason } = judged.verdict;
    // The release itself stayed on: it is told once that it would have gone.
    const isLeft = decision === "advance" && leftSince === standing.since;
    if (isNews && !isLeft) {
      const { canary, stable } = gate;
      told.push({ at, weight: standing.step.weight, decision, reason, canary, stable });
    }
    if (decision === "advance") leftSince = standing.since;
    if (decision === "rollback") break;
  }
  return { told, evidence: evidenceOf(state.gate), thresholds: thresholdsOf(settings) };
}

/** A stage keeps times of its own, unless they are changed; bake and guard keep theirs. */
function timeStep(
  { kind, step }: StepStanding,
  recording: Recording,
  now: GateSettings,
  stages: readonly StageTimes[],
): Step {
  if (kind !== "step") return step;
  const { settings: then } = recording;
  const { onInconclusive, weight } = step;
  const changed = stages.find((stage) => stage.weight === weight);
  const time = (name: "minStepTimeMs" | "maxStepTimeMs", was: number, is: number) =>
    changed?.[name] ?? (isOwn(recording, step, name, was) ? step[name] : is);
  return {
    weight,
    minStepTimeMs: time("minStepTimeMs", then.minStepTime, now.minStepTime),
    maxStepTimeMs: time("maxStepTimeMs", then.maxStepTime, now.maxStepTime),
    onInconclusive: then.onInconclusive === now.onInconclusive ? onInconclusive : onInconclusiveAt(weight, now),
  };
}

/** Before records told which times were a stage's own, those were that differed from the gate's. */
function isOwn({ plan }: Recording, step: Step, name: "minStepTimeMs" | "maxStepTimeMs", was: number): boolean {
  if (plan.stages === undefined) return step[name] !== was;
  return plan.stages.find(({ weight }) => weight === step.weight)?.[name] !== undefined;
}

/** What is slower than a new limit scatters as what is slower than the edge that it was then. */
function fitBaseline({ baseline, settings: then }: Recording, now: GateSettings): Baseline {
  const { latency } = baseline;
  if (latency?.dispersion === undefined || now.latency === "off" || then.latency === "off") return baseline;
  const edge = now.latency.limit === then.latency.limit ? -1 : latency.compared.indexOf(now.latency.limit);
  if (edge < 0) return baseline;
  const dispersion = [...latency.dispersion.slice(0, latency.compared.length), latency.dispersion[edge] ?? 1];
  return { ...baseline, latency: { ...latency, dispersion } };
}

/** Slow answers were counted at the compared edges and at the limit of then: a new limit is one of those. */
function fitSample({ baseline, settings: then }: Recording, now: GateSettings): (sample: Sample) => Sample {
  if (then.latency === "off" || now.latency === "off" || then.latency.limit === now.latency.limit)
    return (sample) => sample;
  const compared = baseline.latency?.compared ?? [];
  const edge = compared.indexOf(now.latency.limit);
  const move = (slower: readonly number[]) => [...slower.slice(0, compared.length), slower[edge] ?? 0];
  return (sample) => {
    if (sample.latency === undefined) return sample;
    const { canary, stable } = sample.latency;
    return {
      ...sample,
      latency: {
        canary: { ...canary, slower: move(canary.slower) },
        stable: { ...stable, slower: move(stable.slower) },
      },
    };
  };
}
