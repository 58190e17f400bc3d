import { formatDuration, formatLatency } from "../../config/duration.ts";
import type { Counts, Decision, Evidence, EventOf, Outcome, ReleaseEvent } from "../events.ts";
import { formatAmount, formatCount, formatElapsed, formatEvidence, formatMoment, formatShare } from "./format.ts";
import { describeGates, describeMeasured } from "./gates.ts";
import type { Progress } from "./progress.ts";

/** What each kind of evidence speaks for, in plain words. */
export const EVIDENCE_NAMES: Readonly<Record<keyof Evidence, string>> = {
  relative: "worse than stable",
  floor: "above the ignorable",
  limit: "above the limit",
  pass: "proved below the limit",
  slower: "slower than stable",
  tooSlow: "above the latency limit",
  fewer: "gets too few requests",
  more: "gets too many requests",
  thanBefore: "worse than stable was before",
};

const DECISIONS: Readonly<Record<Decision, string>> = {
  advance: "advance from",
  wait: "wait at",
  hold: "hold at",
  pause: "pause at",
  rollback: "roll back from",
};

const OUTCOMES: Readonly<Record<Outcome, string>> = {
  promoted: "promoted",
  "rolled-back": "rolled back",
  "rollback-failed": "ROLLBACK FAILED",
  refused: "refused",
  "taken-over": "taken over",
};

/**
 * One line that says what happened, in the words of docs/glossary.md, without time and without final stop. Undefined for
 * `sampled`, which comes too often for a line each (see {@link describeSample}), and for a measurement that changes nothing.
 *
 * @param told the reason that the lines before have told last: it is not told again
 */
export function describe(event: ReleaseEvent, told?: string): string | undefined {
  const because = (reason: string) => (reason === told ? "" : `: ${reason}`);
  switch (event.type) {
    case "planned":
      return `${describeSubject(event)}; ${describePlan(event)}`;
    case "deploying":
      return `deploying ${event.version} to ${event.slot}, without traffic`;
    case "ready":
      return `${event.version} is ready in ${event.slot}, after ${formatElapsed(event.tookMs)}`;
    case "checked":
      return describeCheck(event);
    case "window-awaited":
      return `${event.weight} % waits for the next window, which opens ${formatMoment(event.opensAt)}`;
    case "approval-awaited":
      return describeQuestion(event);
    case "approval-decided":
      return describeAnswer(event);
    case "warned":
      return event.problem;
    case "warming":
      return `warming it up with ${formatAmount(event.requests, "request")}`;
    case "warmed":
      return describeWarmup(event);
    case "baseline":
      return describeBaseline(event);
    case "calibrated":
      return describeScatter(event);
    case "weight-set":
      return `weight ${event.weight} % set (serial ${event.serial}), after ${formatElapsed(event.tookMs)}`;
    case "weight-observed":
      return (
        `weight ${event.weight} % in force: ${formatShare(event.share)} of ${formatAmount(event.requests, "request")}, ` +
        `after ${formatElapsed(event.tookMs)}`
      );
    case "sampled":
    case "gate-opened":
    case "gate-looked":
      return undefined;
    case "gates":
      return describeGates(event);
    case "measured":
      return describeMeasured(event);
    case "decided":
      return `${DECISIONS[event.decision]} ${event.weight} %${because(event.reason)}`;
    case "rolling-back":
      return `${event.weight === 0 ? "giving up" : `rolling back from ${event.weight} %`}${because(event.reason)}`;
    case "traffic-back":
      return `all traffic is on stable (serial ${event.serial}), after ${formatElapsed(event.tookMs)}`;
    case "traffic-stuck":
      return `traffic is NOT back on stable: ${event.problem}; what to do: docs/runbook.md`;
    case "reconciled":
      return `stack and cluster agree, after ${formatElapsed(event.tookMs)}`;
    case "reconcile-failed":
      return (
        `stack and cluster do NOT agree: ${event.problem}; the traffic is not concerned. ` +
        'Once that is set right, run "sluice sync" and then "pulumi up"'
      );
    case "resumed":
      return `${event.by} goes on with it, ${formatElapsed(event.awayMs)} after it broke off (${event.phase})`;
    case "journal-failed":
      return `waiting for the journal: ${event.problem}`;
    case "promoted":
      return `${event.version} promoted: ${event.slot} is live`;
    case "guarding":
      return `the gate stays on until ${formatMoment(event.until)}: ${event.version} stays warm in ${event.slot} for the way back`;
    case "scaled-down":
      return `${event.version} has no pods in ${event.slot} any more: the way back is closed`;
    case "switched":
      return (
        `all traffic is on ${event.version} in ${event.slot}, no longer on ${event.from} (serial ${event.serial}), ` +
        `after ${formatElapsed(event.tookMs)}`
      );
    case "finished":
      return (
        `${OUTCOMES[event.outcome]} after ${formatElapsed(event.durationMs)}${because(event.reason)}; ` +
        `candidate ${describeFailing(event.canary)}, stable ${describeFailing(event.stable)} (exit ${event.exitCode})`
      );
  }
}

/** Answers over the limit as "failed", of those that were timed. */
export interface SlowCounts {
  readonly limitMs: number;
  readonly canary: Counts;
  readonly stable: Counts;
}

/**
 * One line for what was measured lately.
 *
 * @param counts summed over the samples up to `event` that have not been told
 */
