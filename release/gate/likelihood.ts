import type { Counts, Sample } from "../events.ts";

const DOUBLINGS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;

/** Shares of the limit that "proved below the limit" is tested for. */
const PASS_FRACTIONS = [0.05, 0.1, 0.2, 0.4, 0.6] as const;

/** The number of alternatives of the relative test. */
export const RELATIVE_ALTERNATIVES = DOUBLINGS.length;

/**
 * ln likelihood ratios of "the candidate's odds of failing are r times stable's" for r = tolerate·2^i, against
 * r = tolerate, given how many requests failed in all: what is common to both versions cancels. Turner, Ly and Grünwald
 * (2024). Where nothing failed, or with traffic on one version only, there is nothing to compare, and all are 0.
 */
export function relativeIncrements(
  { canary, stable }: Pick<Sample, "canary" | "stable">,
  tolerate: number,
): readonly number[] {
  const failed = canary.failed + stable.failed;
  if (failed === 0) return DOUBLINGS.map(() => 0);
  const share = canary.requests / (canary.requests + stable.requests);
  return DOUBLINGS.map((i) => {
    const odds = tolerate * 2 ** i;
    return (
      canary.failed * i * Math.LN2 + failed * Math.log((tolerate * share + 1 - share) / (odds * share + 1 - share))
    );
  });
}

/** The failing shares above `threshold` that the one-sample test looks for: its doublings below 0.9, and 0.97. */
export function alternativesAbove(threshold: number): readonly number[] {
  return [...DOUBLINGS.map((i) => threshold * 2 ** i).filter((p) => p < 0.9), 0.97];
}

/** The failing shares below `limit` that the pass test looks for. */
export function alternativesBelow(limit: number): readonly number[] {
  return PASS_FRACTIONS.map((fraction) => limit * fraction);
}

/** ln likelihood ratios of "the failing share is p", for each alternative p, against "it is `threshold`". */
export function oneSampleIncrements(
  { requests, failed }: Counts,
  threshold: number,
  alternatives: readonly number[],
): readonly number[] {
  return alternatives.map(
    (p) => failed * Math.log(p / threshold) + (requests - failed) * Math.log((1 - p) / (1 - threshold)),
  );
}
