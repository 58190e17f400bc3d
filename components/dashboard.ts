import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { renderDashboard } from "./internal/dashboard-model.ts";
import { selectApp } from "./internal/labels.ts";
import type { Observed } from "./internal/observed.ts";

/** A Grafana dashboard of one service, in a ConfigMap that Grafana's sidecar finds by its label. */
export class Dashboard extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:Dashboard";

  constructor(name: string, observed: Observed, opts: pulumi.ComponentResourceOptions) {
    super(Dashboard.__pulumiType, name, {}, opts);
    const { app, observability } = observed;
    new k8s.core.v1.ConfigMap(
      `${name}-config`,
      {
        metadata: {
          name: `${app.name}-dashboard`,
          namespace: app.namespace,
          labels: { ...selectApp(app), grafana_dashboard: "1", ...observability.labels },
        },
        data: { [`${app.namespace}-${app.name}.json`]: `${JSON.stringify(renderDashboard(observed), undefined, 2)}\n` },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
