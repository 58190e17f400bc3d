import type { CounterPreset } from "../../config/metric-source.ts";
import type { Slot } from "../../config/release-state.ts";
import type { Counts, Sample } from "../events.ts";
import type { RawSeries } from "./counters.ts";
import { groupByTarget, scrapesOf } from "./scrapes.ts";

/** A time that says nothing of how stable usually fails, for example an incident. ms since the epoch. */
export interface Period {
  readonly from: number;
  readonly until: number;
}

/** Fewer scrapes than this tell nothing about scatter. */
const LEAST_SCRAPES = 20;

/**
 * How much more a version's failures scatter than independent ones would: variance over mean of the failures in each
 * scrape, at least 1. Independent failures give 1; where one cause fails c requests at once, about c. It is 1 where
 * nothing failed and where fewer than 20 scrapes are known.
 *
 * @param histories failures in each scrape, a list for each target: targets are scraped at different moments, and each
 *   has a mean of its own
 */
export function dispersionOf(histories: readonly (readonly number[])[]): number {
  const known = histories.filter(({ length }) => length >= LEAST_SCRAPES);
  const mean = known.reduce((sum, counts) => sum + meanOf(counts), 0);
  const variance = known.reduce((sum, counts) => sum + varianceOf(counts), 0);
  return mean === 0 ? 1 : Math.max(1, variance / mean);
}

/**
 * The dispersion of a slot's failures in these raw counters. Scrapes that reach into a period that is left out do not
 * count: an incident before the release would make the gate slow to believe in a fault.
 */
export function estimateDispersion(
  series: readonly RawSeries[],
  preset: CounterPreset,
  slot: Slot,
  leftOut: readonly Period[] = [],
): number {
  const reading = { preset, edges: [], coldRequests: 0, bornAfter: Infinity };
  return dispersionOf(
    [...groupByTarget(series, preset)].map(([target, lines]) =>
      scrapesOf(target, lines, reading).flatMap(({ at, counts, from }) => {
        const counted = counts[slot];
        if (from === undefined || counted === undefined) return [];
        return leftOut.some((period) => overlaps(period, from, at)) ? [] : [counted.failed];
      }),
    ),
  );
}

/**
 * The sample as that of so many independent requests as its scattered ones are worth: every count divided by the
 * dispersion. A heuristic that is tested by simulation, not a theorem.
 */
export function withoutScatter<T extends Pick<Sample, "canary" | "stable">>(sample: T, dispersion: number): T {
  if (dispersion === 1) return sample;
  const { canary, stable } = sample;
  return { ...sample, canary: divide(canary, dispersion), stable: divide(stable, dispersion) };
}

function divide({ failed, requests }: Counts, by: number): Counts {
  return { requests: requests / by, failed: failed / by };
}

function overlaps(period: Period, from: number, until: number): boolean {
  return from < period.until && until > period.from;
}

function meanOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0) / counts.length;
}

function varianceOf(counts: readonly number[]): number {
  const mean = meanOf(counts);
  return counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / (counts.length - 1);
}
