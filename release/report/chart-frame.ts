import type { TopLevelSpec } from "vega-lite";
import type { Band, Mark } from "./chart-data.ts";
import { drawBands, drawGuides, drawMarks } from "./chart-overlays.ts";
import { markup } from "./markup.ts";

type LayeredSpec = Extract<TopLevelSpec, { layer: unknown }>;

/** One layer of a chart. */
export type Layer = LayeredSpec["layer"][number];

/** Where a field of the data is drawn, horizontally or vertically. */
export type Position = { readonly field: string; readonly type: "quantitative" } & Record<string, unknown>;

/** A value worth a horizontal line, named beside the chart. */
export interface Guide {
  readonly value: number;
  readonly label: string;
  /** A CSS colour. */
  readonly color: string;
}

/** The vertical axis. */
export interface Scale {
  readonly type: "linear" | "log";
  readonly domain: readonly [number, number];
  readonly ticks: readonly number[];
  /** A Vega expression that writes `datum.value`. */
  readonly label: string;
}

export interface Chart {
  /** Of the plot, px. */
  readonly height: number;
  readonly scale: Scale;
  readonly layers: (x: (field: string) => Position, y: (field: string) => Position) => Layer[];
  readonly guides?: readonly Guide[];
}

/** What all charts of a page have in common: the time axis and what is marked on it. */
export interface TimeFrame {
  /** Length of the axis, s. */
  readonly seconds: number;
  readonly marks: readonly Mark[];
  readonly bands: readonly Band[];
}

/** All charts have these, so that the same moment is at the same place on each. */
const PLOT_WIDTH = 912;
const MARGIN = { left: 56, right: 112, top: 8, bottom: 22 };

const FONT = "system-ui, sans-serif";

/** Draws a chart as SVG markup for a page that defines the colours as CSS variables. */
export async function drawChart(chart: Chart, frame: TimeFrame, description: string): Promise<string> {
  // Loaded on demand: a release that writes no report need not wait for it.
  const [{ compile }, vega] = await Promise.all([import("vega-lite"), import("vega")]);
  const view = new vega.View(vega.parse(compile(specify(chart, frame)).spec), { renderer: "none" });
  const svg = await view.toSVG();
  view.finalize();
  const width = MARGIN.left + PLOT_WIDTH + MARGIN.right;
  const height = MARGIN.top + chart.height + MARGIN.bottom;
  const label = markup`${description}`.markup;
  return svg.replace(/^<svg[^>]*>/, `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">`);
}

/** Moments at round distances, about every tenth of `seconds`. */
export function chooseTicks(seconds: number): number[] {
  const distances = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
  const distance = distances.find((candidate) => seconds / candidate <= 12) ?? 86_400;
  return Array.from({ length: Math.floor(seconds / distance) + 1 }, (_, index) => index * distance);
}

function specify(chart: Chart, { seconds, marks, bands }: TimeFrame): TopLevelSpec {
  const { scale, height, guides = [] } = chart;
  const time = {
    scale: { domain: [0, seconds], nice: false },
    axis: { title: null, values: chooseTicks(seconds), labelExpr: writeTime(seconds), labelFlush: false },
  };
  const value = {
    scale: { type: scale.type, domain: [...scale.domain], nice: false },
    axis: { title: null, values: [...scale.ticks], labelExpr: scale.label },
  };
  const x = (field: string): Position => ({ field, type: "quantitative", ...time });
  const y = (field: string): Position => ({ field, type: "quantitative", ...value });
  return {
    width: PLOT_WIDTH,
    height,
    padding: MARGIN,
    autosize: "none",
    background: "transparent",
    layer: [
      ...drawBands(bands, x),
      ...chart.layers(x, y),
      ...drawMarks(marks, x),
      ...drawGuides(guides, scale, { width: PLOT_WIDTH, height }, y),
    ],
    config: CONFIG,
  };
}

const CONFIG: Exclude<LayeredSpec["config"], undefined> = {
  font: FONT,
  // The page describes each chart as a whole; a label on each point would only be noise to a screen reader.
  aria: false,
  view: { stroke: null },
  axis: {
    labelColor: "var(--muted)",
    labelFontSize: 11,
    domainColor: "var(--line)",
    tickColor: "var(--line)",
    gridColor: "var(--grid)",
    tickSize: 4,
  },
  axisX: { grid: false },
  axisY: { domain: false, ticks: false, labelPadding: 6 },
};

function writeTime(seconds: number): string {
  if (seconds <= 300) return "datum.value + ' s'";
  const rest = "format(datum.value % 60, '02d')";
  if (seconds <= 3600) return `floor(datum.value / 60) + ':' + ${rest} + ' min'`;
  return "floor(datum.value / 3600) + ':' + format(floor(datum.value / 60) % 60, '02d') + ' h'";
}
