import type { CounterPreset } from "../../config/metric-source.ts";
import { otherSlot, type Slot } from "../../config/release-state.ts";
import type { Sample } from "../events.ts";
import { takePods } from "./pod-rounds.ts";
import { collectScrapes, increases, type Scrape, type Totals } from "./scrapes.ts";

/** One series of a counter, with its raw samples as they were scraped. */
export interface RawSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** `[ms since the epoch, value]`, in order. */
  readonly samples: readonly (readonly [number, number])[];
}

/** The last scrape of a target that has been taken in. */
export interface Taken {
  readonly at: number;
  readonly totals: Totals;
  /** What it counted since `from`, where that is not yet part of a sample. */
  readonly pending?: { readonly from: number; readonly counts: Totals };
}

/** By the scraped target. */
export type CounterState = ReadonlyMap<string, Taken>;

export interface CounterReading {
  readonly state: CounterState;
  /** In the order of their scrapes. */
  readonly samples: readonly Sample[];
}

/**
 * Turns raw counters into what happened between scrapes. Each target (an edge, a pod) is differenced for itself, never
 * after summing; a value below the one before is a restart of the target, whose counters began at 0. Where a slot's
 * requests are counted, no series of its failures means that none failed yet; where they are not, the scrape says
 * nothing. The first scrape of a target only gives the start.
 */
export function takeCounters(
  state: CounterState,
  series: readonly RawSeries[],
  preset: CounterPreset,
  candidate: Slot,
): CounterReading {
  const scrapes = collectScrapes(series, preset).filter(({ at, target }) => at > (state.get(target)?.at ?? -Infinity));
  if (preset.counted === "pods") return takePods(state, scrapes, candidate);
  return takeEdges(state, preset.born === "at the start" ? scrapes : scrapes.map(withBoth), candidate);
}

/** Where series are born with their first request, an edge that counts one slot has had no request for the other. */
function withBoth(scrape: Scrape): Scrape {
  const none = { requests: 0, failed: 0 };
  return { ...scrape, totals: { blue: none, green: none, ...scrape.totals } };
}

/** An edge counts both slots, so that each of its scrapes is a sample. */
function takeEdges(state: CounterState, scrapes: readonly Scrape[], candidate: Slot): CounterReading {
  const next = new Map(state);
  const samples: Sample[] = [];
  for (const { target, at, totals } of scrapes) {
    const before = next.get(target);
    next.set(target, { at, totals });
    if (before === undefined) continue;
    const { [candidate]: canary, [otherSlot(candidate)]: stable } = increases(before.totals, totals);
    if (canary !== undefined && stable !== undefined) samples.push({ at, spanMs: at - before.at, canary, stable });
  }
  return { state: next, samples };
}

/**
 * Whether it is the candidate alone that nobody counts any more. An edge that counts stable ought to count the candidate,
 * too; a pod that counts stable never does.
 */
export function isOnlyCandidateSilent(fresh: readonly Taken[], counted: CounterPreset["counted"], candidate: Slot) {
  const counting = (slot: Slot) => fresh.filter(({ totals }) => totals[slot] !== undefined);
  const stable = counting(otherSlot(candidate));
  if (counted === "pods") return stable.length > 0 && counting(candidate).length === 0;
  return stable.some(({ totals }) => totals[candidate] === undefined);
}
