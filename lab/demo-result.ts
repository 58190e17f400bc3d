import type { EventOf, Outcome, ReleaseEvent } from "../release/events.ts";
import { isFailed, type Answer } from "./load/answer.ts";

/** What a release did, as its own events and the users' answers tell. Times in seconds. */
export interface GoodResult {
  readonly outcome: Outcome;
  readonly durationS: number;
  readonly requests: number;
  readonly failedRequests: number;
  readonly steps: readonly { readonly weight: number; readonly observedS: number; readonly dwellS: number }[];
}

export interface BadResult {
  readonly outcome: Outcome;
  readonly faultErrorShare: number;
  readonly weightAtDetection: number;
  /** From the first failing answer that a user got to the decision. */
  readonly detectionS: number;
  /** From the decision to the start of the last request that the candidate served. */
  readonly decisionToZeroS: number;
  readonly failingRequests: number;
}

export interface BrokenResult {
  readonly outcome: Outcome;
  readonly failingRequests: number;
}

export function measureGood(events: readonly ReleaseEvent[], answers: readonly Answer[]): GoodResult {
  const during = answersDuring(events, answers);
  const { durationMs, outcome } = last(events, "finished");
  return {
    outcome,
    durationS: seconds(durationMs),
    requests: during.length,
    failedRequests: during.filter(isFailed).length,
    steps: allOf(events, "weight-observed").map((observed) => {
      const left = events.find(
        (event) => isAdvance(event) && event.at >= observed.at && event.weight === observed.weight,
      );
      return {
        weight: observed.weight,
        observedS: seconds(observed.tookMs),
        dwellS: seconds((left ?? last(events, "finished")).at - observed.at),
      };
    }),
  };
}

export function measureBad(
  events: readonly ReleaseEvent[],
  answers: readonly Answer[],
  version: string,
  faultErrorShare: number,
): BadResult {
  const { failing, weight, ...measured } = measureWayBack(events, answers, version, isFailed);
  return { ...measured, faultErrorShare, weightAtDetection: weight, failingRequests: failing };
}

/**
 * How a version was taken off.
 *
 * @param isBad which answers are bad in the sense of its fault
 */
export function measureWayBack(
  events: readonly ReleaseEvent[],
  answers: readonly Answer[],
  version: string,
  isBad: (answer: Answer) => boolean,
) {
  const during = answersDuring(events, answers);
  const bad = during.filter(isBad);
  const decision = last(events, "rolling-back");
  const first = Math.min(...bad.map(({ durationMs, startMs }) => startMs + durationMs));
  const lastServed = Math.max(...during.filter((answer) => answer.version === version).map(({ startMs }) => startMs));
  return {
    outcome: last(events, "finished").outcome,
    weight: decision.weight,
    detectionS: Number.isFinite(first) ? seconds(decision.at - first) : Number.NaN,
    decisionToZeroS: Math.max(0, seconds(lastServed - decision.at)),
    failing: bad.length,
  };
}

export function measureBroken(events: readonly ReleaseEvent[], answers: readonly Answer[]): BrokenResult {
  return {
    outcome: last(events, "finished").outcome,
    failingRequests: answersDuring(events, answers).filter(isFailed).length,
  };
}

/** How long each weight step by Pulumi took. */
export function measureStackUps(events: readonly ReleaseEvent[]): readonly number[] {
  return allOf(events, "weight-set").map(({ tookMs }) => seconds(tookMs));
}

function answersDuring(events: readonly ReleaseEvent[], answers: readonly Answer[]): readonly Answer[] {
  const [from, to] = [events[0]?.at ?? 0, last(events, "finished").at];
  return answers.filter(({ startMs }) => startMs >= from && startMs <= to);
}

function isAdvance(event: ReleaseEvent): event is EventOf<"decided"> {
  return event.type === "decided" && event.decision === "advance";
}

function allOf<T extends ReleaseEvent["type"]>(events: readonly ReleaseEvent[], type: T): readonly EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

function last<T extends ReleaseEvent["type"]>(events: readonly ReleaseEvent[], type: T): EventOf<T> {
  const found = allOf(events, type).at(-1);
  if (found === undefined) throw new Error(`the release told of no "${type}"`);
  return found;
}

function seconds(ms: number): number {
  return Math.round(ms) / 1_000;
}
