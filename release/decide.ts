import { formatDuration } from "../config/duration.ts";
import type { Counts, Decision, Evidence, Thresholds } from "./events.ts";
import { evidenceOf, type GateParameters, type GateState } from "./gate/gate.ts";

/** Everything a decision depends on, besides the evidence. All times in ms. */
export interface Standing {
  readonly weight: number;
  /** A step ends when it is proved; the bake ends with its time. */
  readonly kind: "step" | "bake";
  /** How long the weight has been in force as observed. */
  readonly dwellMs: number;
  readonly minStepTimeMs: number;
  readonly maxStepTimeMs: number;
  readonly onInconclusive: "advance" | "pause";
  /** How long ago the last sample was scraped. */
  readonly silentMs: number;
  /** Who is silent: everybody, or the candidate alone; or the error that kept the metrics from being read. */
  readonly silence: Silence;
  readonly scrapeIntervalMs: number;
  /** How long the present pause has lasted; `undefined` when there is none. */
  readonly pausedMs: number | undefined;
  readonly pauseDeadlineMs: number;
  readonly silentDeadlineMs: number;
}

export type Silence = "all" | "candidate" | { readonly unreadable: string };

/** What to do, by which rule, and why, in words. */
export interface Verdict {
  readonly decision: Decision;
  readonly rule: Rule;
  readonly reason: string;
}

export type Rule =
  | "worse"
  | "limit"
  | "deadline"
  | "silent"
  | "both-sick"
  | "doubt"
  | "proved"
  | "inconclusive"
  | "baked"
  | "early"
  | "pods"
  | `gate ${string}`;

/** Scrapes without a sample, after which nothing is known any more. */
const SILENT_SCRAPES = 3;

/** Decides after each look: a total function of what is known. Rolling back comes before all else. */
export function decide(
  gate: GateState,
  parameters: GateParameters,
  thresholds: Thresholds,
  standing: Standing,
): Verdict {
  const evidence = evidenceOf(gate);
  return (
    findRollback(gate, evidence, parameters, thresholds, isSolo(standing.weight)) ??
    findPause(gate, evidence, parameters, thresholds, standing) ??
    findWait(gate, evidence, thresholds, standing)
  );
}

/** Whether stable has no traffic, so that nothing can be compared: only the limit can judge then. */
export function isSolo(weight: number): boolean {
  return weight === 100;
}

function findRollback(
  gate: GateState,
  evidence: Evidence,
  parameters: GateParameters,
  thresholds: Thresholds,
  solo: boolean,
): Verdict | undefined {
  const rollback = (rule: Rule, reason: string): Verdict => ({ decision: "rollback", rule, reason });
  if (gate.highest.relative >= thresholds.relative && gate.highest.floor >= thresholds.relative) {
    return rollback(
      "worse",
      `fails more than ${parameters.tolerate} times as often as stable: ${compare(gate)} (${odds(gate.highest.relative)})`,
    );
  }
  if (evidence.limit < thresholds.limit) return undefined;
  const above = `fails more than the limit of ${percent(parameters.limit)}`;
  if (evidence.relative >= thresholds.corroborate) {
    return rollback("limit", `${above}, and more than stable: ${compare(gate)} (${odds(evidence.limit)})`);
  }
  if (solo) {
    return rollback(
      "limit",
      `${above}, with no traffic on stable to compare it to: ${share(gate.canary)} (${odds(evidence.limit)})`,
    );
  }
  return undefined;
}

function findPause(
  gate: GateState,
  evidence: Evidence,
  parameters: GateParameters,
  thresholds: Thresholds,
  standing: Standing,
): Verdict | undefined {
  const cause = pauseCause(gate, evidence, parameters, thresholds, standing);
  if (cause === undefined) return undefined;
  const candidateGone = cause.rule === "silent" && standing.silence === "candidate";
  const deadlineMs = candidateGone ? standing.silentDeadlineMs : standing.pauseDeadlineMs;
  if ((standing.pausedMs ?? 0) < deadlineMs) return { decision: "pause", ...cause };
  return {
    decision: "rollback",
    rule: "deadline",
    reason: `paused for ${formatDuration(deadlineMs)}: ${cause.reason}`,
  };
}

function pauseCause(
  gate: GateState,
  evidence: Evidence,
  parameters: GateParameters,
  thresholds: Thresholds,
  standing: Standing,
): { rule: Rule; reason: string } | undefined {
  if (standing.silentMs > SILENT_SCRAPES * standing.scrapeIntervalMs) {
    return { rule: "silent", reason: `${describeSilence(standing.silence)} for ${formatDuration(standing.silentMs)}` };
  }
  if (evidence.limit >= thresholds.limit) {
    const reason = `both versions fail more than the limit of ${percent(parameters.limit)}: ${compare(gate)}`;
    return { rule: "both-sick", reason };
  }
  const overdue = standing.kind === "step" && standing.dwellMs >= standing.maxStepTimeMs;
  if (
    overdue &&
    standing.onInconclusive === "pause" &&
    evidence.pass < thresholds.pass &&
    evidence.relative < thresholds.hold
  ) {
    const reason = `not proved below the limit after ${formatDuration(standing.maxStepTimeMs)}: ${compare(gate)}`;
    return { rule: "inconclusive", reason };
  }
  return undefined;
}

function findWait(gate: GateState, evidence: Evidence, thresholds: Thresholds, standing: Standing): Verdict {
  if (evidence.relative >= thresholds.hold) {
    return {
      decision: "hold",
      rule: "doubt",
      reason: `may be worse than stable: ${compare(gate)} (${odds(evidence.relative)})`,
    };
  }
  const { dwellMs, kind, maxStepTimeMs, minStepTimeMs } = standing;
  if (dwellMs >= minStepTimeMs) {
    if (kind === "bake")
      return { decision: "advance", rule: "baked", reason: `baked for ${formatDuration(minStepTimeMs)}` };
    if (evidence.pass >= thresholds.pass) {
      return {
        decision: "advance",
        rule: "proved",
        reason: `proved below the limit: ${share(gate.canary)} (${odds(evidence.pass)})`,
      };
    }
    if (dwellMs >= maxStepTimeMs) {
      const reason = `nothing against it after ${formatDuration(maxStepTimeMs)}: ${share(gate.canary)}`;
      return { decision: "advance", rule: "inconclusive", reason };
    }
  }
  return { decision: "wait", rule: "early", reason: "no decision yet" };
}

function describeSilence(silence: Silence): string {
  if (silence === "candidate") return "the candidate is not counted, while stable is,";
  return silence === "all" ? "no new metrics" : `metrics cannot be read (${silence.unreadable})`;
}

function compare({ canary, stable }: GateState): string {
  return `${share(canary)} against ${share(stable)} on stable`;
}

function share({ requests, failed }: Counts): string {
  const text = `${failed.toLocaleString("en")} of ${requests.toLocaleString("en")} requests failed`;
  return requests === 0 ? "no requests" : `${text} (${percent(failed / requests)})`;
}

function percent(value: number): string {
  const digits = value === 0 || value >= 0.1 ? 1 : 2;
  return `${(value * 100).toFixed(digits).replace(/\.?0+$/, "")} %`;
}

/** Evidence as odds; beyond a million the number means nothing more. */
function odds(ln: number): string {
  const value = Math.exp(ln);
  return value > 1e6 ? "odds over 1,000,000 : 1" : `odds ${Math.round(value).toLocaleString("en")} : 1`;
}
