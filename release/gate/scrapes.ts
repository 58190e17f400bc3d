import type { Counted, CounterPreset } from "../../config/metric-source.ts";
import { SLOTS, type Slot } from "../../config/release-state.ts";
import type { Counts } from "../events.ts";
import type { RawSeries } from "./counters.ts";

/** What has been counted for each slot since the counters' start; a slot is absent where nothing counts it. */
export type Totals = Readonly<Partial<Record<Slot, Counts>>>;

/** One reading of all counters of a target. */
export interface Scrape {
  readonly target: string;
  readonly at: number;
  readonly totals: Totals;
}

/** The readings of all targets, in the order of their times. */
export function collectScrapes(series: readonly RawSeries[], preset: CounterPreset): readonly Scrape[] {
  const scrapes = new Map<string, { target: string; at: number; slots: Partial<Record<Slot, Partial<Counts>>> }>();
  for (const { labels, samples } of series) {
    const found = preset.classify(labels);
    if (found === undefined) continue;
    const target = `${labels.job ?? ""}/${labels.instance ?? ""}`;
    for (const [at, value] of samples) {
      const key = `${target} ${at}`;
      const scrape = scrapes.get(key) ?? { target, at, slots: {} };
      scrapes.set(key, scrape);
      scrape.slots[found.slot] = plus(scrape.slots[found.slot], found.counts, value);
    }
  }
  return [...scrapes.values()]
    .map(({ target, at, slots }) => ({
      target,
      at,
      totals: { ...counted("blue", slots.blue), ...counted("green", slots.green) },
    }))
    .sort((a, b) => a.at - b.at);
}

/** Sources count by status, path and more: a slot's requests are the sum of many series. */
function plus(sums: Partial<Counts> | undefined, counts: readonly Counted[], value: number): Partial<Counts> {
  return { ...sums, ...Object.fromEntries(counts.map((name) => [name, (sums?.[name] ?? 0) + value])) };
}

function counted(slot: Slot, counts: Partial<Counts> | undefined): Totals {
  if (counts?.requests === undefined) return {};
  return { [slot]: { requests: counts.requests, failed: counts.failed ?? 0 } };
}

/** What was counted between two scrapes of a target, for the slots that both of them know. */
export function increases(before: Totals, after: Totals): Totals {
  return Object.fromEntries(
    SLOTS.flatMap((slot) => {
      const [first, last] = [before[slot], after[slot]];
      return first === undefined || last === undefined ? [] : [[slot, increase(first, last)]];
    }),
  );
}

function increase(before: Counts, after: Counts): Counts {
  const restarted = after.requests < before.requests;
  const from = restarted ? { requests: 0, failed: 0 } : before;
  return { requests: after.requests - from.requests, failed: Math.max(0, after.failed - from.failed) };
}
