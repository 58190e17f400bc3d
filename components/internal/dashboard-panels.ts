import { failingShare, failureRate, latencyQuantile, requestRate, trafficShare } from "../../config/promql.ts";
import type { MetricSource } from "../../config/metric-source.ts";
import { SLOTS, type Slot } from "../../config/release-state.ts";
import { hasSlots } from "../../config/strategy.ts";
import { countingOf, type Observed } from "./observed.ts";

/** One diagram of the dashboard. */
export interface Panel {
  readonly title: string;
  readonly description: string;
  /** Name of a unit of Grafana. */
  readonly unit: "reqps" | "s" | "percentunit";
  readonly max?: number;
  readonly lines: readonly Line[];
}

interface Line {
  readonly expr: string;
  readonly legend: string;
}

/** Set by Grafana: at least four scrapes, and no less than a step of the diagram. */
const WINDOW = "$__rate_interval";

type Measure = (source: MetricSource, side: Slot | "versions", window: string) => string;

/** The diagrams of a service: by slot, or by version where there are no slots. The gate's only where there is a gate. */
export function renderPanels(observed: Observed): readonly Panel[] {
  const { source } = countingOf(observed);
  const sides = sidesOf(observed);
  const lines = (measure: Measure): Line[] =>
    sides.map(({ legend, side }) => ({ expr: measure(source, side, WINDOW), legend }));
  const panels: Panel[] = [
    { title: "Requests", description: "Requests per second.", unit: "reqps", lines: lines(requestRate) },
    {
      title: "Failed requests",
      description: "Requests per second that were answered with status 5xx.",
      unit: "reqps",
      lines: lines(failureRate),
    },
    {
      title: "Latency, p99",
      description: "What 99 of 100 requests were faster than.",
      unit: "s",
      lines: lines((counted, side, window) => latencyQuantile(counted, side, 0.99, window)),
    },
    {
      title: "Share of the traffic",
      description: "Measured from the requests: the weight that was set is in no metric.",
      unit: "percentunit",
      max: 1,
      lines: lines(trafficShare),
    },
  ];
  const { strategy } = observed;
  if (strategy.kind !== "canary" && strategy.kind !== "blueGreen") return panels;
  return [...panels, gatePanel(observed, lines(failingShare))];
}

function gatePanel({ gate }: Observed, lines: readonly Line[]): Panel {
  return {
    title: "What the gate judges",
    description:
      "Failing shares, and the gate's limit. The evidence that the gate makes of them is told by the release program " +
      "and in its report; it is in no metric.",
    unit: "percentunit",
    lines: [...lines, { expr: `vector(${gate.limit})`, legend: "limit" }],
  };
}

function sidesOf(observed: Observed): readonly { readonly side: Slot | "versions"; readonly legend: string }[] {
  if (!hasSlots(observed.strategy)) return [{ side: "versions", legend: "{{version}}" }];
  const { release } = observed;
  return SLOTS.flatMap((slot) => {
    const filled = release[slot];
    if (filled === undefined) return [];
    const role = slot === release.live ? " (live)" : slot === release.candidate ? " (candidate)" : "";
    return [{ side: slot, legend: `${slot} ${filled.version}${role}` }];
  });
}
