import type { Counts, Evidence, ReleaseEvent } from "../events.ts";
import type { WeightCorner } from "./charts.ts";
import { findStops } from "./steps.ts";
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
 * The measured traffic in equal intervals. Samples of several edges overlap, so each is spread evenly over the time
 * that it covers.
 */
export function findIntervals({ samples, startAt }: Summary): Interval[] {
  const sorted = samples.map(({ sample }) => sample).sort((a, b) => a.at - b.at);
  const spans = sorted.map(({ spanMs }) => spanMs).sort((a, b) => a - b);
  const first = Math.min(...sorted.map(({ at, spanMs }) => at - spanMs));
  const last = sorted.at(-1)?.at ?? first;
  const width = Math.max(spans[Math.floor(spans.length / 2)] ?? 0, (last - first) / MOST_POINTS, 1);
  const count = sorted.length === 0 ? 0 : Math.max(1, Math.round((last - first) / width));
  let run = 0;
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const from = first + index * width;
    const to = index === count - 1 ? last : from + width;
    const inside = sorted.filter(({ at, spanMs }) => at > from && at - spanMs < to);
    if (inside.length === 0) {
      run += 1;
      return [];
    }
    const perS = (of: "canary" | "stable") =>
      inside.reduce((sum, sample) => {
        const overlap = Math.min(to, sample.at) - Math.max(from, sample.at - sample.spanMs);
        return sum + (sample[of].requests * overlap) / Math.max(1, sample.spanMs);
      }, 0) /
      ((to - from) / 1000);
    const recent = sorted.filter(({ at }) => at <= to && at > to - Math.max(SHARE_WINDOW_MS, width));
    return {
      from: (from - startAt) / 1000,
      t: (to - startAt) / 1000,
      run,
      canaryPerS: perS("canary"),
      stablePerS: perS("stable"),
      canaryShare: findShare(recent.map(({ canary }) => canary)),
      stableShare: findShare(recent.map(({ stable }) => stable)),
    };
  });
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
