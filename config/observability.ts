import { z } from "zod";
import { duration } from "./duration.ts";
import { share } from "./text.ts";

/** What is declared for those who watch the service; needs the Prometheus Operator's definitions in the cluster. */
export const observabilitySchema = z
  .strictObject({
    rules: z.boolean().default(false).describe("Whether alert rules are declared (PrometheusRule)."),
    monitor: z
      .enum(["none", "pod", "service"])
      .default("none")
      .describe("How Prometheus finds the pods: by a PodMonitor, a ServiceMonitor, or by itself (annotations)."),
    dashboard: z.boolean().default(false).describe("Whether a Grafana dashboard is declared (ConfigMap)."),
    errorShare: share.default(0.01).describe("CanaryHighErrorRate: the failing share above which it fires."),
    latencyP99: duration("100ms").describe("CanaryHighLatency: the p99 above which it fires."),
    degradation: z
      .number()
      .gt(1)
      .default(1.5)
      .describe("CanaryPerformanceDegradation: candidate's p99 as a multiple of stable's."),
    minRequests: z
      .int()
      .min(1)
      .default(20)
      .describe("Requests in four scrapes below which the candidate's alerts say nothing."),
    holdFor: duration("2m").describe("How long CanaryHighErrorRate and CanaryHighLatency must hold before they fire."),
    degradationFor: duration("5m").describe("The same for CanaryPerformanceDegradation."),
    unavailableFor: duration("5m").describe("DeploymentFailed: how long replicas may be unavailable."),
    downFor: duration("1m").describe("ServiceUnavailable: how long the serving version may be without a ready pod."),
    restarts: z.int().min(0).default(3).describe("PodRestarting: restarts of a pod above which it fires."),
    restartsWithin: duration("15m").describe("PodRestarting: the time in which they are counted."),
    runbook: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("Page that says what to do; each alert links to the heading of its name there."),
    labels: z
      .record(z.string(), z.string())
      .default({})
      .describe("Labels of the declared objects, by which a Prometheus or Grafana selects them."),
  })
  .prefault({});

export type Observability = z.infer<typeof observabilitySchema>;
