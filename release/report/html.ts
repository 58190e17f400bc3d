import type { ReleaseEvent } from "../events.ts";
import { formatMoment } from "./format.ts";
import { writeGates } from "./gates.ts";
import { writeHeadline } from "./headline.ts";
import { drawCharts } from "./html-charts.ts";
import { writeFigures, writeWhy } from "./html-facts.ts";
import { writeNotes, writeParameters } from "./html-notes.ts";
import { writeChecks, writeLog, writeSteps } from "./html-tables.ts";
import { markup, trusted } from "./markup.ts";
import type { Markup } from "./markup.ts";
import { STYLE } from "./style.ts";
import { summarise } from "./summary.ts";
import type { Summary } from "./summary.ts";

/**
 * Writes the story of a release as one HTML page that needs nothing else: what was decided and why, the measurements
 * with the evidence, every event. Works for a release that got anywhere, also for one that was cut off; the same events
 * give the same page.
 */
export async function renderReport(events: readonly ReleaseEvent[]): Promise<string> {
  const summary = summarise(events);
  const headline = writeHeadline(summary);
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${headline.title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<main>
<header class="${headline.tone}">
<p class="subject">${describeSubject(summary)}</p>
<h1>${headline.title}</h1>
<p class="detail">${headline.detail}</p>
</header>
${writeFigures(summary)}
${writeWhy(summary)}
${await drawCharts(events, summary)}
${writeSteps(summary)}
${writeChecks(summary)}
${writeGates(events)}
${writeLog(events, summary)}
${writeParameters(summary)}
${writeNotes(summary)}
</main>
</body>
</html>
`;
  return page.markup;
}

function describeSubject({ plan, startAt }: Summary): Markup {
  if (plan === undefined) return markup`Release report · ${formatMoment(startAt)}`;
  return markup`Release of <b>${plan.app}</b> on stack <b>${plan.stack}</b> · ${formatMoment(startAt)}`;
}
