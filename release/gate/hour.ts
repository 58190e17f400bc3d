import type { CounterPreset } from "../../config/metric-source.ts";
import type { Slot } from "../../config/release-state.ts";
import type { Counts } from "../events.ts";
import type { RawSeries } from "./counters.ts";
import { add, NO_REQUESTS, slowerThan, type SlotCounts } from "./counts.ts";
import { dispersionOf, isOver, leaveOutIncidents } from "./dispersion.ts";
import type { GateParameters } from "./parameters.ts";
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

/** Above what share of failing, or of slow answers a stretch may be an incident, and the edges whose dispersion is asked for. */
type Judged = Pick<GateParameters, "limit" | "latency">;

/**
 * The dispersion of a slot's failures, and of its slow answers, in these raw counters, without what was counted in an
 * incident: neither scrapes that reach into a declared one, nor stretches in which more than the limits failed or were slow.
 */
export function estimateDispersion(
  series: readonly RawSeries[],
  preset: CounterPreset,
  slot: Slot,
  judged: Judged,
  declared: readonly Period[] = [],
): Dispersion {
  const counted = countedBy(series, preset, slot, edgesOf(judged)).map((scrapes) =>
    scrapes.filter(({ at, from }) => !declared.some((period) => overlaps(period, from, at))),
  );
  return dispersionWithin(
    counted.map((scrapes) => scrapes.map(({ counts }) => counts)),
    judged,
  );
}

/** The same of what was counted in each scrape, at these edges; a list for each target. */
export function dispersionWithin(histories: readonly (readonly SlotCounts[])[], judged: Judged): Dispersion {
  const edges = edgesOf(judged);
  const slowIn = ({ latency }: SlotCounts, edge: number) => (latency ? slowerThan(latency, edge) : NO_REQUESTS);
  const isTimed = (counts: SlotCounts | undefined) => counts === undefined || counts.latency !== undefined;
  const failing = leaveOutIncidents(histories, (counts) => counts, judged.limit);
  const tooSlow = (counts: SlotCounts) => slowIn(counts, edges.length - 1);
  const calm = leaveOutIncidents(failing, tooSlow, judged.latency?.limitShare ?? 1);
  return {
    failed: dispersionOf(calm.map((scrapes) => scrapes.map((counts = NO_REQUESTS) => counts))),
    slower: edges.map((_, edge) =>
      dispersionOf(calm.map((scrapes) => scrapes.filter(isTimed).map((counts = NO_REQUESTS) => slowIn(counts, edge)))),
    ),
  };
}

/** Ends of buckets, ms: those that are compared, and last the limit. */
export function edgesOf({ latency }: Judged): readonly number[] {
  return latency === undefined ? [] : [...latency.compared, latency.limit];
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
    const from = stretch * STRETCH_MS;
    return (
      isOver(sumOf(counted), limit, dispersion) || declared.some((period) => overlaps(period, from, from + STRETCH_MS))
    );
  };
  const bad = [...stretches].filter(isBad);
  if (bad.length === stretches.size) return { counts: NO_REQUESTS, ms: 0 };
  return { counts: sumOf(bad.flatMap(([, counted]) => counted)), ms: bad.length * STRETCH_MS };
}

function sumOf(counted: readonly Counted[]): Counts {
  return counted.reduce((sum, { counts: { failed, requests } }) => add(sum, { failed, requests }), NO_REQUESTS);
}

function overlaps(period: Period, from: number, until: number): boolean {
  return from < period.until && until > period.from;
}
