import { promDuration } from "../../config/promql.ts";
import type { PrometheusRuleSpec } from "../crds/prometheus-operator.ts";
import type { Observed } from "../internal/observed.ts";

/** An alert, as a person thinks of it. */
export interface Alert {
  readonly name: string;
  /** PromQL that has a value while something is wrong. */
  readonly when: string;
  /** How long, in ms. */
  readonly holds: number;
  readonly severity: "critical" | "warning";
  readonly summary: string;
  /** May use Prometheus' templates, for example `{{ $value }}`. */
  readonly description: string;
  /** Further labels. */
  readonly labels?: Readonly<Record<string, string>>;
}

type Rule = NonNullable<NonNullable<PrometheusRuleSpec["groups"]>[number]["rules"]>[number];

/** The alert as a rule of Prometheus. */
export function renderAlert({ app, observability: { runbook } }: Observed, alert: Alert): Rule {
  const { description, holds, labels, name, severity, summary, when } = alert;
  return {
    alert: name,
    expr: when,
    ...(holds === 0 ? {} : { for: promDuration(holds) }),
    labels: { severity, app: app.name, namespace: app.namespace, ...labels },
    annotations: {
      summary,
      description,
      ...(runbook === undefined ? {} : { runbook_url: `${runbook.split("#")[0] ?? ""}#${name.toLowerCase()}` }),
    },
  };
}
