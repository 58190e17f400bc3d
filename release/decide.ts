import { formatDuration } from "../config/duration.ts";
import type { Decision, Thresholds } from "./events.ts";
import { evidenceOf, type GateParameters, type GateState } from "./gate/gate.ts";
import { compareFailing, failing, odds } from "./reasons.ts";
import {
  findBlindness,
  findCommonTrouble,
  findDoubt,
  findFailing,
  findLoss,
  findSlow,
  type Case,
  type Cause,
} from "./rules.ts";

export { isSolo } from "./rules.ts";

/** Everything a decision depends on, besides the evidence. All times in ms. */
export interface Standing {
  readonly weight: number;
  /** A step ends when it is proved; the bake ends with its time, and so does the guard, whatever it holds in doubt. */
  readonly kind: "step" | "bake" | "guard";
  /** How long the weight has been in force as observed. */
  readonly dwellMs: number;
  readonly minStepTimeMs: number;
  readonly maxStepTimeMs: number;
  readonly onInconclusive: "advance" | "pause";
  /** How long ago the last sample was scraped. */
  readonly silentMs: number;
  /** Who is silent: everybody, or the candidate alone; or the error that kept the metrics from being read. */
  readonly silence: Silence;
  /** For how long the candidate's answers have been counted, but not timed. */
  readonly untimedMs?: number;
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
  | ("worse" | "limit" | "slower" | "too-slow" | "than-before" | "fewer" | "deadline")
  | ("silent" | "untimed" | "both-sick" | "both-slow" | "more" | "inconclusive")
  | ("doubt" | "proved" | "baked" | "guarded" | "early")
  | ("pods" | `gate ${string}`);

/** Decides after each look: a total function of what is known. Rolling back comes before all else. */
export function decide(
  gate: GateState,
  parameters: GateParameters,
  thresholds: Thresholds,
  standing: Standing,
): Verdict {
  const known: Case = { gate, evidence: evidenceOf(gate), parameters, thresholds, standing };
  const cause = findFailing(known) ?? findSlow(known) ?? findLoss(known);
  return cause === undefined ? (findPause(known) ?? findWait(known)) : { decision: "rollback", ...cause };
}

/** A pause ends by itself or, after its deadline, with a rollback. */
function findPause(known: Case): Verdict | undefined {
  const { standing } = known;
  const cause = findBlindness(known) ?? findCommonTrouble(known) ?? findUnproved(known);
  if (cause === undefined) return undefined;
  const candidateGone = cause.rule === "silent" && standing.silence === "candidate";
  const deadlineMs = candidateGone ? standing.silentDeadlineMs : standing.pauseDeadlineMs;
  if ((standing.pausedMs ?? 0) < deadlineMs) return { decision: "pause", ...cause };
  const reason = `paused for ${formatDuration(deadlineMs)}: ${cause.reason}`;
  return { decision: "rollback", rule: "deadline", reason };
}

function findUnproved(known: Case): Cause | undefined {
  const { evidence, gate, standing, thresholds } = known;
  const { dwellMs, kind, maxStepTimeMs, onInconclusive } = standing;
  const isOverdue = kind === "step" && dwellMs >= maxStepTimeMs;
  if (!isOverdue || onInconclusive === "advance" || evidence.pass >= thresholds.pass || findDoubt(known) !== undefined)
    return undefined;
  const reason = `not proved below the limit after ${formatDuration(maxStepTimeMs)}: ${compareFailing(gate)}`;
  return { rule: "inconclusive", reason };
}

function findWait(known: Case): Verdict {
  const { evidence, gate, standing, thresholds } = known;
  const { dwellMs, kind, maxStepTimeMs, minStepTimeMs, pauseDeadlineMs } = standing;
  const doubt = findDoubt(known);
  if (doubt !== undefined) {
    const longest = (kind === "step" ? maxStepTimeMs : minStepTimeMs) + pauseDeadlineMs;
    if (dwellMs < longest) return { decision: "hold", rule: "doubt", reason: doubt };
    return { decision: "rollback", rule: "deadline", reason: `in doubt after ${formatDuration(longest)}: ${doubt}` };
  }
  if (dwellMs < minStepTimeMs) return { decision: "wait", rule: "early", reason: "no decision yet" };
  if (kind === "bake")
    return { decision: "advance", rule: "baked", reason: `baked for ${formatDuration(minStepTimeMs)}` };
  if (kind === "guard")
    return { decision: "advance", rule: "guarded", reason: `guarded for ${formatDuration(minStepTimeMs)}` };
  if (evidence.pass >= thresholds.pass) {
    const reason = `proved below the limit: ${failing(gate.canary)} (${odds(evidence.pass)})`;
    return { decision: "advance", rule: "proved", reason };
  }
  if (dwellMs < maxStepTimeMs) return { decision: "wait", rule: "early", reason: "no decision yet" };
  const reason = `nothing against it after ${formatDuration(maxStepTimeMs)}: ${failing(gate.canary)}`;
  return { decision: "advance", rule: "inconclusive", reason };
}
