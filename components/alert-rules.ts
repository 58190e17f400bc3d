import * as pulumi from "@pulumi/pulumi";
import { renderAlert } from "./alerts/alert.ts";
import { candidateAlerts } from "./alerts/candidate-alerts.ts";
import { workloadAlerts } from "./alerts/workload-alerts.ts";
import { PrometheusRule, type PrometheusRuleSpec } from "./crds/prometheus-operator.ts";
import { selectApp } from "./internal/labels.ts";
import { hasSlots } from "../config/strategy.ts";
import type { Observed } from "./internal/observed.ts";

/** The alerts of one service, for Prometheus. They change with the candidate, never with its weight. */
export class AlertRules extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:AlertRules";

  constructor(name: string, observed: Observed, opts: pulumi.ComponentResourceOptions) {
    super(AlertRules.__pulumiType, name, {}, opts);
    const { app, observability } = observed;
    const labels = { ...selectApp(app), ...observability.labels };
    new PrometheusRule(
      `${name}-rules`,
      { metadata: { name: app.name, namespace: app.namespace, labels }, spec: renderRules(observed) },
      { parent: this },
    );
    this.registerOutputs({});
  }
}

/** All alerts of a service as Prometheus takes them. */
export function renderRules(observed: Observed): PrometheusRuleSpec {
  const alerts = [...(hasSlots(observed.strategy) ? candidateAlerts(observed) : []), ...workloadAlerts(observed)];
  return {
    groups: [{ name: `sluice-${observed.app.name}`, rules: alerts.map((alert) => renderAlert(observed, alert)) }],
  };
}
