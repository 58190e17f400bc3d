import type { Interval } from "./chart-data.ts";
import type { Chart, Layer } from "./chart-frame.ts";
import { formatShare } from "./format.ts";
import { scaleFromZero } from "./scales.ts";

/** A weight from the moment it was set; times in seconds since the start. */
export interface WeightCorner {
  readonly t: number;
  readonly weight: number;
}

/** Percent of the traffic on the candidate, with the share that was measured when a weight came into force. */
export function plotWeights(
  corners: readonly WeightCorner[],
  observed: readonly { readonly t: number; readonly share: number }[],
): Chart {
  const seconds = corners.at(-1)?.t ?? 1;
  return {
    height: 96,
    scale: { type: "linear", domain: [0, 100], ticks: [0, 25, 50, 75, 100], label: "datum.value + ' %'" },
    layers: (x, y) => [
      {
        data: { values: corners.map((corner) => ({ ...corner, zero: 0 })) },
        mark: { type: "area", interpolate: "step-after", color: "var(--candidate)", opacity: 0.18 },
        encoding: { x: x("t"), y: y("weight"), y2: { field: "zero" } },
      },
      {
        data: { values: [...corners] },
        mark: { type: "line", interpolate: "step-after", color: "var(--candidate)", strokeWidth: 2 },
        encoding: { x: x("t"), y: y("weight") },
      },
      {
        data: { values: observed.map(({ t, share }) => ({ t, percent: share * 100 })) },
        mark: { type: "point", shape: "circle", size: 40, filled: true, color: "var(--candidate)", opacity: 1 },
        encoding: { x: x("t"), y: y("percent") },
      },
      ...[true, false].map((high): Layer => ({
        data: { values: labelWeights(corners, seconds).filter(({ weight }) => weight > 75 === high) },
        mark: {
          type: "text",
          align: "left",
          baseline: high ? "top" : "bottom",
          dx: 5,
          dy: high ? 5 : -5,
          fontSize: 11,
          color: "var(--text)",
        },
        encoding: { x: x("t"), y: y("weight"), text: { field: "label" } },
      })),
    ],
  };
}

/** What fits into the width of each step, given that the plot is about 900 px wide. */
function labelWeights(
  corners: readonly WeightCorner[],
  seconds: number,
): (WeightCorner & { readonly label: string })[] {
  return corners.flatMap(({ t, weight }, index) => {
    const width = (((corners[index + 1]?.t ?? t) - t) / seconds) * 900;
    if (weight > 0) return width < 40 ? [] : [{ t, weight, label: `${weight} %` }];
    return index > 0 || width < 225 ? [] : [{ t, weight, label: "deploying and checking: no traffic" }];
  });
}

/** Requests per second, the candidate's at the bottom and stable's on top of them. */
export function plotRequests(intervals: readonly Interval[]): Chart {
  const corners = intervals.flatMap((interval, index) => {
    const { from, t, run, canaryPerS: canary, stablePerS } = interval;
    const corner = { t, run, zero: 0, canary, sum: canary + stablePerS };
    return intervals[index - 1]?.run === run ? [corner] : [{ ...corner, t: Math.max(0, from) }, corner];
  });
  const layer = (low: string, high: string, color: string): Chart["layers"] => {
    return (x, y) => [
      {
        data: { values: corners },
        mark: { type: "area", interpolate: "step-before", color, opacity: 0.75 },
        encoding: { x: x("t"), y: y(high), y2: { field: low }, detail: { field: "run" } },
      },
    ];
  };
  return {
    height: 110,
    scale: scaleFromZero(Math.max(1, ...corners.map(({ sum }) => sum)), "format(datum.value, ',')"),
    layers: (x, y) => [
      ...layer("canary", "sum", "var(--stable)")(x, y),
      ...layer("zero", "canary", "var(--candidate)")(x, y),
    ],
  };
}

/** The share of requests that failed, each point over the window before it. */
export function plotShares(intervals: readonly Interval[], limit: number | undefined): Chart {
  return plotParts(
    intervals.map(({ canaryShare, stableShare, ...rest }) => ({ ...rest, canary: canaryShare, stable: stableShare })),
    limit,
  );
}

/** The share of answers over the latency limit, likewise; `limit` is the share that may be. */
export function plotSlow(intervals: readonly Interval[], limit: number | undefined): Chart {
  return plotParts(
    intervals.map(({ canarySlow, stableSlow, ...rest }) => ({ ...rest, canary: canarySlow, stable: stableSlow })),
    limit,
  );
}

interface Parts extends Pick<Interval, "t" | "run"> {
  readonly canary: number | undefined;
  readonly stable: number | undefined;
}

function plotParts(intervals: readonly Parts[], limit: number | undefined): Chart {
  const line = (of: "canary" | "stable", color: string, strokeWidth: number): Chart["layers"] => {
    const values = intervals.flatMap(({ t, run, [of]: share }) =>
      share === undefined ? [] : [{ t, run, percent: share * 100 }],
    );
    return (x, y) => [
      {
        data: { values },
        mark: { type: "line", color, strokeWidth },
        encoding: { x: x("t"), y: y("percent"), detail: { field: "run" } },
      },
    ];
  };
  const shares = intervals.flatMap(({ canary = 0, stable = 0 }) => [canary, stable]);
  const highest = 100 * Math.max(...shares, 1.6 * (limit ?? 0), 0.001);
  return {
    height: 120,
    scale: scaleFromZero(Math.min(100, highest), "datum.value + ' %'"),
    layers: (x, y) => [
      ...line("stable", "var(--stable-line)", 1.8)(x, y),
      ...line("canary", "var(--candidate)", 2.2)(x, y),
    ],
    guides:
      limit === undefined ? [] : [{ value: limit * 100, label: `limit ${formatShare(limit)}`, color: "var(--bad)" }],
  };
}
