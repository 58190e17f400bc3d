import { formatDuration, formatLatency } from "../../config/duration.ts";
import type { EventOf } from "../events.ts";
import { formatEvidence, formatShare } from "./format.ts";
import { markup } from "./markup.ts";
import type { Markup } from "./markup.ts";
import type { Summary } from "./summary.ts";
import { describeWeights } from "./words.ts";

/** What the release was told to keep to. */
export function writeParameters({ plan }: Summary): Markup | undefined {
  if (plan === undefined) return undefined;
  const { thresholds } = plan;
  const rows: readonly ParameterRow[] = [
    ["weights", describeWeights(plan.weights), "of the traffic, one step after the other"],
    ["minStepTime", formatDuration(plan.minStepTimeMs), "at least at each weight"],
    ["maxStepTime", formatDuration(plan.maxStepTimeMs), "by then a step is decided, proved or not"],
    ["bake", formatDuration(plan.bakeMs), "at the last weight, before the candidate is live"],
    ...(plan.holdback === undefined
      ? []
      : [["holdback", `${plan.holdback} %`, "of the traffic stays on stable until then"] as const]),
    ...(plan.guardMs === undefined
      ? []
      : [["guard", formatDuration(plan.guardMs), "after the promotion, with the old version warm"] as const]),
    ["limit", formatShare(plan.limit), "failing requests that are never acceptable"],
    ["tolerate", `${plan.tolerate} ×`, "as often as stable it may fail"],
    ["ignoreBelow", formatShare(plan.ignoreBelow), "failing or slow requests that are not worth a rollback"],
    ...listLatency(plan),
    ["falseAlarm", formatShare(plan.falseAlarm), "chance of rolling a healthy version back, at most"],
    [
      "roll back",
      `${formatEvidence(thresholds.relative)} : 1`,
      "evidence needed that it is worse than stable and above the ignorable, each",
    ],
    [
      "over the limit",
      `${formatEvidence(thresholds.limit)} : 1`,
      "evidence needed that it is above the limit; pauses, or rolls back if",
    ],
    [
      "corroborate",
      `${formatEvidence(thresholds.corroborate)} : 1`,
      "evidence beside it says that it is worse than stable",
    ],
    [
      "hold",
      `${formatEvidence(thresholds.hold)} : 1`,
      "evidence that it is worse than stable, from which no step forward is taken",
    ],
    ...listSlow(plan),
    ["prove", `${formatEvidence(thresholds.pass)} : 1`, "evidence needed that it is below the limit"],
  ];
  return markup`<section><h2>Parameters</h2>
<table><thead><tr><th>Name</th><th class="number">Value</th><th>Meaning</th></tr></thead>
<tbody>
${rows.map(([name, value, meaning]) => markup`<tr><td>${name}</td><td class="number">${value}</td><td>${meaning}</td></tr>`)}
</tbody></table></section>`;
}

type ParameterRow = readonly [name: string, value: string, meaning: string];

function listLatency({ latency }: EventOf<"planned">): ParameterRow[] {
  if (latency === undefined) return [];
  return [
    ["latency.limit", formatLatency(latency.limitMs), `within which ${latency.percentile} % of the answers must come`],
    ["latency.tolerateSlow", `${latency.tolerateSlow} ×`, "as often as stable it may answer slowly"],
  ];
}

function listSlow({ thresholds: { share, slower, tooSlow } }: EventOf<"planned">): ParameterRow[] {
  const row = (name: string, needed: number | undefined, meaning: string): ParameterRow[] =>
    needed === undefined ? [] : [[name, `${formatEvidence(needed)} : 1`, meaning]];
  return [
    ...row("slower", slower, "evidence needed that it answers slower than stable"),
    ...row(
      "over the latency limit",
      tooSlow,
      "evidence needed; pauses, or rolls back if it is slower than stable, too",
    ),
    ...row("share", share, "evidence needed that it does not get the requests of its weight"),
  ];
}

/** What one needs to know to read the page. */
export function writeNotes({ plan }: Summary): Markup {
  const threshold = plan === undefined ? "200" : formatEvidence(plan.thresholds.relative);
  return markup`<section><h2>How to read this</h2>
<dl>
<dt>Stable and candidate</dt><dd>Stable is the version that was live before the release. The candidate is the new one; it gets the percentage of the requests that is called its <i>weight</i>.</dd>
<dt>Evidence</dt><dd>Odds, like a bet that starts with 1. Evidence of ${threshold} : 1 that the candidate is worse than stable means: a bet on that would have turned 1 into ${threshold}. While it is not worse, any such bet is expected to lose, and reaches ${threshold} in at most one of ${threshold} releases, however often one looks. What both versions suffer at the same time cancels.</dd>
<dt>Decisions</dt><dd><i>Advance</i>: to the next weight. <i>Wait</i>: too early to say. <i>Hold</i>: in doubt, no step forward. <i>Pause</i>: no step forward, because both versions fail, nothing is measured, or nothing could be proved in time. <i>Roll back</i>: all traffic to stable, at once. <i>Promote</i>: the candidate is the live version from now on.</dd>
<dt>Failing</dt><dd>A request that was answered with a server error (5xx) or not at all, as counted where the users' requests arrive.</dd>
<dt>Slow</dt><dd>Slower than an edge. The times of stable and candidate are compared at the edges just above those within which half, 90 % and 99 % of stable's answers came in the hour before, but at none far below the limit, where nobody notices; besides, only so many may be over the limit.</dd>
<dt>Share</dt><dd>The candidate must get about the requests that its weight says. Far fewer means that some are lost on the way to it or in it; far more, that somebody else sends it requests.</dd>
</dl></section>`;
}
