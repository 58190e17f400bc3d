import type { RawSeries } from "../gate/counters.ts";
import type { Groups } from "./moments.ts";

/** What a counter of the experiment counts. */
export const COUNTERS = ["users", "conversions", "count", "sum", "sumOfSquares"] as const;
export type Counter = (typeof COUNTERS)[number];

/** By which label, and which of its values, the groups are told apart. */
export interface GroupLabel extends Groups<string> {
  readonly label: string;
}

/** What has been counted of an experiment so far. */
export interface Counted {
  /** The first sample that was found, ms since the epoch; `undefined` before there is one. */
  readonly since: number | undefined;
  /** A counter is absent where no series of it was found. */
  readonly totals: Groups<Readonly<Partial<Record<Counter, number>>>>;
  readonly last: ReadonlyMap<string, readonly [at: number, value: number]>;
}

export const NOTHING_COUNTED: Counted = { since: undefined, totals: { a: {}, b: {} }, last: new Map() };

export interface Reading {
  readonly counter: Counter;
  readonly series: readonly RawSeries[];
}

/**
 * Takes in the raw samples of a span of time that follows the last one. Each series is differenced for itself, never after
 * summing, and never extrapolated: a value below the one before is a restart, after which the counter began at 0. A series
 * that was there when counting began has its value of that moment as its start; one that is born later started at 0.
 *
 * @param startMs what was counted before is not counted
 * @param scrapeIntervalMs series that first show within it of the first sample were there when counting began
 */
export function countIn(
  counted: Counted,
  readings: readonly Reading[],
  groups: GroupLabel,
  startMs: number,
  scrapeIntervalMs: number,
): Counted {
  const firsts = readings.flatMap(({ series }) =>
    series.flatMap(({ samples }) => samples.slice(0, 1).map(([at]) => at)),
  );
  const since = counted.since ?? (firsts.length === 0 ? undefined : firsts.reduce((a, b) => Math.min(a, b)));
  if (since === undefined) return counted;
  const thereBefore = Math.max(startMs, since + scrapeIntervalMs);
  const last = new Map(counted.last);
  const totals = { a: { ...counted.totals.a }, b: { ...counted.totals.b } };
  for (const { counter, series } of readings) {
    for (const { labels, samples } of series) {
      const group = groupOf(labels, groups);
      if (group === undefined) continue;
      const key = `${counter} ${JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))}`;
      for (const [at, value] of samples) {
        const before = last.get(key);
        if (!Number.isFinite(value) || (before !== undefined && at <= before[0])) continue;
        last.set(key, [at, value]);
        const from = before === undefined ? (at <= thereBefore ? value : 0) : value < before[1] ? 0 : before[1];
        totals[group][counter] = (totals[group][counter] ?? 0) + (at <= startMs ? 0 : value - from);
      }
    }
  }
  return { since, totals, last };
}

function groupOf(labels: Readonly<Record<string, string>>, { a, b, label }: GroupLabel): "a" | "b" | undefined {
  const value = labels[label];
  return value === a ? "a" : value === b ? "b" : undefined;
}
