import { formatLatency } from "../../config/duration.ts";
import type { EventOf, Evidence } from "../events.ts";
import { formatAmount, formatCount, formatElapsed, formatEvidence, formatShare } from "./format.ts";
import { markup } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { sumSlow } from "./steps.ts";
import { findDetectionMs, findReturnMs } from "./summary.ts";
import type { Knowledge, Summary } from "./summary.ts";
import { describeWeights, EVIDENCE_NAMES } from "./words.ts";

/** The figures that somebody asks for first. */
export function writeFigures(summary: Summary): Markup {
  const { canary, checks, endAt, plan, stable, startAt, steps, verdict } = summary;
  const detection = findDetectionMs(summary);
  const back = steps.length === 0 ? undefined : findReturnMs(summary);
  const untouched = steps.length === 0 && canary.requests === 0;
  const candidate = `Candidate${plan === undefined ? "" : ` ${plan.candidate.version}`}`;
  const passed = checks.filter(({ ok }) => ok).length;
  return markup`<section class="figures" aria-label="Key figures">
${writeFigure("Duration", formatElapsed(endAt - startAt), "from plan to end")}
${untouched ? writeFigure(candidate, "no traffic", "from users") : writeCounts(candidate, canary)}
${untouched ? undefined : writeCounts(`Stable${plan === undefined ? "" : ` ${plan.stable.version}`}`, stable)}
${untouched ? undefined : writeSlow(summary)}
${
  steps.length === 0
    ? writeFigure("Checks", `${passed} of ${checks.length}`, "passed before any traffic")
    : writeFigure(
        verdict === undefined ? "Last weight" : "Weight at the verdict",
        `${verdict?.weight ?? steps.at(-1)?.weight ?? 0} %`,
        plan === undefined ? "" : `of ${describeWeights(plan.weights)}`,
      )
}
${detection === undefined ? undefined : writeFigure("First failure to verdict", `≤ ${formatElapsed(detection)}`, "detection")}
${back === undefined ? undefined : writeFigure("Verdict to traffic back", formatElapsed(back), "all on stable")}
</section>`;
}

function writeCounts(name: string, { requests, failed }: Summary["canary"]): Markup {
  if (requests === 0) return writeFigure(name, "no requests", "measured");
  const share = failed === 0 ? "" : ` (${formatShare(failed / requests)})`;
  return writeFigure(name, `${formatCount(failed)} failing`, `of ${formatAmount(requests, "request")}${share}`);
}

/** The share of answers over the latency limit, stable's below it; nothing where none was timed. */
function writeSlow({ plan, samples }: Summary): Markup | undefined {
  const limitMs = plan?.latency?.limitMs;
  const measured = samples.map(({ sample }) => sample);
  const [canary, stable] = [sumSlow(measured, "canary"), sumSlow(measured, "stable")];
  if (limitMs === undefined || canary.requests === 0) return undefined;
  const share = ({ failed, requests }: Summary["canary"]) =>
    requests === 0 ? "not timed" : formatShare(failed / requests);
  return writeFigure(`Over ${formatLatency(limitMs)}`, share(canary), `of its answers; stable ${share(stable)}`);
}

function writeFigure(name: string, value: string, unit: string): Markup {
  return markup`<div><p class="name">${name}</p><p class="value">${value}</p><p class="unit">${unit}</p></div>`;
}

