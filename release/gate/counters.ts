import type { CounterPreset } from "../../config/metric-presets.ts";
import { otherSlot, type Slot } from "../../config/release-state.ts";
import type { Counts, Sample } from "../events.ts";

/** One series of a counter, with its raw samples as they were scraped. */
export interface RawSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** `[ms since the epoch, value]`, in order. */
  readonly samples: readonly (readonly [number, number])[];
}

type Totals = Readonly<Partial<Record<Slot, Counts>>>;

/** The last scrape of each scraped target that has been taken in. */
export type CounterState = ReadonlyMap<string, { readonly at: number; readonly totals: Totals }>;

export interface CounterReading {
  readonly state: CounterState;
  /** In the order of their scrapes. */
  readonly samples: readonly Sample[];
}

/**
 * Turns raw counters into what happened between scrapes. Each target (an edge) is differenced for itself, never after
 * summing; a value below the one before is a restart of the target, whose counters began at 0. Where a slot's requests
 * are counted, no series of its failures means that none failed yet; where they are not, the scrape says nothing.
 * The first scrape of a target only gives the start.
 */
export function takeCounters(
  state: CounterState,
  series: readonly RawSeries[],
  preset: CounterPreset,
  candidate: Slot,
): CounterReading {
  const next = new Map(state);
  const samples: Sample[] = [];
  for (const { target, at, totals } of collectScrapes(series, preset)) {
    const before = next.get(target);
    if (before !== undefined && at <= before.at) continue;
    next.set(target, { at, totals });
    const canary = increase(before?.totals[candidate], totals[candidate]);
    const stable = increase(before?.totals[otherSlot(candidate)], totals[otherSlot(candidate)]);
    if (before === undefined || canary === undefined || stable === undefined) continue;
    samples.push({ at, spanMs: at - before.at, canary, stable });
  }
  return { state: next, samples };
}

interface Scrape {
  readonly target: string;
  readonly at: number;
  readonly totals: Totals;
}

function collectScrapes(series: readonly RawSeries[], preset: CounterPreset): readonly Scrape[] {
  const scrapes = new Map<string, { target: string; at: number; slots: Partial<Record<Slot, Partial<Counts>>> }>();
  for (const { labels, samples } of series) {
    const found = preset.classify(labels);
    if (found === undefined) continue;
    const target = `${labels.job ?? ""}/${labels.instance ?? ""}`;
    for (const [at, value] of samples) {
      const key = `${target} ${at}`;
      const scrape = scrapes.get(key) ?? { target, at, slots: {} };
      scrapes.set(key, scrape);
      scrape.slots[found.slot] = { ...scrape.slots[found.slot], [found.counts]: value };
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

function counted(slot: Slot, counts: Partial<Counts> | undefined): Totals {
  if (counts?.requests === undefined) return {};
  return { [slot]: { requests: counts.requests, failed: counts.failed ?? 0 } };
}

function increase(before: Counts | undefined, after: Counts | undefined): Counts | undefined {
  if (before === undefined || after === undefined) return undefined;
  const restarted = after.requests < before.requests;
  const from = restarted ? { requests: 0, failed: 0 } : before;
  return { requests: after.requests - from.requests, failed: Math.max(0, after.failed - from.failed) };
}
