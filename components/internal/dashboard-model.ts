import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import type * as common from "@grafana/grafana-foundation-sdk/common";
import type * as builders from "@grafana/grafana-foundation-sdk/dashboard";
import type * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import type * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";
import { promDuration } from "../../config/promql.ts";
import { renderPanels, type Panel } from "./dashboard-panels.ts";
import { countingOf, type Observed } from "./observed.ts";

const load = createRequire(import.meta.url);

/** Chosen by the reader, at the head of the dashboard. */
const DATASOURCE = { type: "prometheus", uid: "${datasource}" };

/** Half of the width of Grafana's grid. */
const WIDTH = 12;

/**
 * The dashboard of a service, as Grafana takes it. Grafana's library takes a while to load: only if one is wanted.
 *
 * Its newer model of a dashboard is preferred there, but what reads the ConfigMap, Grafana's sidecar and provisioning from
 * files, refuses that (grafana/grafana#127928, grafana-community/helm-charts#643).
 */
/* eslint-disable @typescript-eslint/no-deprecated */
export function renderDashboard(observed: Observed): builders.Dashboard {
  const { DashboardBuilder, DatasourceVariableBuilder } = load(
    "@grafana/grafana-foundation-sdk/dashboard",
  ) as typeof builders;
  /* eslint-enable @typescript-eslint/no-deprecated */
  const { app } = observed;
  const dashboard = new DashboardBuilder(`Release of ${app.namespace}/${app.name}`)
    .uid(shorten(`${app.namespace}-${app.name}`))
    .tags(["sluice", app.name])
    .time({ from: "now-1h", to: "now" })
    .timezone("browser")
    .refresh("30s")
    .readonly()
    .withVariable(new DatasourceVariableBuilder("datasource").label("Data source").type("prometheus"));
  for (const panel of renderPanels(observed)) {
    dashboard.withPanel(buildPanel(panel, promDuration(countingOf(observed).scrapeInterval)));
  }
  return dashboard.build();
}

function buildPanel({ description, lines, max, title, unit }: Panel, scrapeInterval: string) {
  const { VizLegendOptionsBuilder } = load("@grafana/grafana-foundation-sdk/common") as typeof common;
  const { PanelBuilder } = load("@grafana/grafana-foundation-sdk/timeseries") as typeof timeseries;
  const { DataqueryBuilder } = load("@grafana/grafana-foundation-sdk/prometheus") as typeof prometheus;
  const panel = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(DATASOURCE)
    .unit(unit)
    .min(0)
    .span(WIDTH)
    .legend(new VizLegendOptionsBuilder().showLegend(true))
    // Grafana makes the window of a rate four of these.
    .interval(scrapeInterval);
  if (max !== undefined) panel.max(max);
  lines.forEach(({ expr, legend }, i) => {
    const refId = String.fromCharCode("A".charCodeAt(0) + i);
    panel.withTarget(new DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend).range());
  });
  return panel;
}

/** Grafana's identifiers have up to 40 characters. */
function shorten(name: string): string {
  if (name.length <= 40) return name;
  return `${name.slice(0, 31)}-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}
