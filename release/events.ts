import type { GateSettings } from "../config/gate.ts";
import type { Slot } from "../config/release-state.ts";
import type { Silence, Standing, Verdict } from "./decide.ts";
import type { Baseline } from "./gate/baseline.ts";
import type { GateVerdict } from "./gate/declared.ts";
import type { Result } from "./gate/measurement.ts";

/** Requests that one version answered, and how many of them failed. */
export interface Counts {
  readonly requests: number;
  readonly failed: number;
}

/** How long one version's answers took. */
export interface TimedCounts {
  /** Answers whose time was taken. */
  readonly requests: number;
  /** Of these, how many took longer than each edge: those of `compared`, then that of the limit. */
  readonly slower: readonly number[];
}

/** What the two versions answered between two scrapes of the metrics. */
export interface Sample {
  /** When the scrape that ended the interval was taken, ms since the epoch. */
  readonly at: number;
  /** Length of the interval, ms. */
  readonly spanMs: number;
  readonly canary: Counts;
  readonly stable: Counts;
  /** Absent where the time of answers is not judged, or the candidate's was not taken. */
  readonly latency?: { readonly canary: TimedCounts; readonly stable: TimedCounts };
  /** Percent. Present when it was in force all the while, and nothing but chance decides which requests it covers. */
  readonly weight?: number;
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
  /** Against "the candidate's odds of a slow answer are at most `tolerateSlow` times those of stable". */
  readonly slower?: number;
  /** Against "no more of the candidate's answers take longer than the limit than may". */
  readonly tooSlow?: number;
  /** Against "the candidate gets the requests of its weight": for fewer, and for more. */
  readonly fewer?: number;
  readonly more?: number;
  /** Against "the candidate fails no more than stable did before the release"; grows only where stable has no traffic. */
  readonly thanBefore?: number;
}

/** The evidence at which each rule acts, as natural logarithms. */
export interface Thresholds {
  /** `relative` and `floor` must each have reached this for a rollback; `thanBefore` alone, without traffic on stable. */
  readonly relative: number;
  /** `limit` must have reached this for a rollback or a pause. */
  readonly limit: number;
  /** `relative` or `slower` at or above this keeps the weight where it is. */
  readonly hold: number;
  /** `relative` needed beside `limit`, or `slower` beside `tooSlow`, for a rollback. */
  readonly corroborate: number;
  /** `pass` at or above this proves the release below the limit. */
  readonly pass: number;
  /** `slower` must have reached this for a rollback. Absent where latency is not judged, as is `tooSlow`. */
  readonly slower?: number;
  /** `tooSlow` must have reached this for a rollback or a pause. */
  readonly tooSlow?: number;
  /** `fewer` at this is a rollback, `more` a pause. */
  readonly share?: number;
}

export type Outcome = "promoted" | "rolled-back" | "rollback-failed" | "refused" | "taken-over";

interface VersionAt {
  readonly slot: Slot;
  readonly version: string;
}

/** Times of one step's own, each absent where it has none. */
export interface StageTimes {
  readonly weight: number;
  readonly minStepTimeMs?: number;
  readonly maxStepTimeMs?: number;
}

