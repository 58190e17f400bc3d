import type { Counts, Sample } from "../events.ts";

/** Fewer scrapes than this tell nothing about scatter. */
const LEAST_SCRAPES = 20;

/** Into so many parts an hour is cut: each is long against a cluster of failures, and short against an incident. */
const PARTS = 24;
const LEAST_IN_PART = 10;

/** One of so many parts is left out; of an hour two, because an incident begins in one and ends in another. */
const LEFT_OUT_OF = 12;

/**
 * How much more a version's failures scatter than independent ones would, within a few minutes and given its requests:
 * variance over mean of the failures in each scrape, at least 1. Independent failures give 1; where one cause fails c
 * requests at once, about c. It is 1 where nothing failed and where fewer than 20 scrapes are known.
 *
 * Each part of a history has a level of its own, and the parts that scatter most are left out: so neither a change of the
 * traffic nor an incident counts as scatter, whatever it is as long as it begins and ends once.
 *
 * @param histories what was counted in each scrape, a list for each target: targets are scraped at different moments
 */
export function dispersionOf(histories: readonly (readonly Counts[])[]): number {
  const parts = histories.filter(({ length }) => length >= LEAST_SCRAPES).flatMap(calmParts);
  const expected = parts.reduce((sum, part) => sum + part.expected, 0);
  const squares = parts.reduce((sum, part) => sum + part.squares, 0);
  return expected === 0 ? 1 : Math.max(1, squares / expected);
}

/** Squared distances from what a part's level gives for each scrape, and what they would be by chance alone. */
interface Part {
  readonly squares: number;
  readonly expected: number;
}

function calmParts(history: readonly Counts[]): readonly Part[] {
  const count = Math.min(PARTS, Math.floor(history.length / LEAST_IN_PART));
  const bound = (i: number) => Math.round((i * history.length) / count);
  const parts = Array.from({ length: count }, (_, i) => measurePart(history.slice(bound(i), bound(i + 1))));
  const wildestLast = parts.sort((a, b) => a.squares - a.expected - (b.squares - b.expected));
  return wildestLast.slice(0, count - Math.floor(count / LEFT_OUT_OF));
}

function measurePart(scrapes: readonly Counts[]): Part {
  const requests = scrapes.reduce((sum, scrape) => sum + scrape.requests, 0);
  const failed = scrapes.reduce((sum, scrape) => sum + scrape.failed, 0);
  if (requests === 0) return { squares: 0, expected: 0 };
  const shares = scrapes.map((scrape) => scrape.requests / requests);
  const squares = scrapes.reduce((sum, scrape, i) => sum + (scrape.failed - failed * (shares[i] ?? 0)) ** 2, 0);
  // The level is known from the same scrapes: that takes one degree of freedom.
  return { squares, expected: failed * (1 - shares.reduce((sum, share) => sum + share ** 2, 0)) };
}

/**
 * The sample as that of so many independent requests as its scattered ones are worth: every count divided by the
 * dispersion. A heuristic that is tested by simulation, not a theorem.
 */
export function withoutScatter<T extends Pick<Sample, "canary" | "stable">>(sample: T, dispersion = 1): T {
  if (dispersion === 1) return sample;
  const { canary, stable } = sample;
  return { ...sample, canary: divide(canary, dispersion), stable: divide(stable, dispersion) };
}

/** Counts as so many independent ones. */
export function divide({ failed, requests }: Counts, by = 1): Counts {
  return { requests: requests / by, failed: failed / by };
}
