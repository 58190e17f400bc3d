import type { Counts } from "../../../release/events.ts";
import { SCRAPE_S, type Hour } from "../traffic.ts";

/** The failing share that a query sees over a window that ends `atS`; `undefined` where it sees no request. */
export type Window = (atS: number, lengthS: number) => number | undefined;

/**
 * Reads counters as Prometheus does: the increase is that between the first and the last reading inside the window,
 * whose begin is excluded (https://prometheus.io/docs/prometheus/latest/querying/functions/#rate). Extrapolation to the
 * window's ends cancels in a share. The series are there, at 0, before the candidate gets traffic: to the advantage of
 * whoever looks early.
 */
export function openWindow({ samples }: Hour, counts: readonly Counts[]): Window {
  const phase = (samples[0]?.at ?? 0) / 1_000;
  let sum: Counts = { requests: 0, failed: 0 };
  const readings = counts.map(({ failed, requests }) => {
    sum = { requests: sum.requests + requests, failed: sum.failed + failed };
    return sum;
  });
  const read = (index: number) => readings[index] ?? { requests: 0, failed: 0 };
  return (atS, lengthS) => {
    const last = read(Math.floor((atS - phase) / SCRAPE_S));
    const first = read(Math.floor((atS - lengthS - phase) / SCRAPE_S) + 1);
    const requests = last.requests - first.requests;
    return requests === 0 ? undefined : (last.failed - first.failed) / requests;
  };
}

/** The candidate's. */
export function openCanaryWindow(hour: Hour): Window {
  return openWindow(
    hour,
    hour.samples.map(({ canary }) => canary),
  );
}

/** The moments at which a controller looks, the last one included. */
export function everyS(interval: number, until: number): readonly number[] {
  return Array.from({ length: Math.floor(until / interval) }, (_, i) => (i + 1) * interval);
}
