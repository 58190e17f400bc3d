import { otherSlot, type Slot } from "../../config/release-state.ts";
import type { Counts, Sample } from "../events.ts";
import type { CounterReading, CounterState, Taken } from "./counters.ts";
import { add } from "./gate.ts";
import { increases, type Scrape } from "./scrapes.ts";

/**
 * A pod counts the requests of its own slot only, so a sample takes a round of scrapes: it ends when a pod is scraped
 * that had its turn already. Pods are scraped at different moments, so a round spans up to two intervals; at a change of
 * weight it holds a little of both. A round without one of the slots says nothing.
 */
export function takePods(state: CounterState, scrapes: readonly Scrape[], candidate: Slot): CounterReading {
  const next = new Map(state);
  const samples: Sample[] = [];
  for (const { target, at, totals } of scrapes) {
    if (next.get(target)?.pending !== undefined) samples.push(...closeRound(next, candidate));
    const before = next.get(target);
    next.set(target, {
      at,
      totals,
      ...(before === undefined ? {} : { pending: { from: before.at, counts: increases(before.totals, totals) } }),
    });
  }
  return { state: next, samples };
}

/** Takes what is pending out of the state, as one sample. */
function closeRound(state: Map<string, Taken>, candidate: Slot): readonly Sample[] {
  let [canary, stable]: (Counts | undefined)[] = [];
  let [from, until] = [Infinity, 0];
  for (const [target, { at, pending, totals }] of state) {
    if (pending === undefined) continue;
    state.set(target, { at, totals });
    canary = sum(canary, pending.counts[candidate]);
    stable = sum(stable, pending.counts[otherSlot(candidate)]);
    [from, until] = [Math.min(from, pending.from), Math.max(until, at)];
  }
  return canary === undefined || stable === undefined ? [] : [{ at: until, spanMs: until - from, canary, stable }];
}

function sum(a: Counts | undefined, b: Counts | undefined): Counts | undefined {
  return a === undefined || b === undefined ? (a ?? b) : add(a, b);
}
