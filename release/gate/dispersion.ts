import type { Counts, Sample } from "../events.ts";
import { add, NO_REQUESTS } from "./counts.ts";

/** Fewer scrapes than this tell nothing about scatter. */
const LEAST_SCRAPES = 20;

/** Into so many parts an hour is cut: each is long against a cluster of failures, and short against a disturbance. */
const PARTS = 24;
const LEAST_IN_PART = 10;

/** One of so many parts is left out; of an hour two, because a disturbance begins in one and ends in another. */
const LEFT_OUT_OF = 12;

/**
 * How much more a version's failures scatter than independent ones would, within a few minutes and given its requests:
 * variance over mean of the failures in each scrape, at least 1. Independent failures give 1; where one cause fails c
 * requests at once, about c. It is 1 where nothing failed and where fewer than 20 scrapes are known.
 *
 * Each part of a history has a level of its own, and the parts that scatter most are left out: so neither a change of the
 * traffic nor a disturbance counts as scatter, whatever it is as long as it begins and ends once. Incidents, in which more
 * failed than may, are left out before ({@link leaveOutIncidents}).
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

/** One cause fails requests in one scrape, or in two when it happens between them: no cluster goes on for longer. */
const LONGER_THAN_CLUSTER = 3;

/**
 * The histories without incidents: `undefined` stands for a scrape in one. Of each target that is the stretch in which most
 * failed beyond `limit`, if those are more than chance explains; then the same again in what is left.
 *
 * Failures are taken to scatter in it as they do in the rest, where most of its scrapes are over the limit; else as they do
 * in everything, stretch included: so a few clusters that happen to be near each other are no incident. What lasts for
 * more than half of a history is none either: then that is how stable is.
 *
 * @param histories a list of scrapes for each target
 * @param countsOf a scrape's requests, and those of them that count as failed
 */
export function leaveOutIncidents<T>(
  histories: readonly (readonly (T | undefined)[])[],
  countsOf: (scrape: T) => Counts,
  limit: number,
): readonly (readonly (T | undefined)[])[] {
  const count = (scrape: T | undefined) => (scrape === undefined ? NO_REQUESTS : countsOf(scrape));
  const targets = histories.map((scrapes) => {
    const counts = scrapes.map(count);
    const { from, until } = findWorst(counts, limit);
    const calm = scrapes.map((scrape, i) => (i >= from && i < until ? undefined : scrape));
    return { scrapes, counts, worst: counts.slice(from, until), calm };
  });
  const throughout = dispersionOf(targets.map(({ counts }) => counts));
  const elsewhere = dispersionOf(targets.map(({ calm }) => calm.map(count)));
  const left = targets.map(({ calm, scrapes, worst }) => {
    const dispersion = goesOn(worst, limit) ? elsewhere : throughout;
    const isException = calm.filter((scrape) => scrape === undefined).length <= scrapes.length / 2;
    return isException && isOver(worst.reduce(add, NO_REQUESTS), limit, dispersion) ? calm : scrapes;
  });
  return left.every((scrapes, i) => scrapes === histories[i]) ? histories : leaveOutIncidents(left, countsOf, limit);
}

/** Whether it takes more than single clusters to explain it: most scrapes are over the limit, and not only one or two. */
function goesOn(stretch: readonly Counts[], limit: number): boolean {
  const over = stretch.filter(({ failed, requests }) => failed > limit * requests).length;
  return over >= LONGER_THAN_CLUSTER && over > stretch.length / 2;
}

/** The scrapes in which most failed beyond the limit: the greatest sum of neighbours, as Kadane finds it (Bentley 1984). */
function findWorst(scrapes: readonly Counts[], limit: number): { from: number; until: number } {
  let worst = { from: 0, until: 0, excess: 0 };
  let [from, excess] = [0, 0];
  for (const [i, { failed, requests }] of scrapes.entries()) {
    if (excess <= 0) [from, excess] = [i, 0];
    excess += failed - limit * requests;
    if (excess > worst.excess) worst = { from, until: i + 1, excess };
  }
  return worst;
}

/** ln(1/p) of the probability at which chance is no explanation any more: one in a thousand. */
const BEYOND_CHANCE = Math.log(1_000);

/** Whether more than this share failed, by more than chance explains where failures scatter so. */
export function isOver({ failed, requests }: Counts, limit: number, dispersion: number): boolean {
  const allowed = limit * requests;
  return failed > allowed + deviation(dispersion * allowed, dispersion);
}

/** How far above its mean a count of this variance may be by chance, its jumps being so large: S. Bernstein's bound (1924). */
function deviation(variance: number, jump: number): number {
  return Math.sqrt(2 * BEYOND_CHANCE * variance) + (BEYOND_CHANCE * jump) / 3;
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
