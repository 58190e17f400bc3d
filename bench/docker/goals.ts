import type { Outcome } from "../../release/events.ts";
import type { SwitchSeen } from "../overlap.ts";

/** What `build/docker-bench.json` holds of one edge. */
export interface EdgeBench extends SwitchSeen {
  readonly goodFailed: number;
  readonly goodOutcome: Outcome;
  /** From the first failing answer that a user got to the decision; null where none was taken. */
  readonly detectionS: number | null;
  /** From the decision to the start of the last request that the candidate served. */
  readonly decisionToZeroS: number | null;
  readonly failingRequests: number;
  /** The worst difference between a weight and its measured share, percentage points. */
  readonly weightError: number;
  /** What the edge adds to the median request, ms. */
  readonly addedP50Ms: number;
}

/** What is not as it must be; empty when every goal is reached. */
export function findMisses(kind: string, edge: EdgeBench): readonly string[] {
  const { addedP50Ms, decisionToZeroS, detectionS, goodFailed, goodOutcome, switchFailed, weightError } = edge;
  const goals: readonly (readonly [boolean, string])[] = [
    [goodOutcome === "promoted", `the good release was ${goodOutcome}, not promoted`],
    [goodFailed === 0, `${goodFailed} requests failed in a good release, goal 0`],
    [switchFailed === 0, `${switchFailed} requests failed in a switch, goal 0`],
    [(detectionS ?? Infinity) <= 10, `20 % errors were found after ${detectionS ?? "no"} s, goal 10`],
    [(decisionToZeroS ?? Infinity) <= 0.3, `the traffic was back after ${decisionToZeroS ?? "no"} s, goal 0.3`],
    [weightError <= 1, `the share is ${weightError} points from its weight, goal 1`],
    [kind !== "nginx" || addedP50Ms <= 0.3, `the edge adds ${addedP50Ms} ms to the median request, goal 0.3`],
  ];
  return goals.filter(([met]) => !met).map(([, miss]) => miss);
}
