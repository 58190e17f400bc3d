import type { Counts, Sample, TimedCounts } from "../events.ts";

/** What one version answered, and how long that took where it is known. */
export interface SlotCounts extends Counts {
  readonly latency?: TimedCounts;
}

export const NO_REQUESTS: Counts = { requests: 0, failed: 0 };

export function add(a: Counts, b: Counts): Counts {
  return { requests: a.requests + b.requests, failed: a.failed + b.failed };
}

export function addTimed(a: TimedCounts, b: TimedCounts): TimedCounts {
  return { requests: a.requests + b.requests, slower: a.slower.map((count, i) => count + (b.slower[i] ?? 0)) };
}

/** Both together; what has no times adds none. */
export function addSlots(a: SlotCounts, b: SlotCounts): SlotCounts {
  const timed = [a.latency, b.latency].filter((times) => times !== undefined);
  return { ...add(a, b), ...(timed.length === 0 ? {} : { latency: timed.reduce(addTimed) }) };
}

/** Without times of the candidate there is nothing to judge; without times of stable, nothing to compare with. */
export function sampleOf(at: number, spanMs: number, canary: SlotCounts, stable: SlotCounts): Sample {
  const plain = ({ failed, requests }: SlotCounts) => ({ requests, failed });
  const sample = { at, spanMs, canary: plain(canary), stable: plain(stable) };
  if (canary.latency === undefined) return sample;
  const none = { requests: 0, slower: canary.latency.slower.map(() => 0) };
  return { ...sample, latency: { canary: canary.latency, stable: stable.latency ?? none } };
}

/** Of the timed answers, those slower than an edge, as counts of "failures". */
export function slowerThan({ requests, slower }: TimedCounts, edge: number): Counts {
  return { requests, failed: slower[edge] ?? 0 };
}
