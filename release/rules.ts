import { formatDuration } from "../config/duration.ts";
import type { Standing, Verdict } from "./decide.ts";
import type { Evidence, Thresholds } from "./events.ts";
import type { GateParameters, GateState } from "./gate/gate.ts";
import { isShared } from "./gate/incident.ts";
import {
  compareBefore,
  compareBothSlow,
  compareFailing,
  compareOverLimit,
  compareSlower,
  describeLatencyLimit,
  describeShare,
  describeSilence,
  failing,
  odds,
  percent,
} from "./reasons.ts";

/** Scrapes without a sample, after which nothing is known any more. */
const SILENT_SCRAPES = 3;

/** Counts and times of the same answers may be a few scrapes apart, and the first times come late. */
const UNTIMED_MS = 60_000;

/** What a rule needs to judge, and to say why. */
export interface Case {
  readonly gate: GateState;
  readonly evidence: Evidence;
  readonly parameters: GateParameters;
  readonly thresholds: Thresholds;
  readonly standing: Standing;
}

export type Cause = Pick<Verdict, "rule" | "reason">;

/** Whether the candidate is judged alone: stable has no traffic to compare with, and it was not over a limit itself. */
export function isSolo({ incident, latency }: GateState, weight: number): boolean {
  return weight === 100 && !incident.lasts && latency?.incident.lasts !== true;
}

/** It fails: more than stable, above the limit, or more than stable did before. */
export function findFailing({ evidence, gate, parameters, standing, thresholds }: Case): Cause | undefined {
  const { highest } = gate;
  if (highest.relative >= thresholds.relative && highest.floor >= thresholds.relative) {
    const reason = `fails more than ${parameters.tolerate} times as often as stable: ${compareFailing(gate)} (${odds(highest.relative)})`;
    return { rule: "worse", reason };
  }
  const solo = isSolo(gate, standing.weight);
  if (evidence.limit >= thresholds.limit) {
    const above = `fails more than the limit of ${percent(parameters.limit)}`;
    if (evidence.relative >= thresholds.corroborate) {
      const reason = `${above}, and more than stable: ${compareFailing(gate)} (${odds(evidence.limit)})`;
      return { rule: "limit", reason };
    }
    if (solo) {
      const reason = `${above}, with no traffic on stable to compare it to: ${failing(gate.canary)} (${odds(evidence.limit)})`;
      return { rule: "limit", reason };
    }
  }
  const { thanBefore = 0 } = evidence;
  if (!solo || thanBefore < thresholds.relative) return undefined;
  const reason = `fails more than ${parameters.tolerate} times as often as stable did: ${compareBefore(gate, parameters)} (${odds(thanBefore)})`;
  return { rule: "than-before", reason };
}

/** The same two rules for the time that answers take. */
export function findSlow({ evidence, gate, parameters, standing, thresholds }: Case): Cause | undefined {
  const { latency } = gate;
  const { slower, tooSlow } = thresholds;
  if (latency === undefined || parameters.latency === undefined || slower === undefined || tooSlow === undefined)
    return undefined;
  if (latency.highest >= slower) {
    const reason = `answers slower than stable: ${compareSlower(latency, parameters.latency)} (${odds(latency.highest)})`;
    return { rule: "slower", reason };
  }
  const { slower: compared = 0, tooSlow: over = 0 } = evidence;
  if (over < tooSlow) return undefined;
  const above = `answers slower than the limit, a ${describeLatencyLimit(parameters.latency)}`;
  const times = `${compareOverLimit(latency, parameters.latency)} (${odds(over)})`;
  if (compared >= thresholds.corroborate)
    return { rule: "too-slow", reason: `${above}, and slower than stable: ${times}` };
  if (!isSolo(gate, standing.weight)) return undefined;
  return { rule: "too-slow", reason: `${above}, with no traffic on stable to compare it to: ${times}` };
}

/** It loses requests. */
export function findLoss({ evidence: { fewer = 0 }, gate, thresholds: { share = Infinity } }: Case): Cause | undefined {
  if (fewer < share) return undefined;
  const reason = `gets fewer requests than its weight says, so some are lost, or hang, before they are counted: ${describeShare(gate.share)} (${odds(fewer)})`;
  return { rule: "fewer", reason };
}

/** What is not measured cannot be judged. */
export function findBlindness({ standing }: Case): Cause | undefined {
  const { scrapeIntervalMs, silence, silentMs, untimedMs = 0 } = standing;
  if (silentMs > SILENT_SCRAPES * scrapeIntervalMs) {
    return { rule: "silent", reason: `${describeSilence(silence)} for ${formatDuration(silentMs)}` };
  }
  if (untimedMs <= UNTIMED_MS) return undefined;
  const reason = `the candidate's answers are counted, but not timed, for ${formatDuration(untimedMs)}: its histogram lacks the buckets of stable's`;
  return { rule: "untimed", reason };
}

/** What is wrong, but may not be the candidate's fault. */
export function findCommonTrouble({ evidence, gate, parameters, thresholds }: Case): Cause | undefined {
  const { incident, latency } = gate;
  if (isShared(incident) || evidence.limit >= thresholds.limit) {
    const counts = isShared(incident) ? incident.answered : gate;
    const reason = `both versions fail more than the limit of ${percent(parameters.limit)}: ${compareFailing(counts)}`;
    return { rule: "both-sick", reason };
  }
  const { more = 0, tooSlow = 0 } = evidence;
  const isSlow = (latency !== undefined && isShared(latency.incident)) || tooSlow >= (thresholds.tooSlow ?? Infinity);
  if (latency !== undefined && parameters.latency !== undefined && isSlow) {
    const limit = describeLatencyLimit(parameters.latency);
    const reason = `both versions answer slower than the limit, a ${limit}: ${compareBothSlow(latency, parameters.latency)}`;
    return { rule: "both-slow", reason };
  }
  if (more < (thresholds.share ?? Infinity)) return undefined;
  return {
    rule: "more",
    reason: `gets more requests than its weight says: ${describeShare(gate.share)} (${odds(more)})`,
  };
}

/** Why no step forward may be taken now. */
export function findDoubt({ evidence, gate, parameters, thresholds }: Case): string | undefined {
  if (evidence.relative >= thresholds.hold)
    return `may be worse than stable: ${compareFailing(gate)} (${odds(evidence.relative)})`;
  const { slower = 0 } = evidence;
  if (slower < thresholds.hold || gate.latency === undefined || parameters.latency === undefined) return undefined;
  return `may be slower than stable: ${compareSlower(gate.latency, parameters.latency)} (${odds(slower)})`;
}
