import { formatLatency } from "../config/duration.ts";
import type { Silence } from "./decide.ts";
import type { Counts } from "./events.ts";
import type { GateParameters, GateState } from "./gate/gate.ts";
import { slowerThan } from "./gate/counts.ts";
import { isShared, type Pair } from "./gate/incident.ts";
import { loudestEdge, type LatencyState } from "./gate/latency.ts";
import type { LatencyParameters } from "./gate/parameters.ts";
import type { ShareState } from "./gate/share.ts";

/** `25 of 1,000 requests failed (2.5 %) against 3 of 3,000 requests failed (0.1 %) on stable`. */
export function compareFailing({ canary, stable }: Pair): string {
  return `${failing(canary)} against ${failing(stable)} on stable`;
}

/** `25 of 1,000 requests failed (2.5 %)`. */
export function failing(counts: Counts): string {
  return counts.requests === 0 ? "no requests" : `${part(counts)} requests failed (${shareOf(counts)})`;
}

/** `25 of 1,000 answers took over 50 ms (2.5 %) against …`, at the edge that shows the difference best. */
export function compareSlower(latency: LatencyState, { compared, limit }: LatencyParameters): string {
  const edge = loudestEdge(latency.edges);
  return compareTimes(slowerIn(latency, edge), compared[edge] ?? limit);
}

/** The same at the limit. */
export function compareOverLimit(latency: LatencyState, { compared, limit }: LatencyParameters): string {
  return compareTimes(slowerIn(latency, compared.length), limit);
}

/** The same, in an incident where one lasts. */
export function compareBothSlow(latency: LatencyState, { compared, limit }: LatencyParameters): string {
  const { incident } = latency;
  return compareTimes(isShared(incident) ? incident.answered : slowerIn(latency, compared.length), limit);
}

function slowerIn({ canary, stable }: LatencyState, edge: number): Pair {
  return { canary: slowerThan(canary, edge), stable: slowerThan(stable, edge) };
}

function compareTimes({ canary: own, stable: other }: Pair, ms: number): string {
  const against = other.requests === 0 ? "none timed" : `${part(other)} (${shareOf(other)})`;
  return `${part(own)} answers took over ${formatLatency(ms)} (${shareOf(own)}) against ${against} on stable`;
}

/** `p99 of 100 ms`. */
export function describeLatencyLimit({ limit, limitShare }: LatencyParameters): string {
  return `p${Number((100 * (1 - limitShare)).toFixed(3))} of ${formatLatency(limit)}`;
}

/** `12 of 4,000 requests (0.3 %) at weight 5 %`. */
export function describeShare({ canary, requests, weight }: ShareState): string {
  const counts = { requests, failed: canary };
  return `${part(counts)} requests (${shareOf(counts)}) at weight ${weight} %`;
}

/** What was before and what is after, named as such: nothing was counted at the same time. */
export function compareBefore({ solo }: GateState, { before }: GateParameters): string {
  const after = solo === undefined || solo.canary.requests === 0 ? "no requests" : failing(solo.canary);
  return `before/after, as stable has no traffic to compare with: ${after} against ${failing(before ?? { requests: 0, failed: 0 })} on stable in the hour before the release`;
}

export function describeSilence(silence: Silence): string {
  if (silence === "candidate") return "the candidate is not counted, while stable is,";
  return silence === "all" ? "no new metrics" : `metrics cannot be read (${silence.unreadable})`;
}

export function percent(value: number): string {
  const digits = value === 0 || value >= 0.1 ? 1 : 2;
  return `${(value * 100).toFixed(digits).replace(/\.?0+$/, "")} %`;
}

/** Evidence as odds; beyond a million the number means nothing more. */
export function odds(ln: number): string {
  const value = Math.exp(ln);
  return value > 1e6 ? "odds over 1,000,000 : 1" : `odds ${Math.round(value).toLocaleString("en")} : 1`;
}

function part({ failed, requests }: Counts): string {
  const count = (of: number) => Math.round(of).toLocaleString("en");
  return `${count(failed)} of ${count(requests)}`;
}

function shareOf({ failed, requests }: Counts): string {
  return requests === 0 ? "none" : percent(failed / requests);
}
