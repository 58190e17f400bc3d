import * as pulumi from "@pulumi/pulumi";
import { SLOT_LABEL } from "../config/limits.ts";
import { serviceNames } from "../config/names.ts";
import { promDuration } from "../config/promql.ts";
import { SLOTS } from "../config/release-state.ts";
import {
  PodMonitor,
  ServiceMonitor,
  type PodMonitorSpec,
  type ServiceMonitorSpec,
} from "./crds/prometheus-operator.ts";
import { selectApp } from "./internal/labels.ts";
import { hasSlots } from "../config/strategy.ts";
import type { Observed } from "./internal/observed.ts";

type PodEndpoint = NonNullable<PodMonitorSpec["podMetricsEndpoints"]>[number];
type Relabeling = NonNullable<PodEndpoint["relabelings"]>[number];

export interface MonitorArgs extends Observed {
  /** Whether the pods are found by themselves or by their Services. */
  readonly kind: "pod" | "service";
}

/** Makes the Prometheus Operator's Prometheus scrape the pods of one service. */
export class Monitor extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:Monitor";

  constructor(name: string, args: MonitorArgs, opts: pulumi.ComponentResourceOptions) {
    super(Monitor.__pulumiType, name, {}, opts);
    const { app, observability } = args;
    const labels = { ...selectApp(app), ...observability.labels };
    const metadata = { name: app.name, namespace: app.namespace, labels };
    if (args.kind === "pod") {
      new PodMonitor(`${name}-pods`, { metadata, spec: renderPodMonitor(args) }, { parent: this });
    } else {
      new ServiceMonitor(`${name}-services`, { metadata, spec: renderServiceMonitor(args) }, { parent: this });
    }
    this.registerOutputs({});
  }
}

function renderPodMonitor(observed: Observed): PodMonitorSpec {
  return { selector: { matchLabels: selectApp(observed.app) }, podMetricsEndpoints: [renderEndpoint(observed)] };
}

/** Of the Services only those that no other shares its pods with: else each pod would be scraped more than once. */
function renderServiceMonitor(observed: Observed): ServiceMonitorSpec {
  const { app } = observed;
  const services = hasSlots(observed.strategy)
    ? SLOTS.map((slot) => serviceNames.slot(app, slot))
    : [serviceNames.live(app)];
  const endpoint = renderEndpoint(observed);
  const keep: Relabeling = {
    sourceLabels: ["__meta_kubernetes_service_name"],
    regex: services.join("|"),
    action: "keep",
  };
  return {
    selector: { matchLabels: selectApp(app) },
    endpoints: [{ ...endpoint, relabelings: [keep, ...endpoint.relabelings] }],
  };
}

/** The labels are those by which the preset `spring` tells services, slots and versions apart. */
function renderEndpoint({ metrics }: Observed) {
  return {
    port: "http",
    path: "/actuator/prometheus",
    ...(metrics === undefined ? {} : { interval: promDuration(metrics.scrapeInterval) }),
    relabelings: [
      copyLabel("app.kubernetes.io/name", "app"),
      copyLabel("app.kubernetes.io/version", "version"),
      copyLabel(SLOT_LABEL, "slot"),
    ],
  } satisfies PodEndpoint;
}

function copyLabel(label: string, targetLabel: string): Relabeling {
  return { sourceLabels: [`__meta_kubernetes_pod_label_${label.replace(/[^A-Za-z0-9]/g, "_")}`], targetLabel };
}
