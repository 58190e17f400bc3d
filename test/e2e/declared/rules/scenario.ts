import { SCRAPE_S, type InputSeries } from "./series.ts";

/** An alert that has to fire, with what it says. */
export interface Expected {
  readonly alert: string;
  readonly severity: "critical" | "warning";
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

/** What Prometheus sees, and what has to come of it. */
export interface Scenario {
  readonly name: string;
  readonly series: readonly InputSeries[];
  /** At these minutes exactly these alerts fire, of all that the rules have. */
  readonly timeline: readonly (readonly [minute: number, firing: readonly Expected[]])[];
}

/** The scenario as promtool takes it: at each of its times, all alerts are asked for. */
export function renderTest({ name, series, timeline }: Scenario, alerts: readonly string[]) {
  return {
    name,
    interval: `${SCRAPE_S}s`,
    input_series: series,
    alert_rule_test: timeline.flatMap(([minute, firing]) =>
      alerts.map((alertname) => ({
        eval_time: `${minute * 60}s`,
        alertname,
        exp_alerts: firing.filter(({ alert }) => alert === alertname).map(renderExpected),
      })),
    ),
  };
}

function renderExpected({ alert, description, labels, severity, summary }: Expected) {
  return {
    exp_labels: { severity, app: "checkout", namespace: "shop", ...labels },
    exp_annotations: { summary, description, runbook_url: `https://example.com/runbook#${alert.toLowerCase()}` },
  };
}
