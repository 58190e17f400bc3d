import type { ReleaseEvent } from "../events.ts";
import { findBands, findEvidence, findIntervals, findMarks, findWeights, SHARE_WINDOW_MS } from "./chart-data.ts";
import { drawChart } from "./chart-frame.ts";
import type { Chart, TimeFrame } from "./chart-frame.ts";
import { BAND_COLORS, MARK_STYLES } from "./chart-overlays.ts";
import { plotRequests, plotShares, plotSlow, plotWeights } from "./charts.ts";
import { EVIDENCE_STYLES, plotEvidenceAgainst, plotEvidenceFor, plotEvidenceSlow } from "./evidence-charts.ts";
import { formatDuration, formatLatency } from "../../config/duration.ts";
import { formatShare } from "./format.ts";
import { markup, trusted } from "./markup.ts";
import type { Markup } from "./markup.ts";
import type { Summary } from "./summary.ts";
import { describeWeights, EVIDENCE_NAMES } from "./words.ts";

interface Figure {
  readonly title: string;
  readonly key: readonly Markup[];
  readonly caption: string;
  readonly chart: Chart;
}

/** The charts, one below the other on the same time axis; nothing when no traffic was moved. */
export async function drawCharts(events: readonly ReleaseEvent[], summary: Summary): Promise<Markup | undefined> {
  if (summary.steps.length === 0 && summary.samples.length === 0) return undefined;
  const frame: TimeFrame = {
    seconds: Math.max(1, (summary.endAt - summary.startAt) / 1000),
    marks: findMarks(events, summary),
    bands: findBands(events, summary),
  };
  const figures = await Promise.all(
    chooseFigures(events, summary).map(async ({ title, key, caption, chart }) => {
      const svg = await drawChart(chart, frame, `${title}. ${caption}`);
      return markup`<figure><figcaption><h3>${title}</h3><span class="key">${key}</span></figcaption>
<div class="plot">${trusted(svg)}</div>
<p class="caption">${caption}</p></figure>`;
    }),
  );
  return markup`<section><h2>What was measured</h2>
<p class="caption marks">Time counts from the start of the release. ${describeMarks(frame)}</p>
${figures}
${summary.samples.length === 0 ? markup`<p class="caption">No requests were measured: there is nothing more to plot.</p>` : undefined}
</section>`;
}

function chooseFigures(events: readonly ReleaseEvent[], summary: Summary): Figure[] {
  const { plan, samples, startAt, steps } = summary;
  const observed = steps.flatMap(({ observed: seen }) =>
    seen === undefined ? [] : [{ t: (seen.at - startAt) / 1000, share: seen.share }],
  );
  const weights: Figure = {
    title: "Weight of the candidate",
    key: [],
    caption:
      `Percent of the traffic${plan === undefined ? "" : `; planned ${describeWeights(plan.weights)}`}. ` +
      "A dot is the share that was measured when the weight came into force.",
    chart: plotWeights(findWeights(events, summary), observed),
  };
  if (samples.length === 0) return [weights];
  const candidate = `candidate${plan === undefined ? "" : ` ${plan.candidate.version}`}`;
  const stable = `stable${plan === undefined ? "" : ` ${plan.stable.version}`}`;
  const intervals = findIntervals(summary);
  const evidence = findEvidence(summary);
  const latency = plan?.latency;
  const isTimed = samples.some(({ sample }) => sample.latency !== undefined);
  const line = (of: keyof typeof EVIDENCE_STYLES) =>
    drawKey(EVIDENCE_NAMES[of], EVIDENCE_STYLES[of].color, EVIDENCE_STYLES[of].dash);
  return [
    weights,
    {
      title: "Requests per second",
      key: [drawKey(candidate, "var(--candidate)"), drawKey(stable, "var(--stable)")],
      caption: "Stacked: the height of both is all the traffic.",
      chart: plotRequests(intervals),
    },
    {
      title: "Failing share",
      key: [drawKey(candidate, "var(--candidate)"), drawKey(stable, "var(--stable-line)")],
      caption: `Failed requests of all requests; each point covers the ${formatDuration(SHARE_WINDOW_MS)} before it.`,
      chart: plotShares(intervals, plan?.limit),
    },
    ...(latency === undefined || !isTimed
      ? []
      : [
          {
            title: "Slow share",
            key: [drawKey(candidate, "var(--candidate)"), drawKey(stable, "var(--stable-line)")],
            caption: `Answers over ${formatLatency(latency.limitMs)}, of all that were timed; ${formatShare((100 - latency.percentile) / 100)} may be.`,
            chart: plotSlow(intervals, (100 - latency.percentile) / 100),
          },
        ]),
    {
      title: "Evidence against the candidate",
      key: [line("relative"), line("floor"), line("limit")],
      caption: describeAgainst(plan),
      chart: plotEvidenceAgainst(evidence, plan?.thresholds),
    },
    ...(latency === undefined || !isTimed
      ? []
      : [
          {
            title: "Evidence that it is slower",
            key: [line("slower"), line("tooSlow")],
            caption:
              "Odds, logarithmic. Rolled back when “slower than stable” has reached its line, or “above the latency limit” has and the candidate looks slower than stable.",
            chart: plotEvidenceSlow(evidence, plan?.thresholds),
          },
        ]),
    {
      title: "Evidence for the candidate",
      key: [line("pass")],
      caption: `Odds, logarithmic.${plan === undefined ? "" : ` The limit is ${formatShare(plan.limit)}.`}`,
      chart: plotEvidenceFor(evidence, plan?.thresholds),
    },
  ];
}

