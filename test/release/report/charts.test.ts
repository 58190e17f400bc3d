import assert from "node:assert/strict";
import type { Interval } from "../../../release/report/chart-data.ts";
import { drawChart } from "../../../release/report/chart-frame.ts";
import type { Chart } from "../../../release/report/chart-frame.ts";
import { plotRequests, plotShares, plotWeights } from "../../../release/report/charts.ts";
import { plotEvidenceAgainst, plotEvidenceFor } from "../../../release/report/evidence-charts.ts";
import { evidence, THRESHOLDS } from "./stories.ts";

const SECONDS = 100;
const PLOT_WIDTH = 912;

const draw = (chart: Chart) => drawChart(chart, { seconds: SECONDS, marks: [], bands: [] }, "what it shows");

type Point = readonly [seconds: number, value: number];

/** The corners of a line or an area of a colour, as data: pixels turned back by the chart's own scales. */
function readPath(svg: string, chart: Chart, paint: "stroke" | "fill", color: string): Point[] {
  const path = new RegExp(`<path[^>]* d="([^"]*)"[^>]* ${paint}="var\\(--${color}\\)"`).exec(svg)?.[1] ?? "";
  const { type, domain } = chart.scale;
  const [low, high] = type === "log" ? [Math.log10(domain[0]), Math.log10(domain[1])] : domain;
  return [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(([, x, y]) => {
    const value = low + (1 - Number(y) / chart.height) * (high - low);
    return [round((Number(x) / PLOT_WIDTH) * SECONDS), round(type === "log" ? 10 ** value : value)];
  });
}

function round(value: number): number {
  return Math.abs(value) < 1e-2 ? 0 : Number(value.toPrecision(3));
}

function interval(t: number, fields: Partial<Interval> = {}): Interval {
  const none = { canaryPerS: 0, stablePerS: 0, canaryShare: undefined, stableShare: undefined };
  const untimed = { canarySlow: undefined, stableSlow: undefined };
  return { from: t - 10, t, run: 0, ...none, ...untimed, ...fields };
}

describe("charts", () => {
  const corners = [
    { t: 0, weight: 0 },
    { t: 30, weight: 5 },
    { t: 60, weight: 100 },
    { t: 100, weight: 100 },
  ];
  const steps: Point[] = [
    [0, 0],
    [30, 0],
    [30, 5],
    [60, 5],
    [60, 100],
    [100, 100],
  ];

  it("draw the weight as steps, over an area, with the measured shares", async () => {
    const chart = plotWeights(corners, [{ t: 40, share: 0.06 }]);
    const svg = await draw(chart);
    assert.deepEqual(readPath(svg, chart, "stroke", "candidate").slice(0, steps.length), steps);
    const area = readPath(svg, chart, "fill", "candidate");
    assert.deepEqual(area.slice(0, steps.length), steps);
    const bottom = area.slice(-corners.length);
    assert.ok(bottom.every(([, value]) => value === 0));
    const [, x, y] =
      /<path[^>]*transform="translate\(([\d.]+),([\d.]+)\)"[^>]*fill="var\(--candidate\)"/.exec(svg) ?? [];
    assert.deepEqual([Number(x), Number(y)], [0.4 * PLOT_WIDTH, chart.height * (1 - 0.06)]);
    const labels = [...svg.matchAll(/fill="var\(--text\)">([^<]*)</g)].map(([, text]) => text);
    assert.deepEqual(labels, ["100 %", "deploying and checking: no traffic", "5 %"]);
  });

  it("leave out the name of a step that is too short for it", async () => {
    const svg = await draw(
      plotWeights(
        [
          { t: 98, weight: 5 },
          { t: 100, weight: 5 },
        ],
        [],
      ),
    );
    assert.equal(svg.includes('fill="var(--text)"'), false);
  });

  it("stack the requests of stable on those of the candidate", async () => {
    const rates = [
      interval(20, { canaryPerS: 10, stablePerS: 190 }),
      interval(30, { canaryPerS: 50, stablePerS: 150 }),
    ];
    const chart = plotRequests(rates);
    const svg = await draw(chart);
    const top = (color: string) => readPath(svg, chart, "fill", color).slice(0, 5);
    assert.deepEqual(top("candidate"), [
      [10, 10],
      [10, 10],
      [20, 10],
      [20, 50],
      [30, 50],
    ]);
    assert.deepEqual(
      top("stable").map(([t, value]) => [t, value]),
      [
        [10, 200],
        [10, 200],
        [20, 200],
        [20, 200],
        [30, 200],
      ],
    );
    const bottom = readPath(svg, chart, "fill", "stable").slice(5);
    assert.deepEqual(
      [bottom[0], bottom.at(-1)],
      [
        [30, 50],
        [10, 10],
      ],
    );
  });

  it("draw the failing shares of both versions, and the limit", async () => {
    const chart = plotShares(
      [
        interval(20, { canaryShare: 0.1, stableShare: 0.001 }),
        interval(30, { canaryShare: 0.2, stableShare: 0.004 }),
        interval(40, { canaryShare: undefined, stableShare: 0.002 }),
      ],
      0.01,
    );
    const svg = await draw(chart);
    assert.deepEqual(readPath(svg, chart, "stroke", "candidate"), [
      [20, 10],
      [30, 20],
    ]);
    assert.deepEqual(readPath(svg, chart, "stroke", "stable-line"), [
      [20, 0.1],
      [30, 0.4],
      [40, 0.2],
    ]);
    const limit = /<line transform="translate\(912,([\d.]+)\)" x2="-912" y2="0" stroke="var\(--bad\)"/.exec(svg)?.[1];
    assert.equal(Number(limit).toFixed(2), (chart.height * (1 - 1 / chart.scale.domain[1])).toFixed(2));
  });

  it("keep the limit in sight when nothing fails", () => {
    const { domain } = plotShares([interval(20, { canaryShare: 0, stableShare: 0 })], 0.01).scale;
    assert.deepEqual([domain[0], round(domain[1])], [0, 1.7]);
  });

  it("draw each kind of evidence as odds, along the edge where it leaves the chart", async () => {
    const points = [
      { t: 10, evidence: evidence() },
      { t: 20, evidence: evidence({ relative: 30, floor: 5e6, limit: 0.001, pass: 4 }) },
    ];
    const against = plotEvidenceAgainst(points, THRESHOLDS);
    const svg = await draw(against);
    const lines = ["relative", "floor", "limit"].map((name) => readPath(svg, against, "stroke", name));
    assert.deepEqual(
      lines.map((line) => line.map(([, odds]) => odds)),
      [
        [1, 30],
        [1, 1_000],
        [1, 0.1],
      ],
    );
    const proof = plotEvidenceFor(points, THRESHOLDS);
    assert.deepEqual(readPath(await draw(proof), proof, "stroke", "pass"), [
      [10, 1],
      [20, 4],
    ]);
  });

  it("name thresholds of the same height once, and move names apart that would overlap", async () => {
    const names = async (limit: number) => {
      const svg = await draw(plotEvidenceAgainst([], { ...THRESHOLDS, limit: Math.log(limit) }));
      return [...svg.matchAll(/translate\(920,([\d.]+)\)"[^>]*>([^<]*)</g)].map(([, y, text]) => ({
        y: Number(y),
        text,
      }));
    };
    const same = await names(200);
    assert.deepEqual(
      same.map(({ text }) => text),
      ["roll back at 200", "hold from 10"],
    );
    // Halfway between 0.1 and 1,000; Vega puts the middle of the letters 3 px lower.
    assert.equal(Number(same[1]?.y.toFixed(3)), 65 + 3);
    const close = await names(180);
    assert.deepEqual(
      close.map(({ text }) => text),
      ["roll back at 200", "over limit at 180", "hold from 10"],
    );
    assert.equal(Number(((close[1]?.y ?? 0) - (close[0]?.y ?? 0)).toFixed(3)), 13);
  });

  it("describe themselves to those who cannot see them", async () => {
    const svg = await drawChart(plotWeights(corners, []), { seconds: 1, marks: [], bands: [] }, 'weight "so far" <b>');
    assert.match(svg, /^<svg viewBox="0 0 1080 126" role="img" aria-label="weight &quot;so far&quot; &lt;b&gt;">/);
  });
});
