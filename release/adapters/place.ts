import type { Fault } from "../../config/drill.ts";
import type { Slot } from "../../config/release-state.ts";
import type { Checks } from "../../config/checks.ts";
import type { ApprovalRequest, Approvals, Jobs, Journal, Lease, Pods, TrafficSwitch } from "../ports.ts";
import type { CheckRoute } from "./check-route.ts";
import type { ReleaseArchive } from "./journal-events.ts";

/** Approvals, with the approver's side of them. */
export interface AnsweredApprovals extends Approvals {
  /**
   * Answers the question that waits.
   *
   * @throws UserError when none does
   */
  answer(approved: boolean, by: string, weight: number | undefined): Promise<ApprovalRequest>;
}

/** Where a service runs, and what a release does there: a cluster, or a Docker host. Nothing is asked of it yet. */
export interface Place {
  readonly traffic: TrafficSwitch;
  readonly pods: Pods;
  readonly jobs: Jobs;
  readonly journal: Journal & ReleaseArchive;
  readonly approvals: AnsweredApprovals;
  /** @param durationMs how long a holder may be silent until it is taken for dead */
  openLease(durationMs: number): Lease;
  /** By which way the declared checks reach the candidate. */
  routeChecks(checks: Checks): CheckRoute;
  /**
   * Sends a declared fault to each of a slot's pods or containers.
   *
   * @throws Error with what one answered when it refused
   */
  sendFault(fault: Fault, slot: Slot): Promise<void>;
}
