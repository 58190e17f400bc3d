import type { Slot } from "../config/release-state.ts";

/** Requests that one version answered, and how many of them failed. */
export interface Counts {
  readonly requests: number;
  readonly failed: number;
}

/** What the two versions answered between two scrapes of the metrics. */
export interface Sample {
  /** When the scrape that ended the interval was taken, ms since the epoch. */
  readonly at: number;
  /** Length of the interval, ms. */
  readonly spanMs: number;
  readonly canary: Counts;
  readonly stable: Counts;
}

/** Evidence as natural logarithms of e-values: 0 means "nothing known", ln(1/α) means "decided". */
export interface Evidence {
  /** Against "the candidate's odds of failing are at most `tolerate` times those of stable". */
  readonly relative: number;
  /** Against "the candidate's failing share is at most `ignoreBelow`". */
  readonly floor: number;
  /** Against "the candidate's failing share is at most `limit`". */
  readonly limit: number;
  /** For the candidate: against "its failing share is at least `limit`". */
  readonly pass: number;
}

/** The evidence at which each rule acts, as natural logarithms. */
export interface Thresholds {
  /** `relative` and `floor` must each have reached this for a rollback. */
  readonly relative: number;
  /** `limit` must have reached this for a rollback or a pause. */
  readonly limit: number;
  /** `relative` at or above this keeps the weight where it is. */
  readonly hold: number;
  /** `relative` needed beside `limit` for a rollback. */
  readonly corroborate: number;
  /** `pass` at or above this proves the release below the limit. */
  readonly pass: number;
}

export type Outcome = "promoted" | "rolled-back" | "rollback-failed" | "refused";

interface VersionAt {
  readonly slot: Slot;
  readonly version: string;
}

/** One line of the release's story. The JSON output is these objects, one a line; times (`at`) are ms since the epoch. */
export type ReleaseEvent = { readonly at: number } & (
  | {
      readonly type: "planned";
      readonly app: string;
      readonly stack: string;
      readonly stable: VersionAt;
      readonly candidate: VersionAt;
      readonly weights: readonly number[];
      readonly minStepTimeMs: number;
      readonly maxStepTimeMs: number;
      readonly bakeMs: number;
      readonly limit: number;
      readonly tolerate: number;
      readonly ignoreBelow: number;
      readonly falseAlarm: number;
      readonly thresholds: Thresholds;
    }
  | { readonly type: "deploying"; readonly slot: Slot; readonly version: string }
  /** `tookMs` counts from `deploying`. */
  | { readonly type: "ready"; readonly slot: Slot; readonly version: string; readonly tookMs: number }
  | {
      readonly type: "checked";
      readonly request: string;
      readonly ok: boolean;
      readonly passed: number;
      readonly sent: number;
      /** What was wrong with the first answer that did not pass. */
      readonly problem?: string;
    }
  /** How much more stable's failures scatter than independent ones, above 1: all counts weigh that much less. */
  | { readonly type: "calibrated"; readonly dispersion: number }
  | { readonly type: "weight-set"; readonly weight: number; readonly serial: number; readonly tookMs: number }
  | {
      readonly type: "weight-observed";
      readonly weight: number;
      /** The candidate's measured share of the requests, 0 to 1. */
      readonly share: number;
      readonly requests: number;
      /** Since `weight-set`. */
      readonly tookMs: number;
    }
  | {
      readonly type: "sampled";
      readonly weight: number;
      readonly sample: Sample;
      readonly evidence: Evidence;
      /** `comparing` both versions, or `solo`: only the candidate has traffic, so nothing can be compared. */
      readonly mode: "comparing" | "solo";
    }
  /** The decision changed, or its reason did. */
  | { readonly type: "decided"; readonly weight: number; readonly decision: Decision; readonly reason: string }
  /** `weight` is the last one that was asked for; it may not have been in force yet. */
  | { readonly type: "rolling-back"; readonly weight: number; readonly reason: string }
  /** `tookMs` counts from the first try to write. */
  | { readonly type: "traffic-back"; readonly serial: number; readonly tookMs: number }
  | { readonly type: "traffic-stuck"; readonly problem: string }
  | { readonly type: "reconciled"; readonly tookMs: number }
  | { readonly type: "reconcile-failed"; readonly problem: string }
  | { readonly type: "promoted"; readonly slot: Slot; readonly version: string }
  | {
      readonly type: "finished";
      readonly outcome: Outcome;
      readonly reason: string;
      readonly exitCode: number;
      readonly durationMs: number;
      readonly canary: Counts;
      readonly stable: Counts;
    }
);

export type Decision = "advance" | "wait" | "hold" | "pause" | "rollback";

/** The events of one type: `EventOf<"sampled">`. */
export type EventOf<T extends ReleaseEvent["type"]> = Extract<ReleaseEvent, { readonly type: T }>;