/** Why it was decided so: the reason, and the evidence at that moment. */
export function writeWhy(summary: Summary): Markup | undefined {
  const { known, plan, steps, verdict } = summary;
  const reason = explain(summary);
  const because = reason === undefined ? undefined : markup`<p class="reason">${reason}</p>`;
  if (known === undefined || plan === undefined || steps.length === 0) {
    return because && markup`<section><h2>Why</h2>${because}</section>`;
  }
  return markup`<section><h2>${verdict === undefined ? "What was known" : "Why"}</h2>
${because}
<div class="wide"><table class="evidence">
<thead><tr><th>Evidence ${verdict === undefined ? "at the last sample" : "at the verdict"}</th>
<th class="number">Odds</th><th class="number">Needed</th><th></th><th>Result</th></tr></thead>
<tbody>
${listEvidence(plan, known).map(({ evidence, of, meaning, needed }) => {
  const percent = Math.round(100 * Math.min(1, Math.max(0, evidence / needed)));
  return markup`<tr${evidence >= needed ? markup` class="reached"` : undefined}>
<td><b>${EVIDENCE_NAMES[of]}</b><br><span class="meaning">${meaning}</span></td>
<td class="number">${formatEvidence(evidence)} : 1</td>
<td class="number">${formatEvidence(needed)} : 1</td>
<td><span class="bar ${of}"><i style="width:${percent}%"></i></span></td>
<td>${evidence >= needed ? "shown" : "not shown"}</td></tr>`;
})}
</tbody></table></div>
${known.mode === "solo" ? markup`<p class="caption">${SOLO}</p>` : undefined}
</section>`;
}

const SOLO =
  "At 100 % only the candidate has traffic: the comparison with stable stands as it was. The limits judge, and what stable was in the hour before the release (before/after: not at the same time).";

function explain({ known, plan, outcome, reason }: Summary): string | undefined {
  if (outcome !== "promoted") return reason === undefined ? undefined : writeSentence(reason);
  if (plan === undefined || known === undefined) return undefined;
  const worse = known.evidence.relative >= plan.thresholds.relative;
  const orSlower = known.evidence.slower === undefined ? "" : " or slower";
  const compared = worse
    ? `It fails more often than stable, but was not shown to fail more than the ignorable ${formatShare(plan.ignoreBelow)}`
    : `Nothing showed it to be worse${orSlower} than stable`;
  const proved = known.evidence.pass >= plan.thresholds.pass;
  return `${compared}; it was ${proved ? "" : "not "}proved to fail less than the limit of ${formatShare(plan.limit)}.`;
}

interface Row {
  readonly of: keyof Evidence;
  readonly meaning: string;
  readonly evidence: number;
  readonly needed: number;
}

/** Evidence that only speaks where something is unusual is listed from these odds on, 10 : 1. */
const NOTABLE = Math.log(10);

function listEvidence(plan: EventOf<"planned">, { evidence }: Knowledge): Row[] {
  const { ignoreBelow, latency, limit, thresholds, tolerate } = plan;
  const ignorable = `it fails more than ${formatShare(ignoreBelow)}, below which it would be ignored`;
  const row = (of: keyof Evidence, meaning: string, needed: number | undefined, from = -Infinity): Row[] => {
    const found = evidence[of];
    return found === undefined || needed === undefined || found < from
      ? []
      : [{ of, meaning, evidence: found, needed }];
  };
  const { limitMs = 0, percentile = 0, tolerateSlow = 1 } = latency ?? {};
  const overLimit = `fewer than ${percentile} % of its answers come within ${formatLatency(limitMs)}`;
  return [
    ...row("relative", `its odds of failing are over ${tolerate} times stable's`, thresholds.relative),
    ...row("floor", ignorable, thresholds.relative),
    ...row("limit", `it fails more than ${formatShare(limit)}`, thresholds.limit),
    ...row("slower", `its odds of a slow answer are over ${tolerateSlow} times stable's`, thresholds.slower),
    ...row("tooSlow", overLimit, thresholds.tooSlow),
    ...row("fewer", "requests of its weight do not reach it, or are lost there", thresholds.share, NOTABLE),
    ...row("more", "it gets requests beyond its weight", thresholds.share, NOTABLE),
    ...row("thanBefore", "it fails more, alone, than stable in the hour before", thresholds.relative, NOTABLE),
    ...row("pass", `it fails less than ${formatShare(limit)}`, thresholds.pass),
  ];
}

function writeSentence(reason: string): string {
  const text = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
