import type { RoutingHandle } from "../config/outputs.ts";
import type { ReleaseState, Slot } from "../config/release-state.ts";
import type { Check, Warmup } from "../config/checks.ts";
import type { ReleaseEvent } from "./events.ts";
import type { RawSeries } from "./gate/counters.ts";

/** Time, so that tests can drive it. */
export interface Clock {
  /** ms since the epoch. */
  now(): number;
  /** Ends after `ms`, or as soon as the signal is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The value of a query now, of each series in its answer. */
export interface MetricValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What is measured of both slots. */
export interface MetricsSource {
  /** All samples of a PromQL selector that were scraped from `sinceMs` on, with their own timestamps. */
  readCounters(selector: string, sinceMs: number): Promise<readonly RawSeries[]>;
  /** What a PromQL query gives at this moment. */
  ask(query: string): Promise<readonly MetricValue[]>;
}

/** The declared stack: its release state, and the way to bring it about. */
export interface StackDriver {
  /** Writes the release state to the stack file, whole or not at all. */
  save(state: ReleaseState): Promise<void>;
  /** Brings the cluster to the saved state. Ends the update when the signal is aborted. */
  up(signal?: AbortSignal): Promise<void>;
  /** How to take the traffic back past the stack; the same at every weight of a release. */
  readHandle(): Promise<RoutingHandle>;
}

/** What routes the traffic at this moment. */
export interface Routing {
  readonly serial: number;
  readonly weights: Readonly<Record<Slot, number>>;
  /** The release state that the last writer left beside it. */
  readonly state: ReleaseState;
}

/** The router itself, past Pulumi: quick, and independent of its lock and state. */
export interface TrafficSwitch {
  read(): Promise<Routing>;
  /**
   * Puts all traffic on stable and reads it back.
   *
   * @param aboveSerial the highest serial that may be on its way to the cluster
   * @returns the state that is now in force
   */
  takeBack(handle: RoutingHandle, aboveSerial: number): Promise<ReleaseState>;
}

/** The pods of a slot. */
export interface Pods {
  /** How many are ready, of how many; and what keeps the others, when it will not pass by waiting. */
  inspect(slot: Slot): Promise<PodsStatus>;
}

export interface PodsStatus {
  readonly ready: number;
  readonly wanted: number;
  /** For example an image that cannot be had. */
  readonly problem?: string;
}

/** The Jobs that change the database before a version has any pod. */
export interface Jobs {
  /** Those for this version that have failed, or that cannot start. */
  findFailed(version: string): Promise<readonly FailedJob[]>;
}

export interface FailedJob {
  /** Tells a Job from one of the same name that an earlier release left. */
  readonly uid: string;
  readonly name: string;
  readonly reason: string;
  /** The last lines that it wrote; none where it wrote nothing, or where its log is gone. */
  readonly log: readonly string[];
}

export interface CheckResult {
  readonly ok: boolean;
  readonly passed: number;
  readonly problem?: string;
}

/** How a warm-up went. */
export interface WarmupResult {
  readonly sent: number;
  readonly failed: number;
  /** What was wrong with the first answer that did not pass. */
  readonly problem?: string;
}

/** Sends requests to the candidate by the testers' route. */
export interface Checker {
  /** Only what the candidate's slot answered counts; that its route is not yet in force is waited for, within bounds. */
  run(check: Check, slot: Slot, signal: AbortSignal): Promise<CheckResult>;
  /** Sends the checks in turn until `requests` were sent or the time is over, with a bounded number under way. */
  warmUp(checks: readonly Check[], warmup: Warmup, slot: Slot, signal: AbortSignal): Promise<WarmupResult>;
}

/** Is told what happens. */
export interface Reporter {
  report(event: ReleaseEvent): void;
  /** Ends a live view. */
  close(): void;
}

export interface Ports {
  readonly clock: Clock;
  readonly metrics: MetricsSource;
  readonly stack: StackDriver;
  readonly traffic: TrafficSwitch;
  readonly pods: Pods;
  readonly jobs: Jobs;
  readonly checker: Checker;
  readonly reporter: Reporter;
}
