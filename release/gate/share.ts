import type { Counts, Sample } from "../events.ts";
import { lnEvidence, multiply, startWithOnset, type EProcess } from "./e-process.ts";

/** What is known of "the candidate gets the share of the requests that its weight says". */
export interface ShareState {
  /** For a smaller share, and for a larger one. */
  readonly fewer: EProcess;
  readonly more: EProcess;
  /** What was seen at the present weight, to tell of it. */
  readonly weight: number;
  readonly canary: number;
  readonly requests: number;
}

/**
 * The odds of a request to reach the candidate, as multiples of those that its weight gives. Nothing nearer than half or
 * twice is looked for, so that a share about a quarter off its weight, as routers with few connections have it, is never
 * evidence, however many requests follow it.
 */
const FEWER = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32] as const;
const MORE = [2, 4, 8, 16, 32] as const;

export function openShare(): ShareState {
  const [fewer, more] = [startWithOnset(FEWER.length), startWithOnset(MORE.length)];
  return { fewer, more, weight: 0, canary: 0, requests: 0 };
}

/** Takes in a sample that was taken wholly at its weight. At 0 and 100 % there is no chance in it. */
export function observeShare(state: ShareState, { canary, stable, weight }: Sample, elapsedMs: number): ShareState {
  if (weight === undefined || weight <= 0 || weight >= 100) return state;
  const update = (process: EProcess, odds: readonly number[]) =>
    multiply(process, shareIncrements(canary, stable, weight / 100, odds), elapsedMs);
  const before = state.weight === weight ? state : { canary: 0, requests: 0 };
  return {
    fewer: update(state.fewer, FEWER),
    more: update(state.more, MORE),
    weight,
    canary: before.canary + canary.requests,
    requests: before.requests + canary.requests + stable.requests,
  };
}

/** ln evidence for each side. */
export function lnShare({ fewer, more }: ShareState): { readonly fewer: number; readonly more: number } {
  return { fewer: lnEvidence(fewer), more: lnEvidence(more) };
}

/** ln likelihood ratios of "the odds to reach the candidate are `times` those of `share`" against "they are those". */
export function shareIncrements(canary: Counts, stable: Counts, share: number, times: readonly number[]): number[] {
  return times.map((by) => {
    const odds = (by * share) / (1 - share);
    const other = odds / (1 + odds);
    return canary.requests * Math.log(other / share) + stable.requests * Math.log((1 - other) / (1 - share));
  });
}
