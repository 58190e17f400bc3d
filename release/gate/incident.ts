import type { Counts } from "../events.ts";
import { add, NO_REQUESTS } from "./counts.ts";
import { divide } from "./dispersion.ts";
import { lnMean } from "./e-process.ts";
import { alternativesAbove, oneSampleIncrements } from "./likelihood.ts";

/** What both versions answered: all, or what went wrong in one way. */
export interface Pair {
  readonly canary: Counts;
  readonly stable: Counts;
}

/**
 * Whether stable itself is over a limit now: nothing is held against the candidate alone then. Each version is followed by
 * cumulative sums (Page 1954) of log likelihood ratios against "at the limit". They forget, unlike the gate's evidence: so
 * they see the beginning after any good hour, and the end soon after any disaster.
 */
export interface IncidentState {
  /** ln of what each alternative's stake has grown to since it last was 1, within {@link MOST}. */
  readonly canary: readonly number[];
  readonly stable: readonly number[];
  /**
   * Whether stable is over the limit; while it has no traffic: whether it last was, and the candidate still is. It never
   * depends on what the candidate answered in the last sample: a test that stands still meanwhile stays a test.
   */
  readonly lasts: boolean;
  /** What was answered in it, or in the last one. */
  readonly answered: Pair;
}

/** Odds at which it begins. */
const BEGIN = Math.log(200);

/** Odds below which it is over. */
const END = Math.log(2);

/** How far a stake grows: by so much the end of a disaster is noticed later than that of a small incident. */
const MOST = Math.log(10_000);

export function openIncident(limit: number): IncidentState {
  const none = alternativesAbove(limit).map(() => 0);
  return { canary: none, stable: none, lasts: false, answered: { canary: NO_REQUESTS, stable: NO_REQUESTS } };
}

/** Takes in what both answered since the last scrape. Without traffic on stable none begins. */
export function followIncident(
  state: IncidentState,
  { canary, stable }: Pair,
  limit: number,
  dispersion?: number,
): IncidentState {
  const alternatives = alternativesAbove(limit);
  const follow = (stakes: readonly number[], counts: Counts) => {
    const increments = oneSampleIncrements(divide(counts, dispersion), limit, alternatives);
    return stakes.map((stake, i) => Math.min(MOST, Math.max(0, stake + (increments[i] ?? 0))));
  };
  const known = { canary: follow(state.canary, canary), stable: follow(state.stable, stable) };
  const odds = lnMean(known.stable);
  const lasts = stable.requests === 0 ? isShared(state) : odds >= BEGIN || (state.lasts && odds > END);
  if (!lasts) return { ...known, lasts, answered: state.answered };
  const before = state.lasts ? state.answered : { canary: NO_REQUESTS, stable: NO_REQUESTS };
  const answered = { canary: add(before.canary, canary), stable: add(before.stable, stable) };
  return { ...known, lasts, answered };
}

/** Whether the candidate is in it too. */
export function isShared({ canary, lasts }: IncidentState): boolean {
  return lasts && lnMean(canary) > END;
}

/** Whether the candidate was seen to be well in it. */
export function isSpared({ canary, lasts }: IncidentState): boolean {
  return lasts && lnMean(canary) <= END;
}
