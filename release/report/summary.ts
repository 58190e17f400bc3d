import type { Counts, EventOf, Evidence, Outcome, ReleaseEvent, Thresholds } from "../events.ts";
import { NO_EVIDENCE, raiseHighest, towardsRollback } from "./progress.ts";
import type { Highest } from "./progress.ts";
import { describeStops, findSteps, sumCounts } from "./steps.ts";
import type { Step } from "./steps.ts";

/** The facts of a release, gathered from its events. Times (`…At`) are ms since the epoch. */
export interface Summary {
  readonly plan: EventOf<"planned"> | undefined;
  readonly startAt: number;
  readonly endAt: number;
  /** `unfinished` when the events end without a verdict. */
  readonly outcome: Outcome | "unfinished";
  /** Why it ended as it did, in the release program's words. */
  readonly reason: string | undefined;
  readonly canary: Counts;
  readonly stable: Counts;
  readonly steps: readonly Step[];
  /** `held 12 s`, `paused 2 m`: how long in all it was kept from going on. */
  readonly stops: readonly string[];
  readonly samples: readonly EventOf<"sampled">[];
  readonly checks: readonly EventOf<"checked">[];
  /** The first sample with a failing request of the candidate: it failed within this sample's span. */
  readonly firstFailure: EventOf<"sampled"> | undefined;
  /** The decision to roll back or to promote. */
  readonly verdict: Verdict | undefined;
  /** What was known at the verdict, or at the end without one; undefined when nothing had been measured. */
  readonly known: Knowledge | undefined;
  /** When the candidate became live, also where it was taken back later. */
  readonly promotedAt: number | undefined;
  /** How long the gate stayed on after that, ms. */
  readonly guardedMs: number | undefined;
  /** The last write that put all traffic on stable. */
  readonly trafficBack: EventOf<"traffic-back"> | undefined;
  readonly trafficStuck: EventOf<"traffic-stuck"> | undefined;
  readonly reconcileFailed: EventOf<"reconcile-failed"> | undefined;
}

export interface Verdict {
  readonly kind: "rollback" | "promotion";
  readonly at: number;
  /** Percent of the traffic that was on the candidate, or on its way there. */
  readonly weight: number;
  /** The evidence that demanded a rollback; undefined when a deadline, a signal or an error did. */
  readonly by: keyof Evidence | undefined;
}

export interface Knowledge {
  /** As the rules count it: what has ever been reached stays reached where they say so. */
  readonly evidence: Evidence;
  readonly mode: EventOf<"sampled">["mode"];
}

/** Gathers the facts of a release, however far it got. */
export function summarise(events: readonly ReleaseEvent[]): Summary {
  const plan = find(events, "planned");
  const finished = find(events, "finished");
  const samples = events.filter((event) => event.type === "sampled");
  const steps = findSteps(events);
  const promoted = find(events, "promoted");
  const back = events.findIndex(isRollback);
  const decided = back < 0 ? events.findIndex(({ type }) => type === "promoted") : back;
  const guarding = find(events, "guarding");
  const endAt = events.reduce((latest, { at }) => Math.max(latest, at), events[0]?.at ?? 0);
  const before = decided < 0 ? events : events.slice(0, decided);
  const known = findKnowledge(
    before.filter((event) => event.type === "sampled"),
    plan?.thresholds,
  );
  return {
    plan,
    startAt: events[0]?.at ?? 0,
    endAt,
    outcome: finished?.outcome ?? (promoted === undefined ? "unfinished" : "promoted"),
    reason: find(events, "rolling-back")?.reason ?? finished?.reason,
    canary: finished?.canary ?? sumCounts(samples, "canary"),
    stable: finished?.stable ?? sumCounts(samples, "stable"),
    steps,
    stops: describeStops(events),
    samples,
    checks: events.filter((event) => event.type === "checked"),
    firstFailure: samples.find(({ sample }) => sample.canary.failed > 0),
    verdict: findVerdict(events[decided], known, plan?.thresholds, steps.at(-1)?.weight ?? 0),
    known,
    promotedAt: promoted?.at,
    guardedMs: guarding && Math.min(endAt, guarding.until) - guarding.at,
    trafficBack: events.filter((event) => event.type === "traffic-back").at(-1),
    trafficStuck: find(events, "traffic-stuck"),
    reconcileFailed: find(events, "reconcile-failed"),
  };
}

/** Whether the answers' times decided, rather than failing requests. */
export function isAboutTime({ verdict }: Summary): boolean {
  return verdict?.by === "slower" || verdict?.by === "tooSlow";
}

/**
 * From the earliest moment the first request can have failed to the decision to roll back, ms; undefined where it was
 * not for failing requests.
 */
export function findDetectionMs(summary: Summary): number | undefined {
  const { firstFailure, verdict } = summary;
  if (verdict?.kind !== "rollback" || firstFailure === undefined) return undefined;
  if (isAboutTime(summary) || verdict.by === "fewer") return undefined;
  const earliest = firstFailure.sample.at - firstFailure.sample.spanMs;
  return verdict.at >= earliest ? verdict.at - earliest : undefined;
}

/** From the decision to roll back until all traffic was on stable, ms. */
export function findReturnMs({ verdict, trafficBack }: Summary): number | undefined {
  if (trafficBack === undefined) return undefined;
  return verdict?.kind === "rollback" ? trafficBack.at - verdict.at : trafficBack.tookMs;
}

function findVerdict(
  event: ReleaseEvent | undefined,
  known: Knowledge | undefined,
  thresholds: Thresholds | undefined,
  weight: number,
): Verdict | undefined {
  if (event === undefined) return undefined;
  const kind = event.type === "promoted" ? "promotion" : "rollback";
  const nearest =
    kind === "promotion" || known === undefined || thresholds === undefined
      ? undefined
      : towardsRollback(known, { slower: 0, ...known.evidence }, thresholds);
  return {
    kind,
    at: event.at,
    weight: "weight" in event ? event.weight : weight,
    by: nearest !== undefined && nearest.fraction >= 1 ? nearest.by : undefined,
  };
}

function findKnowledge(
  samples: readonly EventOf<"sampled">[],
  thresholds: Thresholds | undefined,
): Knowledge | undefined {
  const last = samples.at(-1);
  if (last === undefined) return undefined;
  const { evidence, mode } = last;
  const highest = samples.reduce(raiseHighest, NO_EVIDENCE);
  const { relative = Infinity, slower = Infinity } = thresholds ?? {};
  const count = (of: keyof Highest, needed: number) => (highest[of] >= needed ? highest[of] : (evidence[of] ?? 0));
  const counted = { ...evidence, relative: count("relative", relative), floor: count("floor", relative) };
  if (evidence.slower === undefined) return { evidence: counted, mode };
  return { evidence: { ...counted, slower: count("slower", slower) }, mode };
}

function isRollback(event: ReleaseEvent): boolean {
  return event.type === "rolling-back" || (event.type === "decided" && event.decision === "rollback");
}

function find<T extends ReleaseEvent["type"]>(events: readonly ReleaseEvent[], type: T): EventOf<T> | undefined {
  return events.find((event): event is EventOf<T> => event.type === type);
}