function describeAgainst(plan: Summary["plan"]): string {
  const scale = "Odds, logarithmic; what is beyond the chart runs along its edge.";
  const rule =
    "Rolled back when “worse than stable” and “above the ignorable” have both reached the line, or “above the limit” has and the candidate looks worse than stable.";
  return plan === undefined ? scale : `${scale} ${rule}`;
}

const MARK_NAMES = {
  advance: "decision to advance",
  rollback: "decision to roll back",
  "traffic-back": "all traffic on stable",
  "traffic-stuck": "traffic could not be moved",
  promoted: "promoted",
} as const;

const BAND_NAMES = { hold: "held: no step forward while in doubt", pause: "paused" } as const;

function describeMarks({ marks, bands }: TimeFrame): Markup | undefined {
  const kinds = [...new Set(marks.toSorted((a, b) => a.t - b.t).map(({ kind }) => kind))];
  const decisions = [...new Set(bands.map(({ decision }) => decision))];
  const keys = [
    ...kinds.map((kind) => drawKey(MARK_NAMES[kind], MARK_STYLES[kind].color, MARK_STYLES[kind].dash, "upright")),
    ...decisions.map((decision) => drawKey(BAND_NAMES[decision], BAND_COLORS[decision], [1, 0], "band")),
  ];
  return keys.length === 0 ? undefined : markup`On every chart: <span class="key">${keys}</span>`;
}

function drawKey(
  name: string,
  color: string,
  dash?: readonly number[],
  shape: "line" | "upright" | "band" = "line",
): Markup {
  const style = trusted(`stroke="${color}" stroke-width="2.5" stroke-dasharray="${(dash ?? [1, 0]).join(" ")}"`);
  const area = trusted(
    `<rect x="0" y="1" width="14" height="10" fill="${color}"${shape === "band" ? ' opacity="0.4"' : ""}/>`,
  );
  const stroke =
    shape === "upright"
      ? markup`<line x1="7" y1="0" x2="7" y2="12" ${style}/>`
      : markup`<line x1="0" y1="6" x2="22" y2="6" ${style}/>`;
  const swatch = dash === undefined || shape === "band" ? area : stroke;
  const width = shape === "upright" || dash === undefined || shape === "band" ? 14 : 22;
  return markup`<span><svg width="${width}" height="12" aria-hidden="true">${swatch}</svg> ${name}</span>`;
}
