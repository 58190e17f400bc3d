import type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import type { IPrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import type { IServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { CustomArgs, Spec } from "./custom-resource.ts";

export type PodMonitorSpec = Spec<IPodMonitor>;

/** Pods that Prometheus scrapes. */
export class PodMonitor extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<IPodMonitor>, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "monitoring.coreos.com/v1", kind: "PodMonitor", ...args }, opts);
  }
}

export type PrometheusRuleSpec = Spec<IPrometheusRule>;

/** Alert and recording rules. */
export class PrometheusRule extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<IPrometheusRule>, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", ...args }, opts);
  }
}

export type ServiceMonitorSpec = Spec<IServiceMonitor>;

/** Services whose endpoints Prometheus scrapes. */
export class ServiceMonitor extends k8s.apiextensions.CustomResource {
  constructor(name: string, args: CustomArgs<IServiceMonitor>, opts: pulumi.CustomResourceOptions) {
    super(name, { apiVersion: "monitoring.coreos.com/v1", kind: "ServiceMonitor", ...args }, opts);
  }
}
