import type { CounterPreset } from "../../config/metric-source.ts";
import type { Slot } from "../../config/release-state.ts";
import type { Counts } from "../events.ts";
import type { RawSeries } from "./counters.ts";
import { add } from "./gate.ts";
import { collectScrapes, increases, type Totals } from "./scrapes.ts";

/** What a slot has had to answer lately. */
export interface Traffic {
  /** Requests per second. */
  readonly rps: number;
  /** The share of them that failed; 0 when there were none. */
  readonly failing: number;
  /** The time over which it was counted, ms. */
  readonly overMs: number;
}

/** Measures a slot's traffic by its raw counters; `undefined` when nothing counted it twice. */
export function measureTraffic(series: readonly RawSeries[], preset: CounterPreset, slot: Slot): Traffic | undefined {
  const last = new Map<string, Totals>();
  let sum: Counts = { requests: 0, failed: 0 };
  let [from, to] = [Infinity, -Infinity];
  for (const { at, target, totals } of collectScrapes(series, preset)) {
    if (totals[slot] === undefined) continue;
    const before = last.get(target);
    last.set(target, totals);
    [from, to] = [Math.min(from, at), Math.max(to, at)];
    if (before !== undefined) sum = add(sum, increases(before, totals)[slot] ?? { requests: 0, failed: 0 });
  }
  if (!(to > from)) return undefined;
  const { failed, requests } = sum;
  return { rps: (requests * 1_000) / (to - from), failing: requests === 0 ? 0 : failed / requests, overMs: to - from };
}
