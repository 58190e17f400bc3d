import { otherSlot, type Slot } from "../../config/release-state.ts";
import type { Sample } from "../events.ts";
import type { CounterReading, CounterState, Taken } from "./counters.ts";
import { addSlots, sampleOf, type SlotCounts } from "./counts.ts";
import type { Scrape } from "./scrapes.ts";

/**
 * A pod counts the requests of its own slot only, so a sample takes a round of scrapes: it ends when a pod is scraped
 * that had its turn already. Pods are scraped at different moments, so a round spans up to two intervals; at a change of
 * weight it holds a little of both. A round without one of the slots says nothing.
 */
export function takePods(state: CounterState, scrapes: readonly Scrape[], candidate: Slot): CounterReading {
  const next: Record<string, Taken> = { ...state };
  const samples: Sample[] = [];
  for (const { at, counts, from, slots, target } of scrapes) {
    if (next[target]?.pending !== undefined) samples.push(...closeRound(next, candidate));
    const isStart = Object.keys(counts).length === 0;
    next[target] = { at, slots, ...(isStart ? {} : { pending: { from: from ?? at, counts } }) };
  }
  return { state: next, samples };
}

/** Takes what is pending out of the state, as one sample. */
function closeRound(state: Record<string, Taken>, candidate: Slot): readonly Sample[] {
  let [canary, stable]: (SlotCounts | undefined)[] = [];
  let [from, until] = [Infinity, 0];
  for (const [target, { at, pending, slots }] of Object.entries(state)) {
    if (pending === undefined) continue;
    state[target] = { at, slots };
    canary = sum(canary, pending.counts[candidate]);
    stable = sum(stable, pending.counts[otherSlot(candidate)]);
    [from, until] = [Math.min(from, pending.from), Math.max(until, at)];
  }
  return canary === undefined || stable === undefined ? [] : [sampleOf(until, until - from, canary, stable)];
}

function sum(a: SlotCounts | undefined, b: SlotCounts | undefined): SlotCounts | undefined {
  return a === undefined || b === undefined ? (a ?? b) : addSlots(a, b);
}
