import type { ReleaseEvent } from "../events.ts";
import { formatClock, formatCount, formatElapsed, formatShare } from "./format.ts";
import { markup } from "./markup.ts";
import type { Markup } from "./markup.ts";
import type { Step } from "./steps.ts";
import type { Summary } from "./summary.ts";
import { symbolOf } from "./symbols.ts";
import { createTeller } from "./teller.ts";

const NONE = "–";

/** One row for each weight. */
export function writeSteps({ steps, startAt }: Summary): Markup | undefined {
  if (steps.length === 0) return undefined;
  return markup`<section><h2>Steps</h2>
<div class="wide"><table>
<thead><tr><th class="number">Weight</th><th class="number">Set at</th><th class="number">Set in</th><th class="number">Observed after</th><th class="number">Measured share</th>
<th class="number">Dwell</th><th class="number">Candidate requests</th><th class="number">Failing</th><th class="number">Stable failing</th><th>How it ended</th></tr></thead>
<tbody>
${steps.map(
  (step) => markup`<tr><td class="number"><b>${step.weight} %</b></td>
<td class="number">${formatClock(step.setAt - startAt)}</td>
<td class="number">${formatElapsed(step.setTookMs)}</td>
<td class="number">${step.observed === undefined ? NONE : formatElapsed(step.observed.tookMs)}</td>
<td class="number">${step.observed === undefined ? NONE : formatShare(step.observed.share)}</td>
<td class="number">${step.dwellMs === undefined ? NONE : formatElapsed(step.dwellMs)}</td>
<td class="number">${formatCount(step.canary.requests)}</td>
<td class="number">${writeFailing(step.canary)}</td>
<td class="number">${writeFailing(step.stable)}</td>
<td>${step.ending}</td></tr>`,
)}
</tbody></table></div>
<p class="caption">Dwell counts from the moment the weight was seen in the requests themselves to the decision that ended the step.</p>
</section>`;
}

function writeFailing({ requests, failed }: Step["canary"]): string {
  if (requests === 0) return NONE;
  return failed === 0 ? "0" : `${formatCount(failed)} (${formatShare(failed / requests)})`;
}

/** The checks that were sent to the candidate before it got traffic. */
export function writeChecks({ checks }: Summary): Markup | undefined {
  if (checks.length === 0) return undefined;
  return markup`<section><h2>Checks before traffic</h2>
<div class="wide"><table>
<thead><tr><th>Request</th><th>Result</th><th class="number">As expected</th><th>First problem</th></tr></thead>
<tbody>
${checks.map(
  ({ request, ok, passed, sent, problem }) => markup`<tr><td><code>${request}</code></td>
<td class="${ok ? "good" : "bad"}">${ok ? "✔ passed" : "✖ failed"}</td>
<td class="number">${formatCount(passed)} of ${formatCount(sent)}</td><td>${problem ?? NONE}</td></tr>`,
)}
</tbody></table></div></section>`;
}

/** Every event in words; a reason is told once, not again with each event that follows from it. */
export function writeLog(events: readonly ReleaseEvent[], { samples, startAt }: Summary): Markup | undefined {
  const tell = createTeller();
  const rows = events.flatMap((event) => {
    const line = tell(event);
    if (line === undefined) return [];
    const { symbol, tone } = symbolOf(event);
    return [
      markup`<tr class="${tone}"><td class="number">${formatClock(event.at - startAt)}</td><td class="symbol">${symbol}</td><td>${line}</td></tr>`,
    ];
  });
  if (rows.length === 0) return undefined;
  return markup`<section><h2>What happened</h2>
<div class="wide"><table class="log"><thead><tr><th class="number">Time</th><th></th><th>Event</th></tr></thead>
<tbody>
${rows}
</tbody></table></div>
<p class="caption">Time since the start, minutes and seconds.${samples.length === 0 ? "" : ` Not listed: the ${formatCount(samples.length)} samples that the charts show.`}</p></section>`;
}
