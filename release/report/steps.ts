import { formatDuration } from "../../config/duration.ts";
import type { Counts, EventOf, ReleaseEvent, Sample } from "../events.ts";
import { formatElapsed } from "./format.ts";

/** One weight of a release: from the moment it was set until traffic moved on or the events end. */
export interface Step {
  readonly weight: number;
  /** ms since the epoch. */
  readonly setAt: number;
  /** How long setting it took, ms. */
  readonly setTookMs: number;
  /** Undefined when its share of the traffic was never seen. */
  readonly observed: EventOf<"weight-observed"> | undefined;
  /** From observed until the decision to go on or back, or the last event; the bake not included, ms. */
  readonly dwellMs: number | undefined;
  /** From the decision to bake until its end, ms; undefined when this weight was not baked. */
  readonly bakedMs: number | undefined;
  readonly canary: Counts;
  readonly stable: Counts;
  /** `advanced to 25 %`, `held 12 s, rolled back`. */
  readonly ending: string;
}

/** The steps with traffic on the candidate, in order. Events belong to the weight that was set last before them. */
export function findSteps(events: readonly ReleaseEvent[]): Step[] {
  const starts = events.flatMap((event, index) => (event.type === "weight-set" && event.weight > 0 ? [index] : []));
  return starts.flatMap((start, k) => {
    const set = events[start];
    if (set?.type !== "weight-set") return [];
    const rest = events.slice(start + 1, starts[k + 1]);
    // The first weight is in force a little before it is told to be set: its first requests belong to it.
    const early = k === 0 ? events.slice(0, start).filter(hasCandidateTraffic) : [];
    return [summariseStep(set, rest, early, nextWeight(events, starts[k + 1]))];
  });
}

/** The sum of what the samples counted for one version. */
export function sumCounts(samples: readonly EventOf<"sampled">[], of: "canary" | "stable"): Counts {
  return samples.reduce(
    (sum, { sample }) => ({
      requests: sum.requests + sample[of].requests,
      failed: sum.failed + sample[of].failed,
    }),
    { requests: 0, failed: 0 },
  );
}

/** Of the timed answers of one version, how many took longer than the limit, as counts of "failures". */
export function sumSlow(samples: readonly Sample[], of: "canary" | "stable"): Counts {
  return samples.reduce(
    (sum, { latency }) => ({
      requests: sum.requests + (latency?.[of].requests ?? 0),
      // The limit's edge is the last.
      failed: sum.failed + (latency?.[of].slower.at(-1) ?? 0),
    }),
    { requests: 0, failed: 0 },
  );
}

/** A time of hold or pause, ms since the epoch. */
export interface Stop {
  readonly decision: "hold" | "pause";
  readonly from: number;
  /** The next decision, or the end of the events. */
  readonly to: number;
}

/** Every hold and pause, in order. */
export function findStops(events: readonly ReleaseEvent[]): Stop[] {
  const end = events.at(-1)?.at ?? 0;
  return events.flatMap((event, index) => {
    if (event.type !== "decided" || (event.decision !== "hold" && event.decision !== "pause")) return [];
    const until = events.slice(index + 1).find(movesOn)?.at ?? end;
    return [{ decision: event.decision, from: event.at, to: until }];
  });
}

function movesOn({ type }: ReleaseEvent): boolean {
  return ["decided", "rolling-back", "weight-set", "promoted", "finished"].includes(type);
}

function hasCandidateTraffic(event: ReleaseEvent): event is EventOf<"sampled"> {
  return event.type === "sampled" && event.sample.canary.requests > 0;
}

function summariseStep(
  set: EventOf<"weight-set">,
  rest: readonly ReleaseEvent[],
  early: readonly EventOf<"sampled">[],
  next: number | undefined,
): Step {
  const observed = rest.find((event) => event.type === "weight-observed");
  const after = observed === undefined ? [] : rest.slice(rest.indexOf(observed) + 1);
  const samples = [...early, ...rest.filter((event) => event.type === "sampled")];
  const end = after.findIndex(endsStep);
  const endAt = (after[end] ?? rest.at(-1) ?? set).at;
  // At the last weight, the decision to advance begins the bake; another one ends it where traffic was held back.
  const further = after.slice(end + 1);
  const baking = after[end]?.type === "decided" && (next === undefined || further.some(isAdvance)) ? further : [];
  const bakedUntil = (baking.find(endsStep) ?? baking.at(-1))?.at;
  const bakedMs = isAdvance(after[end]) && bakedUntil !== undefined ? bakedUntil - endAt : undefined;
  return {
    weight: set.weight,
    setAt: set.at,
    setTookMs: set.tookMs,
    observed,
    dwellMs: observed === undefined ? undefined : Math.max(0, endAt - observed.at),
    bakedMs,
    canary: sumCounts(samples, "canary"),
    stable: sumCounts(samples, "stable"),
    ending: [
      ...describeStops(rest),
      ...(bakedMs === undefined ? [] : [`baked ${formatDuration(bakedMs)}`]),
      describeEnding(rest, next),
    ].join(", "),
  };
}

function isAdvance(event: ReleaseEvent | undefined): boolean {
  return event?.type === "decided" && event.decision === "advance";
}

function endsStep(event: ReleaseEvent): boolean {
  if (event.type === "decided") return event.decision === "advance" || event.decision === "rollback";
  return event.type === "rolling-back" || event.type === "promoted";
}

/** How long it was held and paused in all: `["held 12 s", "paused 2 m"]`, or nothing. */
export function describeStops(events: readonly ReleaseEvent[]): string[] {
  const stops = findStops(events);
  return (["hold", "pause"] as const).flatMap((decision) => {
    const ms = stops.reduce((sum, stop) => (stop.decision === decision ? sum + stop.to - stop.from : sum), 0);
    return ms === 0 ? [] : [`${decision === "hold" ? "held" : "paused"} ${formatElapsed(ms)}`];
  });
}

function describeEnding(rest: readonly ReleaseEvent[], next: number | undefined): string {
  if (next !== undefined) return `advanced to ${next} %`;
  if (rest.some((event) => event.type === "traffic-back")) return "rolled back";
  if (rest.some((event) => event.type === "promoted")) return "promoted";
  if (rest.some((event) => event.type === "traffic-stuck")) return "rollback failed";
  return "no verdict";
}

function nextWeight(events: readonly ReleaseEvent[], index: number | undefined): number | undefined {
  const event = index === undefined ? undefined : events[index];
  return event?.type === "weight-set" ? event.weight : undefined;
}
