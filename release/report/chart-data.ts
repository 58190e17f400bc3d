import type { Counts, Evidence, ReleaseEvent, Sample } from "../events.ts";
import type { WeightCorner } from "./charts.ts";
import { findStops, sumSlow } from "./steps.ts";
import type { Summary } from "./summary.ts";

/** Failing shares are taken over this long before each point, ms: single scrapes at a low weight jump too much. */
export const SHARE_WINDOW_MS = 10_000;

/** More points than this do not show in a chart as wide as a page. */
const MOST_POINTS = 600;

/** The traffic of a short time; times in seconds since the start. */
export interface Interval {
  readonly from: number;
  readonly t: number;
  /** Intervals with no gap between them share a run, so that no line is drawn over missing data. */
  readonly run: number;
  readonly canaryPerS: number;
  readonly stablePerS: number;
  /** Failing shares over the window before `t`; undefined without requests. */
  readonly canaryShare: number | undefined;
  readonly stableShare: number | undefined;
  /** Shares of the timed answers that took longer than the limit, over the same window. */
  readonly canarySlow: number | undefined;
  readonly stableSlow: number | undefined;
}

/** Evidence at a time, in seconds since the start. */
export interface EvidencePoint {
  readonly t: number;
  readonly evidence: Evidence;
}

export type MarkKind = "advance" | "rollback" | "traffic-back" | "traffic-stuck" | "promoted";

/** A decision or its effect: a moment, in seconds since the start. */
export interface Mark {
  readonly t: number;
  readonly kind: MarkKind;
}

/** A time without steps forward, in seconds since the start. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly decision: "hold" | "pause";
}

/**
 * The measured traffic in equal intervals. Samples of several edges overlap, so each is spread evenly over the time that
 * it covers; where one edge has not reported yet, the others stand for it.
 */
export function findIntervals({ samples, startAt }: Summary): Interval[] {
  const sorted = samples.map(({ sample }) => sample).sort((a, b) => a.at - b.at);
  const first = Math.min(...sorted.map(({ at, spanMs }) => at - spanMs));
  const last = sorted.at(-1)?.at ?? first;
  const width = Math.max(median(sorted.map(({ spanMs }) => spanMs)), (last - first) / MOST_POINTS, 1);
  const slots = divide(sorted, first, last, width).filter(({ covered }) => covered > 0);
  const edges = median(slots.map(({ covered, from, to }) => covered / (to - from)));
  return slots.map(({ index, covered, from, to, requests }, position) => {
    const recent = sorted.filter(({ at }) => at <= to && at > to - Math.max(SHARE_WINDOW_MS, width));
    const perS = (count: number) => (1000 * edges * count) / covered;
    return {
      from: (from - startAt) / 1000,
      t: (to - startAt) / 1000,
      // Grows by one with every interval that was left out.
      run: index - position,
      canaryPerS: perS(requests.canary),
      stablePerS: perS(requests.stable),
      canaryShare: findShare(recent.map(({ canary }) => canary)),
      stableShare: findShare(recent.map(({ stable }) => stable)),
      canarySlow: findShare([sumSlow(recent, "canary")]),
      stableSlow: findShare([sumSlow(recent, "stable")]),
    };
  });
}

function divide(samples: readonly Sample[], first: number, last: number, width: number) {
  const count = samples.length === 0 ? 0 : Math.max(1, Math.round((last - first) / width));
  return Array.from({ length: count }, (_, index) => {
    const from = first + index * width;
    const to = index === count - 1 ? last : from + width;
    const inside = samples
      .map((sample) => ({ sample, ms: Math.min(to, sample.at) - Math.max(from, sample.at - sample.spanMs) }))
      .filter(({ ms }) => ms > 0);
    const sum = (of: "canary" | "stable") =>
      inside.reduce((total, { sample, ms }) => total + (sample[of].requests * ms) / sample.spanMs, 0);
    const covered = inside.reduce((total, { ms }) => total + ms, 0);
    return { index, from, to, covered, requests: { canary: sum("canary"), stable: sum("stable") } };
  });
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/** The evidence over time: from nothing known, before the first sample, to the last. */
export function findEvidence({ samples, startAt }: Summary): EvidencePoint[] {
  const [first] = samples;
  if (first === undefined) return [];
  const every = Math.ceil(samples.length / MOST_POINTS);
  const shown = samples.filter((_, index) => (samples.length - 1 - index) % every === 0);
  const known = shown.map(({ at, evidence }) => ({ t: (at - startAt) / 1000, evidence }));
  const before = (first.at - first.sample.spanMs - startAt) / 1000;
  return [{ t: Math.max(0, before), evidence: { relative: 0, floor: 0, limit: 0, pass: 0 } }, ...known];
}

/** The weight in force over time as corners of a step line, percent. */
export function findWeights(events: readonly ReleaseEvent[], { startAt, endAt }: Summary): WeightCorner[] {
  const changes = events.flatMap((event) => {
    if (event.type === "weight-set") return [{ t: (event.at - startAt) / 1000, weight: event.weight }];
    return event.type === "traffic-back" ? [{ t: (event.at - startAt) / 1000, weight: 0 }] : [];
  });
  const corners = [{ t: 0, weight: 0 }, ...changes];
  return [...corners, { t: (endAt - startAt) / 1000, weight: corners.at(-1)?.weight ?? 0 }];
}

/** The moments to mark on every chart. */
export function findMarks(events: readonly ReleaseEvent[], { startAt, verdict }: Summary): Mark[] {
  const marks = events.flatMap((event): Mark[] => {
    const t = (event.at - startAt) / 1000;
    if (event.type === "decided" && event.decision === "advance") return [{ t, kind: "advance" }];
    return event.type === "traffic-back" || event.type === "traffic-stuck" ? [{ t, kind: event.type }] : [];
  });
  if (verdict === undefined) return marks;
  const kind = verdict.kind === "promotion" ? "promoted" : "rollback";
  return [...marks, { t: (verdict.at - startAt) / 1000, kind }];
}

/** The times of hold and pause. */
export function findBands(events: readonly ReleaseEvent[], { startAt }: Summary): Band[] {
  return findStops(events).map(({ decision, from, to }) => ({
    decision,
    from: (from - startAt) / 1000,
    to: (to - startAt) / 1000,
  }));
}

function findShare(counts: readonly Counts[]): number | undefined {
  const requests = counts.reduce((sum, each) => sum + each.requests, 0);
  return requests === 0 ? undefined : counts.reduce((sum, each) => sum + each.failed, 0) / requests;
}
