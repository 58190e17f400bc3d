import { formatLatency } from "../../config/duration.ts";
import type { Counts, Evidence } from "../events.ts";
import { formatAmount, formatCount, formatElapsed, formatShare } from "./format.ts";
import { sumSlow } from "./steps.ts";
import { findDetectionMs, findReturnMs, isAboutTime } from "./summary.ts";
import type { Summary } from "./summary.ts";
import { describeFailing } from "./words.ts";

export type Tone = "good" | "bad" | "alarm" | "neutral";

export interface Headline {
  /** The verdict in one plain sentence, without final stop. */
  readonly title: string;
  /** What it rests on: one or two sentences. */
  readonly detail: string;
  readonly tone: Tone;
}

/** The verdict of a release and what it rests on, for somebody who has not followed it. */
export function writeHeadline(summary: Summary): Headline {
  const version = nameVersion(summary);
  switch (summary.outcome) {
    case "promoted":
      return {
        title: `${version} was promoted`,
        detail: describePromotion(summary),
        tone: "good",
      };
    case "refused":
      return {
        title: summary.steps.length === 0 ? `${version} was refused before any user saw it` : `${version} was refused`,
        detail: describeRefusal(summary),
        tone: "bad",
      };
    case "rolled-back":
      return { title: `${version} was ${describeBack(summary)}`, detail: explainBack(summary), tone: "bad" };
    case "taken-over":
      return {
        title: `${version} was left to somebody else, with its traffic as it was`,
        detail: `${explainBack(summary)} "sluice status" tells what has become of it.`,
        tone: "bad",
      };
    case "rollback-failed":
      return writeFailure(summary, version);
    case "unfinished":
      return writeUnfinished(summary, version);
  }
}

function nameVersion({ plan }: Summary): string {
  return plan === undefined ? "The candidate" : `Version ${plan.candidate.version}`;
}

function describeBack(summary: Summary): string {
  if (summary.promotedAt === undefined) return `rolled back${describeWhen(summary)}`;
  const at = summary.verdict?.kind === "rollback" ? summary.verdict.at : summary.endAt;
  return `promoted, and rolled back ${formatElapsed(at - summary.promotedAt)} later`;
}

function describeWhen(summary: Summary): string {
  const { steps, verdict } = summary;
  const detection = findDetectionMs(summary);
  if (verdict?.by !== undefined && detection !== undefined) {
    return ` within ${formatElapsed(detection)} of its first failing request`;
  }
  if (verdict === undefined || verdict.weight === 0) return "";
  const there = steps.at(-1)?.weight === verdict.weight;
  const why = verdict.by === undefined ? undefined : WHY[verdict.by];
  const place = there ? ` at ${verdict.weight} % of the traffic` : ` on its way to ${verdict.weight} % of the traffic`;
  return why === undefined ? place : `${place}: ${why}`;
}

/** What decided, where it was not failing requests beside stable's. */
const WHY: Readonly<Partial<Record<keyof Evidence, string>>> = {
  slower: "it answers slower than stable",
  tooSlow: "it answers slower than the limit",
  fewer: "requests to it are lost or hang",
  thanBefore: "it fails more than stable did before",
};

function explainBack(summary: Summary): string {
  const { reason, verdict } = summary;
  const why = reason === undefined || verdict?.by !== undefined ? "" : `Reason: ${reason}.`;
  return [why, describeMeasured(summary), describeSlow(summary), describeReturn(summary)]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function describeMeasured({ canary, stable, steps }: Summary): string {
  const highest = Math.max(0, ...steps.map(({ weight }) => weight));
  return describeCounts(highest === 0 ? "Measured in all" : `At up to ${highest} % of the traffic`, canary, stable);
}

/** Told where it was the answers' times that decided. */
function describeSlow(summary: Summary): string {
  const limitMs = summary.plan?.latency?.limitMs;
  if (limitMs === undefined || !isAboutTime(summary)) return "";
  const samples = summary.samples.map(({ sample }) => sample);
  const of = ({ failed, requests }: Counts) =>
    requests === 0
      ? "none timed"
      : `${formatCount(failed)} of ${formatCount(requests)} (${formatShare(failed / requests)})`;
  const [canary, stable] = [sumSlow(samples, "canary"), sumSlow(samples, "stable")];
  return `Answers over ${formatLatency(limitMs)}: candidate ${of(canary)}, stable ${of(stable)}.`;
}

function describeCounts(when: string, canary: Counts, stable: Counts): string {
  if (canary.requests === 0 && stable.requests === 0) return `${when}: no requests.`;
  return `${when}: candidate ${describeFailing(canary)}, stable ${describeFailing(stable)}.`;
}

function describeReturn(summary: Summary): string {
  const tookMs = findReturnMs(summary);
  if (tookMs === undefined) return "";
  const back = `All traffic was back on stable ${formatElapsed(tookMs)} after the decision.`;
  return summary.reconcileFailed === undefined ? back : `${back} Stack and cluster do not agree yet.`;
}

function describePromotion(summary: Summary): string {
  const { canary, endAt, guardedMs, promotedAt = endAt, stable, startAt, steps, stops } = summary;
  const stopped = stops.length === 0 ? "" : ` (${stops.join(", ")})`;
  const took = `It is live after ${formatAmount(steps.length, "step")} in ${formatElapsed(promotedAt - startAt)}${stopped}.`;
  const guarded = guardedMs === undefined ? "" : ` The gate stayed on for ${formatElapsed(guardedMs)} after that.`;
  return `${took}${guarded} ${describeCounts("Meanwhile", canary, stable)}`;
}

function describeRefusal({ checks, reason, steps }: Summary): string {
  const kept = steps.length === 0 ? "Stable kept all the traffic." : "";
  const failed = checks.find((check) => !check.ok);
  const why =
    failed === undefined
      ? reason && `Reason: ${reason}.`
      : `${failed.sent - failed.passed} of ${formatAmount(failed.sent, "check request")} to ${failed.request} failed` +
        (failed.problem === undefined ? "." : `: ${failed.problem}.`);
  return [kept, why].filter((sentence) => sentence !== undefined && sentence !== "").join(" ");
}

function writeFailure(summary: Summary, version: string): Headline {
  if (summary.trafficBack !== undefined) {
    const problem = summary.reconcileFailed?.problem;
    return {
      title: `${version} is off the traffic, but the rollback is not complete`,
      detail: `${explainBack(summary)}${problem === undefined ? "" : ` Problem: ${problem}.`}`,
      tone: "alarm",
    };
  }
  const weight = summary.steps.at(-1)?.weight;
  const problem = summary.trafficStuck?.problem ?? summary.reason;
  return {
    title: `${version} could not be rolled back${weight === undefined ? "" : `: it may still serve ${weight} % of the traffic`}`,
    detail: `${problem === undefined ? "" : `Problem: ${problem}. `}${describeMeasured(summary)}`,
    tone: "alarm",
  };
}

function writeUnfinished(summary: Summary, version: string): Headline {
  return {
    title: `${version} is without a verdict: the events end ${describeLastPlace(summary)}`,
    detail: `The last event came after ${formatElapsed(summary.endAt - summary.startAt)}. ${describeMeasured(summary)}`,
    tone: "neutral",
  };
}

function describeLastPlace({ trafficBack, steps }: Summary): string {
  const weight = steps.at(-1)?.weight;
  if (weight === undefined) return "before it got any traffic";
  return trafficBack === undefined ? `with ${weight} % of the traffic on it` : "after all traffic was back on stable";
}
