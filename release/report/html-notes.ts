import { formatDuration } from "../../config/duration.ts";
import { formatEvidence, formatShare } from "./format.ts";
import { markup } from "./markup.ts";
import type { Markup } from "./markup.ts";
import type { Summary } from "./summary.ts";
import { describeWeights } from "./words.ts";

/** What the release was told to keep to. */
export function writeParameters({ plan }: Summary): Markup | undefined {
  if (plan === undefined) return undefined;
  const { thresholds } = plan;
  const rows: readonly (readonly [name: string, value: string, meaning: string])[] = [
    ["weights", describeWeights(plan.weights), "of the traffic, one step after the other"],
    ["minStepTime", formatDuration(plan.minStepTimeMs), "at least at each weight"],
    ["maxStepTime", formatDuration(plan.maxStepTimeMs), "by then a step is decided, proved or not"],
    ["bake", formatDuration(plan.bakeMs), "at the last weight, before the candidate is live"],
    ["limit", formatShare(plan.limit), "failing requests that are never acceptable"],
    ["tolerate", `${plan.tolerate} ×`, "as often as stable it may fail"],
    ["ignoreBelow", formatShare(plan.ignoreBelow), "failing requests that are not worth a rollback"],
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
    ["prove", `${formatEvidence(thresholds.pass)} : 1`, "evidence needed that it is below the limit"],
  ];
  return markup`<section><h2>Parameters</h2>
<table><thead><tr><th>Name</th><th class="number">Value</th><th>Meaning</th></tr></thead>
<tbody>
${rows.map(([name, value, meaning]) => markup`<tr><td>${name}</td><td class="number">${value}</td><td>${meaning}</td></tr>`)}
</tbody></table></section>`;
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
</dl></section>`;
}
