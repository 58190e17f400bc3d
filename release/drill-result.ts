import type { DrillRun } from "./drill.ts";
import type { EventOf, ReleaseEvent } from "./events.ts";
import { EXIT } from "./exit.ts";
import { formatAmount, formatElapsed } from "./report/format.ts";

/** What a drill showed. Times are ms since the epoch; absent is what did not come about. */
export interface DrillResult {
  readonly fault: string;
  readonly injectedAt?: number;
  /** The scrape that counted the candidate's first failing answers after the injection. */
  readonly firstFailingAt?: number;
  readonly decidedAt?: number;
  readonly reason?: string;
  /** When all traffic was on stable. */
  readonly backAt?: number;
  readonly failingRequests: number;
  readonly requests: number;
  readonly goals: readonly Goal[];
  /** 0 when every goal is met. */
  readonly exitCode: number;
}

export interface Goal {
  readonly met: boolean;
  /** What was asked for, and what came, in words. */
  readonly text: string;
}

export function judgeDrill({ drill, events, injectedAt, problem, tookTooLong }: DrillRun): DrillResult {
  const finished = last(events, "finished");
  const after = (at: number) => injectedAt !== undefined && at >= injectedAt;
  const firstFailing = events.find(
    (event) => event.type === "sampled" && after(event.at) && event.sample.canary.failed > 0,
  );
  const decided = events.find(
    (event): event is EventOf<"decided"> => event.type === "decided" && event.decision === "rollback",
  );
  const back = last(events, "traffic-back");
  const { failed: failingRequests = 0, requests = 0 } = finished?.canary ?? {};
  const goals = [
    judgeInjection(injectedAt, problem),
    judgeDecision(decided, drill.withinMs, tookTooLong),
    judgeReturn(back, drill.withinMs, injectedAt),
    ...judgeFailing(failingRequests, drill.atMostFailing),
  ];
  return {
    fault: drill.fault,
    failingRequests,
    requests,
    goals,
    exitCode: exitCodeOf(goals, finished, tookTooLong || problem !== undefined),
    ...(injectedAt === undefined ? {} : { injectedAt }),
    ...(firstFailing === undefined ? {} : { firstFailingAt: firstFailing.at }),
    ...(decided === undefined ? {} : { decidedAt: decided.at, reason: decided.reason }),
    ...(back === undefined ? {} : { backAt: back.at }),
  };
}

function judgeInjection(injectedAt: number | undefined, problem: string | undefined): Goal {
  if (injectedAt === undefined) return { met: false, text: "the fault was not injected: the candidate got no traffic" };
  if (problem !== undefined) return { met: false, text: `the fault could not be injected: ${problem}` };
  return { met: true, text: "the fault was injected once the first weight was observed" };
}

function judgeDecision(decided: EventOf<"decided"> | undefined, withinMs: number, tookTooLong: boolean): Goal {
  if (decided !== undefined) return { met: true, text: `the gate rolled back: ${decided.reason}` };
  const why = tookTooLong ? ` within ${formatElapsed(withinMs)}: the drill took the traffic back` : "";
  return { met: false, text: `the gate did not roll back${why}` };
}

function judgeReturn(back: EventOf<"traffic-back"> | undefined, withinMs: number, injectedAt?: number): Goal {
  const goal = `all traffic on stable within ${formatElapsed(withinMs)} of the injection`;
  if (back === undefined || injectedAt === undefined) return { met: false, text: `${goal}: it was not taken back` };
  const tookMs = back.at - injectedAt;
  return { met: tookMs <= withinMs, text: `${goal}: ${formatElapsed(tookMs)}` };
}

function judgeFailing(failing: number, atMost: number | undefined): readonly Goal[] {
  if (atMost === undefined) return [];
  return [{ met: failing <= atMost, text: `at most ${formatAmount(atMost, "request")} failing: ${failing}` }];
}

function exitCodeOf(goals: readonly Goal[], finished: EventOf<"finished"> | undefined, byDrill: boolean): number {
  if (goals.every(({ met }) => met)) return 0;
  // What the drill itself has ended looks interrupted, and nobody has interrupted it.
  const code = finished?.exitCode ?? EXIT.rolledBack;
  return byDrill && code === EXIT.interrupted ? EXIT.rolledBack : code;
}

function last<T extends ReleaseEvent["type"]>(events: readonly ReleaseEvent[], type: T): EventOf<T> | undefined {
  return events.findLast((event): event is EventOf<T> => event.type === type);
}
