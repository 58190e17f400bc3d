import type { GateParameters } from "./parameters.ts";

/** 99 % of a standard normal variable are below. */
const Z = 2.326;

/** A share beyond this leaves nothing to look for above it. */
const HIGHEST = 0.4;

/**
 * The failing share that the candidate may have while stable has no traffic: `tolerate` times the upper bound of stable's
 * share in the hour before the release, and never less than what is ignored. `undefined` where stable had no requests.
 * A comparison of before with after: what has changed meanwhile for both versions is held against the candidate.
 */
export function shareBefore({ before, ignoreBelow, tolerate }: GateParameters): number | undefined {
  if (before === undefined || before.requests <= 0) return undefined;
  const { failed, requests } = before;
  return Math.min(HIGHEST, Math.max(ignoreBelow, (tolerate * upperBound(failed)) / requests));
}

/** One-sided 99 % bound of a Poisson mean of which `count` was seen (Wilson and Hilferty's approximation, 1931). */
export function upperBound(count: number): number {
  const next = count + 1;
  return next * (1 - 1 / (9 * next) + Z / (3 * Math.sqrt(next))) ** 3;
}