export function describeSample(
  event: EventOf<"sampled">,
  counts: { readonly canary: Counts; readonly stable: Counts; readonly slow?: SlowCounts },
  progress: { readonly rollback: Progress; readonly advance: Progress } | undefined,
): string {
  const { canary, slow, stable } = counts;
  const of = ({ failed, requests }: Counts) => `${formatCount(failed)} of ${formatCount(requests)}`;
  const measured =
    `${event.weight} %: candidate ${of(canary)} failing, stable ${of(stable)}` +
    (slow === undefined ? "" : `; over ${formatLatency(slow.limitMs)}: ${of(slow.canary)}, stable ${of(slow.stable)}`);
  if (progress === undefined) return measured;
  return `${measured}; to roll back ${describeOdds(progress.rollback)}, to advance ${describeOdds(progress.advance)}`;
}

/** `odds 41, needs 200`: the evidence that a rule has, and what it takes. */
export function describeOdds({ evidence, needed }: Progress): string {
  return `odds ${formatEvidence(evidence)}, needs ${formatEvidence(needed)}`;
}

/** `3 of 98 requests failing (3.1 %)`, or `no requests`. */
export function describeFailing(counts: Counts): string {
  if (counts.requests === 0) return "no requests";
  const failing = `${formatCount(counts.failed)} of ${formatAmount(counts.requests, "request")} failing`;
  return counts.failed === 0 ? failing : `${failing} (${formatShare(counts.failed / counts.requests)})`;
}

/** `5 → 25 → 50 → 100 %`. */
export function describeWeights(weights: readonly number[]): string {
  return `${weights.join(" → ")} %`;
}

function describeSubject(plan: EventOf<"planned">): string {
  const { candidate, stable } = plan;
  return (
    `release of ${plan.app} ${candidate.version} (${candidate.slot}) on stack ${plan.stack}, ` +
    `stable is ${stable.version} (${stable.slot})`
  );
}

function describePlan(plan: EventOf<"planned">): string {
  const step = `${formatDuration(plan.minStepTimeMs)} to ${formatDuration(plan.maxStepTimeMs)}`;
  const held = plan.holdback === undefined ? "" : ` with ${plan.holdback} % held back`;
  const guard = plan.guardMs === undefined ? "" : `, guard ${formatDuration(plan.guardMs)}`;
  return `weights ${describeWeights(plan.weights)}, ${step} each, bake ${formatDuration(plan.bakeMs)}${held}${guard}`;
}

function describeCheck(check: EventOf<"checked">): string {
  const passed = `${formatCount(check.passed)} of ${formatAmount(check.sent, "answer")} as expected`;
  const line = `check ${check.ok ? "passed" : "FAILED"}: ${check.request}, ${passed}`;
  return check.problem === undefined ? line : `${line}; ${check.problem}`;
}

function describeQuestion({ onTimeout, until, weight }: EventOf<"approval-awaited">): string {
  const silence = onTimeout === "approve" ? "approved" : "rejected";
  return `${weight} % waits for an approval ("sluice approve"); without an answer it is ${silence} at ${formatMoment(until)}`;
}

function describeAnswer({ approved, by, via, weight }: EventOf<"approval-decided">): string {
  const answer = approved ? "approved" : "REJECTED";
  return via === "timeout"
    ? `${weight} % ${answer}: nobody answered in time`
    : `${weight} % ${answer} by ${by} (${via})`;
}

function describeWarmup({ failed, problem, sent, tookMs }: EventOf<"warmed">): string {
  const line = `warmed up with ${formatAmount(sent, "request")} in ${formatElapsed(tookMs)}`;
  if (failed === 0) return line;
  return `${line}, ${formatCount(failed)} FAILED${problem === undefined ? "" : `; ${problem}`}`;
}

/** Whether stable itself is slower than the candidate may be. */
export function isOverLimit({ latency }: EventOf<"baseline">): boolean {
  return latency !== undefined && latency.overLimit > latency.allowed * latency.timed;
}

function describeScatter({ dispersion, slower = [] }: EventOf<"calibrated">): string {
  const times = (factor: number) => `${factor.toFixed(1)} times`;
  const most = Math.max(1, ...slower);
  const scatter = [
    ...(dispersion > 1 ? [`failures scatter ${times(dispersion)}`] : []),
    ...(most > 1 ? [`slow answers scatter up to ${times(most)}`] : []),
  ];
  return `stable's ${scatter.join(", its ")} as much as independent ones: they weigh less`;
}

function describeBaseline(event: EventOf<"baseline">): string {
  const { failed, incidentMs, latency, requests } = event;
  const leftOut = incidentMs === undefined ? "" : `, without ${formatDuration(incidentMs)} of an incident`;
  const line = `stable in the hour before: ${describeFailing({ failed, requests })}${leftOut}`;
  if (latency === undefined) return line;
  const { comparedMs } = latency;
  const share = latency.timed === 0 ? undefined : latency.overLimit / latency.timed;
  const slow = share === undefined ? "no answer timed" : `${formatShare(share)} of its answers over the limit`;
  const warning = isOverLimit(event)
    ? `, where ${formatShare(latency.allowed)} may be: a version like it would not pass`
    : "";
  return `${line}; ${slow}${warning}; times are compared at ${comparedMs.map(formatLatency).join(", ")}`;
}