/** One line of the release's story. The JSON output is these objects, one a line; times (`at`) are ms since the epoch. */
export type ReleaseEvent = { readonly at: number } & (
  | {
      readonly type: "planned";
      readonly app: string;
      readonly stack: string;
      readonly stable: VersionAt;
      readonly candidate: VersionAt;
      /** What the candidate was built from, and by which run; absent where that is not known. */
      readonly commit?: string;
      readonly build?: string;
      readonly weights: readonly number[];
      readonly minStepTimeMs: number;
      readonly maxStepTimeMs: number;
      /** The steps with times of their own; the others have those above. */
      readonly stages?: readonly StageTimes[];
      /** Percent that stays on stable until the bake is over; absent: none. */
      readonly holdback?: number;
      readonly bakeMs: number;
      /** Absent where nobody watches on after the promotion. */
      readonly guardMs?: number;
      readonly limit: number;
      readonly tolerate: number;
      readonly ignoreBelow: number;
      readonly falseAlarm: number;
      /** Absent where the time of answers is not judged. */
      readonly latency?: { readonly limitMs: number; readonly percentile: number; readonly tolerateSlow: number };
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
  /** No step forward before a window opens. */
  | { readonly type: "window-awaited"; readonly weight: number; readonly opensAt: number }
  /** Somebody has to say yes before the weight is set. */
  | {
      readonly type: "approval-awaited";
      readonly weight: number;
      readonly until: number;
      readonly onTimeout: "approve" | "reject";
    }
  | {
      readonly type: "approval-decided";
      readonly weight: number;
      readonly approved: boolean;
      readonly by: string;
      readonly via: "command" | "file" | "environment" | "timeout";
      readonly answeredAt: number;
    }
  /** Something beside the release went wrong; it goes on. */
  | { readonly type: "warned"; readonly problem: string }
  /** The candidate is warmed up, with up to so many requests in all. */
  | { readonly type: "warming"; readonly requests: number }
  /** `tookMs` counts from `warming`; failing here is told, and decides nothing. */
  | {
      readonly type: "warmed";
      readonly sent: number;
      readonly failed: number;
      readonly tookMs: number;
      /** What was wrong with the first answer that did not pass. */
      readonly problem?: string;
    }
  /** What stable was in the hour before: by it the candidate is judged while stable has no traffic. */
  | {
      readonly type: "baseline";
      readonly requests: number;
      readonly failed: number;
      /** How long it was in an incident, which is left out; absent where it was in none. */
      readonly incidentMs?: number;
      readonly latency?: {
        /** Answers slower than each of these are compared with stable's. */
        readonly comparedMs: readonly number[];
        /** How many answers were timed, and how many of them took longer than the limit. */
        readonly timed: number;
        readonly overLimit: number;
        /** The share of them that may. */
        readonly allowed: number;
      };
    }
  /** How much more stable's failures, or slow answers, scatter than independent ones: their counts weigh that much less. */
  | {
      readonly type: "calibrated";
      /** Of failures, at least 1. */
      readonly dispersion: number;
      /** Of answers slower than each compared edge, and last than the limit; absent where none scatters more. */
      readonly slower?: readonly number[];
    }
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
  /** What the gate judges by from now on: with the samples and the looks, all that a replay needs. */
  | {
      readonly type: "gate-opened";
      readonly settings: GateSettings;
      readonly baseline: Baseline;
      readonly scrapeIntervalMs: number;
    }
  /** The gate looked: at the samples since the last such event, and at where the release stands. */
  | {
      readonly type: "gate-looked";
      /** Looks before this one that found nothing new, as ms before `at`. */
      readonly quietMs: readonly number[];
      readonly weight: number;
      readonly kind: Standing["kind"];
      /** When the weight was observed, ms since the epoch; absent while it is not in force. */
      readonly since?: number;
      readonly minStepTimeMs: number;
      readonly maxStepTimeMs: number;
      readonly onInconclusive: "advance" | "pause";
      /** Whose metrics are missing, where any are. */
      readonly silence: Silence;
      /** What declared gates and the pods had against going on; absent where that was nothing. */
      readonly objections?: readonly Verdict[];
    }
  /** The declared gates, and what each asks for. */
  | { readonly type: "gates"; readonly gates: readonly { readonly name: string; readonly asks: string }[] }
  /** A declared gate was measured. */
  | {
      readonly type: "measured";
      readonly weight: number;
      readonly gate: string;
      /** When Prometheus was asked; `at` is when the answer was taken in. */
      readonly askedAt: number;
      readonly result: Result;
      readonly verdict: GateVerdict;
      /** Whether the verdict is another than before. */
      readonly changed: boolean;
      /** What it asks for, in words. */
      readonly asks: string;
      /** The numbers as they are to be read; empty when there is none. */
      readonly shown: string;
      readonly value?: number;
      /** Stable's, where it compares. */
      readonly stable?: number;
      /** Why it did not pass. */
      readonly reason?: string;
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
  /** Another process goes on with what broke off `awayMs` ago; `phase` is what it was doing. */
  | { readonly type: "resumed"; readonly phase: string; readonly by: string; readonly awayMs: number }
  /** The way forward waits until it can be written. */
  | { readonly type: "journal-failed"; readonly problem: string }
  | { readonly type: "promoted"; readonly slot: Slot; readonly version: string }
  /** The gate stays on after the promotion, until then. `version` is the old one, which stays warm in `slot`. */
  | { readonly type: "guarding"; readonly slot: Slot; readonly version: string; readonly until: number }
  /** The guard has ended well, and the pods of the old version are gone. */
  | { readonly type: "scaled-down"; readonly slot: Slot; readonly version: string }
  /** All traffic was put on the version in the other slot, without a release. `tookMs` counts from the first write. */
  | {
      readonly type: "switched";
      readonly slot: Slot;
      readonly version: string;
      /** The version that served before. */
      readonly from: string;
      readonly serial: number;
      readonly tookMs: number;
    }
  | {
      readonly type: "finished";
      readonly outcome: Outcome;
      readonly reason: string;
      readonly exitCode: number;
      /** Whether stack file and stack say what serves; absent where it never was tried. */
      readonly stackAgrees?: boolean | undefined;
      readonly durationMs: number;
      readonly canary: Counts;
      readonly stable: Counts;
    }
);

export type Decision = "advance" | "wait" | "hold" | "pause" | "rollback";

/** The events of one type: `EventOf<"sampled">`. */
export type EventOf<T extends ReleaseEvent["type"]> = Extract<ReleaseEvent, { readonly type: T }>;
