import { formatDuration } from "../config/duration.ts";
import { decide, type Standing, type Verdict } from "./decide.ts";
import type { Counts, Evidence, Sample, Thresholds } from "./events.ts";
import { evidenceOf, observe, openGate, thresholdsOf } from "./gate/gate.ts";
import type { GateInput } from "./gate-samples.ts";

/** The evidence after a sample, and the verdict on it. */
export interface Look extends Verdict {
  readonly sample: Sample;
  readonly evidence: Evidence;
}

/**
 * What the gate would have said after each sample. They are taken as one step, in force from their beginning, that is
 * watched on whatever the verdict; where stable has no request, the candidate is judged alone.
 */
export function lookAt({ config, parameters, samples }: GateInput): readonly Look[] {
  const thresholds = thresholdsOf(parameters);
  let gate = openGate(parameters, 0);
  let pausedSince: number | undefined;
  return samples.map((sample) => {
    gate = observe(parameters, gate, sample);
    const standing: Standing = {
      weight: weightOf(sample),
      kind: "step",
      dwellMs: sample.at,
      minStepTimeMs: config.minStepTime,
      maxStepTimeMs: config.maxStepTime,
      onInconclusive: config.onInconclusive ?? "advance",
      silentMs: 0,
      silence: "all",
      scrapeIntervalMs: sample.spanMs,
      pausedMs: pausedSince === undefined ? undefined : sample.at - pausedSince,
      pauseDeadlineMs: config.pauseDeadline,
      silentDeadlineMs: config.silentDeadline,
    };
    const verdict = decide(gate, parameters, thresholds, standing);
    pausedSince = verdict.decision === "pause" ? (pausedSince ?? sample.at) : undefined;
    return { ...verdict, sample, evidence: evidenceOf(gate) };
  });
}

/** The percent of the requests that the candidate had; 100 only where stable had none. */
function weightOf({ canary, stable }: Sample): number {
  if (stable.requests === 0) return canary.requests === 0 ? 0 : 100;
  return Math.min(99, Math.round((100 * canary.requests) / (canary.requests + stable.requests)));
}

/** One line for each look, then what came of it. Evidence is written as natural logarithms. */
export function renderLooks({ parameters }: GateInput, looks: readonly Look[]): string {
  const rows = looks.map(({ decision, evidence, rule, sample }) => [
    formatDuration(sample.at),
    share(sample.canary),
    share(sample.stable),
    ...EVIDENCE.map((name) => evidence[name].toFixed(6)),
    `${decision} (${rule})`,
  ]);
  const all = [["time", "candidate", "stable", ...EVIDENCE, "verdict"], ...rows];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0))) ?? [];
  const isText = (column: number) => column === widths.length - 1;
  const lines = all.map((row) => row.map((text, i) => (isText(i) ? text : text.padStart(widths[i] ?? 0))).join("  "));
  return [describeThresholds(thresholdsOf(parameters)), "", ...lines, "", describeEnd(looks)].join("\n");
}

const EVIDENCE = ["relative", "floor", "limit", "pass"] as const satisfies (keyof Evidence)[];

function describeThresholds(thresholds: Thresholds): string {
  const act = Object.entries(thresholds).map(([name, ln]) => `${name} ${Number(ln).toFixed(6)}`);
  return `Evidence is ln E. Thresholds: ${act.join(", ")}.`;
}

function describeEnd(looks: readonly Look[]): string {
  const back = looks.find(({ decision }) => decision === "rollback");
  if (back !== undefined) return `Rolled back after ${formatDuration(back.sample.at)}: ${back.reason}.`;
  const last = looks.at(-1);
  return last === undefined ? "" : `Not rolled back. At the end: ${last.decision}, ${last.reason}.`;
}

function share({ failed, requests }: Counts): string {
  return `${failed.toLocaleString("en")} of ${requests.toLocaleString("en")}`;
}
