import type { CounterPreset } from "../../config/metric-source.ts";
import type { Slot } from "../../config/release-state.ts";
import type { RawSeries } from "./counters.ts";
import { add, NO_REQUESTS } from "./counts.ts";
import { groupByTarget, scrapesOf } from "./scrapes.ts";

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
  const reading = { preset, edges: [], coldRequests: 0, bornAfter: Infinity };
  const spans = [...groupByTarget(series, preset)]
    .flatMap(([target, lines]) => scrapesOf(target, lines, reading))
    .flatMap(({ at, counts, from }) => {
      const counted = counts[slot];
      return from === undefined || counted === undefined ? [] : [{ at, from, counted }];
    });
  if (spans.length === 0) return undefined;
  const { failed, requests } = spans.reduce((sum, { counted }) => add(sum, counted), NO_REQUESTS);
  const overMs = Math.max(...spans.map(({ at }) => at)) - Math.min(...spans.map(({ from }) => from));
  return { rps: (requests * 1_000) / overMs, failing: requests === 0 ? 0 : failed / requests, overMs };
}
