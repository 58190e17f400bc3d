import type { CounterPreset } from "../../config/metric-source.ts";
import type { Slot } from "../../config/release-state.ts";
import type { Counts } from "../events.ts";
import type { RawSeries } from "./counters.ts";
import { add, NO_REQUESTS, slowerThan, type SlotCounts } from "./counts.ts";
import { dispersionOf } from "./dispersion.ts";
import { groupByTarget, scrapesOf } from "./scrapes.ts";

/** A time that says nothing of how stable usually fails, for example an incident. ms since the epoch. */
export interface Period {
  readonly from: number;
  readonly until: number;
}

/** What the hour before the release tells about scatter, each at least 1. */
export interface Dispersion {
  /** Of failures. */
  readonly failed: number;
  /** Of answers slower than each edge. */
  readonly slower: readonly number[];
}

/**
 * The dispersion of a slot's failures, and of its slow answers, in these raw counters. Scrapes that reach into a period
 * that is left out do not count.
 *
 * @param edges ends of buckets, ms
 */
export function estimateDispersion(
  series: readonly RawSeries[],
  preset: CounterPreset,
  slot: Slot,
  leftOut: readonly Period[] = [],
  edges: readonly number[] = [],
): Dispersion {
  const counted = countedBy(series, preset, slot, edges).map((scrapes) =>
    scrapes.filter(({ at, from }) => !leftOut.some((period) => overlaps(period, from, at))),
  );
  return {
    failed: dispersionOf(counted.map((scrapes) => scrapes.map(({ counts }) => counts))),
    slower: edges.map((_, edge) =>
      dispersionOf(
        counted.map((scrapes) =>
          scrapes.flatMap(({ counts: { latency } }) => (latency === undefined ? [] : [slowerThan(latency, edge)])),
        ),
      ),
    ),
  };
}

/** What a slot answered between two scrapes of one target; times are ms since the epoch. */
interface Counted {
  readonly from: number;
  readonly at: number;
  readonly counts: SlotCounts;
}

/** A list for each target. */
function countedBy(series: readonly RawSeries[], preset: CounterPreset, slot: Slot, edges: readonly number[] = []) {
  const reading = { preset, edges, coldRequests: 0, bornAfter: Infinity };
  return [...groupByTarget(series, preset)].map(([target, lines]) =>
    scrapesOf(target, lines, reading).flatMap(({ at, counts, from }): Counted[] => {
      const ours = counts[slot];
      return from === undefined || ours === undefined ? [] : [{ at, from, counts: ours }];
    }),
  );
}

/** How long a stretch is that may be an incident, ms. */
const STRETCH_MS = 150_000;

/** ln(1/p) of the probability at which chance is no explanation any more: one in a thousand. */
const BEYOND_CHANCE = Math.log(1_000);

/** What was counted in an incident, and how long that lasted. */
export interface Incident {
  readonly counts: Counts;
  readonly ms: number;
}

/**
 * The stretches in which a slot failed more than `limit` beyond chance, or that were declared as incidents: they tell
 * nothing of how it usually is. None where there is nothing else.
 */
export function findIncident(
  series: readonly RawSeries[],
  preset: CounterPreset,
  slot: Slot,
  { dispersion, limit, declared }: { dispersion: number; limit: number; declared: readonly Period[] },
): Incident {
  const stretches = Map.groupBy(countedBy(series, preset, slot).flat(), ({ from }) => Math.floor(from / STRETCH_MS));
  const isBad = ([stretch, counted]: [number, Counted[]]) => {
    const { failed, requests } = sumOf(counted);
    const allowed = limit * requests;
    const from = stretch * STRETCH_MS;
    return (
      failed > allowed + deviation(dispersion * allowed, dispersion) ||
      declared.some((period) => overlaps(period, from, from + STRETCH_MS))
    );
  };
  const bad = [...stretches].filter(isBad);
  if (bad.length === stretches.size) return { counts: NO_REQUESTS, ms: 0 };
  return { counts: sumOf(bad.flatMap(([, counted]) => counted)), ms: bad.length * STRETCH_MS };
}

/** How far above its mean a count of this variance may be by chance, its jumps being so large: S. Bernstein's bound (1924). */
function deviation(variance: number, jump: number): number {
  return Math.sqrt(2 * BEYOND_CHANCE * variance) + (BEYOND_CHANCE * jump) / 3;
}

function sumOf(counted: readonly Counted[]): Counts {
  return counted.reduce((sum, { counts: { failed, requests } }) => add(sum, { failed, requests }), NO_REQUESTS);
}

function overlaps(period: Period, from: number, until: number): boolean {
  return from < period.until && until > period.from;
}
