import type { CounterPreset } from "../../config/metric-source.ts";
import { otherSlot, type Slot } from "../../config/release-state.ts";
import type { Sample } from "../events.ts";
import { sampleOf } from "./counts.ts";
import { takePods } from "./pod-rounds.ts";
import { groupByTarget, scrapesOf, type Reading, type Scrape } from "./scrapes.ts";

/** One series of a counter, with its raw samples as they were scraped. */
export interface RawSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** `[ms since the epoch, value]`, in order. */
  readonly samples: readonly (readonly [number, number])[];
}

/** The last scrape of a target that has been taken in. Its values are read again with what comes after it. */
export interface Taken {
  readonly at: number;
  /** The slots that it counts. */
  readonly slots: readonly Slot[];
  /** What it counted since `from`, where that is not yet part of a sample. */
  readonly pending?: { readonly from: number; readonly counts: Scrape["counts"] };
}

/** By the scraped target; plain data. */
export type CounterState = Readonly<Record<string, Taken>>;

export interface CounterReading {
  readonly state: CounterState;
  /** In the order of their scrapes. */
  readonly samples: readonly Sample[];
}

/** A target that is so many scrapes behind the others is not waited for: what it has counted until it is back is lost. */
const LATE_SCRAPES = 10;
/** After this time it is forgotten: whoever comes by its name is another one. */
const FORGET_AFTER_MS = 30 * 60_000;

/**
 * Turns raw counters into what happened between scrapes, each target (an edge, a pod) by itself. Where a slot's requests
 * are counted, no series of its failures means that none failed yet; where they are not, the scrape says nothing. The
 * first scrape of a target only gives the start, but for a pod of the candidate that appears during the release: it began
 * at 0.
 *
 * @param series reaching back to {@link readFrom}, that scrape included
 */
export function takeCounters(
  state: CounterState,
  series: readonly RawSeries[],
  reading: Reading,
  candidate: Slot,
): CounterReading {
  const { preset } = reading;
  const scrapes = [...groupByTarget(series, preset)]
    .flatMap(([target, lines]) => {
      const ofCandidate = preset.counted === "pods" && lines.some(({ meaning }) => meaning.slot === candidate);
      return scrapesOf(target, lines, reading, state[target]?.at, ofCandidate);
    })
    .sort((a, b) => a.at - b.at);
  const taken = preset.counted === "pods" ? takePods(state, scrapes, candidate) : takeEdges(state, scrapes, candidate);
  return { ...taken, state: forgetGone(taken.state) };
}

/** From when on series have to be read so that nothing is lost; `undefined` before anything was taken in. */
export function readFrom(state: CounterState, scrapeIntervalMs: number): number | undefined {
  const times = Object.values(state).map(({ at }) => at);
  if (times.length === 0) return undefined;
  const earliest = Math.max(...times) - LATE_SCRAPES * scrapeIntervalMs;
  return Math.min(...times.filter((at) => at >= earliest));
}

/** The targets that are still scraped: none of them is more than a whole scrape late. */
export function freshTargets(state: CounterState, everyMs: number, now: number): readonly Taken[] {
  return Object.values(state).filter(({ at }) => now - at <= 2 * everyMs);
}

/**
 * Whether any target may have been scraped again by `now`. One that is not fresh may be gone, and is not waited
 * for while others come; what is new beside them is found when they are read. A scrape in the future says that our clock
 * is behind, and nothing about the next one.
 */
export function isScrapeDue(state: CounterState, everyMs: number, now: number): boolean {
  const ages = freshTargets(state, everyMs, now).map(({ at }) => now - at);
  return ages.length === 0 || ages.some((age) => age < 0 || age >= everyMs);
}

function forgetGone(state: CounterState): CounterState {
  const newest = Math.max(...Object.values(state).map(({ at }) => at));
  return Object.fromEntries(Object.entries(state).filter(([, { at }]) => at > newest - FORGET_AFTER_MS));
}

/** An edge counts both slots, so that each of its scrapes is a sample. */
function takeEdges(state: CounterState, scrapes: readonly Scrape[], candidate: Slot): CounterReading {
  const next: Record<string, Taken> = { ...state };
  const samples: Sample[] = [];
  for (const { at, counts, from, slots, target } of scrapes) {
    next[target] = { at, slots };
    const { [candidate]: canary, [otherSlot(candidate)]: stable } = counts;
    if (from !== undefined && canary !== undefined && stable !== undefined)
      samples.push(sampleOf(at, at - from, canary, stable));
  }
  return { state: next, samples };
}

/**
 * Whether it is the candidate alone that nobody counts any more. An edge that counts stable ought to count the candidate,
 * too; a pod that counts stable never does.
 */
export function isOnlyCandidateSilent(
  fresh: readonly Pick<Taken, "slots">[],
  counted: CounterPreset["counted"],
  candidate: Slot,
): boolean {
  const counting = (slot: Slot) => fresh.filter(({ slots }) => slots.includes(slot));
  const stable = counting(otherSlot(candidate));
  if (counted === "pods") return stable.length > 0 && counting(candidate).length === 0;
  return stable.some(({ slots }) => !slots.includes(candidate));
}
