import type { RoutingHandle } from "../config/outputs.ts";
import type { ReleaseState, Slot } from "../config/release-state.ts";
import type { Check, HealthCheck, Warmup } from "../config/checks.ts";
import type { ReleaseEvent } from "./events.ts";
import type { RawSeries } from "./gate/counters.ts";
import type { ReleaseRecord } from "./record.ts";
import type { PodHealth } from "./gate/pods.ts";

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

/** What is measured of both slots, and answers to declared queries. */
export interface MetricsSource {
  /** All samples of a PromQL selector that were scraped from `sinceMs` on, with their own timestamps. */
  readCounters(selector: string, sinceMs: number): Promise<readonly RawSeries[]>;
  /** The numbers that a PromQL query gives at this moment, one for each series; NaN where a series has none. */
  ask(query: string): Promise<readonly MetricValue[]>;
}

/** The declared stack: its release state, and the way to bring it about. */
export interface StackDriver {
  /** Writes the release state to the stack file, whole or not at all. */
  save(state: ReleaseState): Promise<void>;
  /**
   * Brings the cluster to the saved state. Ends the update when the signal is aborted.
   *
   * @throws StackLocked while another update has the stack
   */
  up(signal?: AbortSignal): Promise<void>;
  /** Removes every lock of the stack: only once it is certain that whoever has it is dead. */
  unlock(): Promise<void>;
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
   * @param handle the way back as the stack has rendered it; without it, it is made from the router's objects as they are
   * @param aboveSerial the highest serial that may be on its way to the cluster
   * @returns the state that is now in force
   */
  takeBack(handle: RoutingHandle | undefined, aboveSerial: number): Promise<ReleaseState>;
  /**
   * Puts all traffic on the version in a slot, which is or becomes the live one, and reads it back.
   *
   * @param aboveSerial the highest serial that may be on its way to the cluster
   * @returns the state that is now in force
   */
  switchTo(slot: Slot, aboveSerial: number): Promise<ReleaseState>;
}

/** A Rollout, whose traffic Argo moves. */
export interface Rollout {
  read(): Promise<RolloutStatus>;
  /** Tells Argo to give the release up; that it has is another question. */
  abort(): Promise<void>;
}

export interface RolloutStatus {
  /** In Argo's words. */
  readonly phase: string;
  readonly message?: string;
  /** Whether another version than the stable one is declared. */
  readonly underWay: boolean;
  readonly aborted: boolean;
  /** Percent of the traffic on the new version. */
  readonly weight: number;
  /** What serves as stable; absent when its ReplicaSet is gone. */
  readonly stable?: { readonly version: string; readonly image: string };
}

/** The pods of a slot. */
export interface Pods {
  /** How many are ready, of how many; and what keeps the others, when it will not pass by waiting. */
  inspect(slot: Slot): Promise<PodsStatus>;
  /** How each of them is, but for those that are being ended. */
  readHealth(slot: Slot): Promise<readonly PodHealth[]>;
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

export interface HealthResult {
  readonly ok: boolean;
  readonly tookMs: number;
  /** What was wrong with the last answer. */
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
  /** Asks again and again until the candidate says that it is well, or the check's time is over. */
  poll(health: HealthCheck, slot: Slot, signal: AbortSignal): Promise<HealthResult>;
  /** Sends the checks in turn until `requests` were sent or the time is over, with a bounded number under way. */
  warmUp(checks: readonly Check[], warmup: Warmup, slot: Slot, signal: AbortSignal): Promise<WarmupResult>;
}

/** A step that waits for somebody's yes. Times are ms since the epoch. */
export interface ApprovalRequest {
  /** Tells this question from any other, also of the same version. */
  readonly id: string;
  readonly app: string;
  readonly version: string;
  readonly weight: number;
  readonly askedAt: number;
  readonly until: number;
  /** What no answer until then means. */
  readonly onTimeout: "approve" | "reject";
}

export interface ApprovalAnswer {
  readonly approved: boolean;
  readonly by: string;
  readonly via: "command" | "file" | "environment" | "timeout";
  readonly at: number;
}

/** People, and how they are asked. */
export interface Approvals {
  /**
   * Makes it known that an answer is awaited.
   *
   * @returns the request as it stands: the former one, where a release that was resumed asks the same again
   */
  ask(request: ApprovalRequest): Promise<ApprovalRequest>;
  /** The answer, once there is one. */
  find(request: ApprovalRequest): Promise<ApprovalAnswer | undefined>;
  /** Makes it known that it is decided. */
  close(request: ApprovalRequest, answer: ApprovalAnswer): Promise<void>;
}

/** What is written down of a release, beside the service, before each thing that it does. */
export interface Journal {
  /** The app's last release, whether it goes on or has ended; `undefined` when there was none. */
  readLatest(): Promise<JournalEntry | undefined>;
  /**
   * Writes down where a release stands.
   *
   * @throws TakenOver when somebody else has written about this release since
   */
  write(record: ReleaseRecord, events: readonly ReleaseEvent[]): Promise<void>;
}

export interface JournalEntry {
  readonly record: ReleaseRecord;
  readonly events: readonly ReleaseEvent[];
}

/** Who drives the releases of an app at this moment: one at a time, and heard of as long as it lives. */
export interface Lease {
  /** `undefined` where nobody ever did. */
  read(): Promise<Holding | undefined>;
  /**
   * Makes `holder` the one who drives, or keeps it so.
   *
   * @param seen the holding that this replaces: it must still be as it was
   * @returns the new holding; `undefined` when somebody else was quicker
   */
  take(holder: string, seen: Holding | undefined): Promise<Holding | undefined>;
  /** Gives it up, when it is still `holding`. */
  giveUp(holding: Holding): Promise<void>;
}

/** One moment of a lease. */
export interface Holding {
  /** Empty when it was given up. */
  readonly holder: string;
  /** How long after its last renewal it may be taken for dead, ms. */
  readonly durationMs: number;
  /** When it was renewed by its holder's clock, ms since the epoch: to be shown, never to be compared with another clock. */
  readonly renewedAt: number;
  /** Changes with every renewal. */
  readonly revision: string;
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
  readonly journal: Journal;
  readonly lease: Lease;
  readonly approvals: Approvals;
  readonly reporter: Reporter;
}
