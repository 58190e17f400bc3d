import { eitherSlot, selector, type LabelMatch, type MetricSource } from "./metric-source.ts";
import type { Slot } from "./release-state.ts";

/** Whose requests: those of one slot, of both together, or of all pods, version by version. */
export type Side = Slot | "both" | "versions";

/** Requests per second. */
export function requestRate(source: MetricSource, side: Side, window: string): string {
  return sum(side, `rate(${select(source, source.requests, side)}[${window}])`);
}

/** Requests within the window. */
export function requestsWithin(source: MetricSource, side: Side, window: string): string {
  return sum(side, `increase(${select(source, source.requests, side)}[${window}])`);
}

/** Failed requests within the window; nothing where none failed ever. */
export function failuresWithin(source: MetricSource, side: Side, window: string): string {
  return sum(side, `increase(${select(source, source.failed, side, [source.failure])}[${window}])`);
}

/**
 * How many requests were answered within each bucket's time, in the window; by the label `le`. A bucket that was scraped
 * once has not risen yet, but is there: 0.
 */
export function bucketsWithin(source: MetricSource, side: Slot | "both", window: string): string {
  const buckets = select(source, source.latency.buckets, side);
  return `sum by (le) (increase(${buckets}[${window}])) or 0 * sum by (le) (${buckets})`;
}

/** Failed requests per second. A counter of failures is born with the first one: before that there are 0. */
export function failureRate(source: MetricSource, side: Side, window: string): string {
  const failed = sum(side, `rate(${select(source, source.failed, side, [source.failure])}[${window}])`);
  return `(${failed} or 0 * ${requestRate(source, side, window)})`;
}

/** Share of the requests that failed; nothing where there were none. */
export function failingShare(source: MetricSource, side: Side, window: string): string {
  return `${failureRate(source, side, window)} / (${requestRate(source, side, window)} > 0)`;
}

/** The time, in seconds, within which this share of the requests was answered; NaN where there were none. */
export function latencyQuantile(source: MetricSource, side: Side, quantile: number, window: string): string {
  const buckets = `rate(${select(source, source.latency.buckets, side)}[${window}])`;
  const labels = side === "versions" ? "le, version" : "le";
  const value = `histogram_quantile(${quantile}, sum by (${labels}) (${buckets}))`;
  return source.latency.unit === "ms" ? `${value} / 1000` : value;
}

/** Share of the requests that one slot gets, or each version; nothing where there are none. */
export function trafficShare(source: MetricSource, side: Slot | "versions", window: string): string {
  const part = requestRate(source, side, window);
  if (side !== "versions") return `${part} / (${requestRate(source, "both", window)} > 0)`;
  return `${part} / on () group_left () (sum(${part}) > 0)`;
}

/** A duration as PromQL writes it. */
export function promDuration(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}

function sum(side: Side, of: string): string {
  return side === "versions" ? `sum by (version) (${of})` : `sum(${of})`;
}

function select(source: MetricSource, metric: string, side: Side, further: readonly LabelMatch[] = []): string {
  return selector(metric, [...further, ...source.common, ...slotMatch(source, side)]);
}

function slotMatch({ slots }: MetricSource, side: Side): readonly LabelMatch[] {
  if (side === "versions") return [];
  return [side === "both" ? eitherSlot(slots) : slots[side]];
}
