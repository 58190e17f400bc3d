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
    labels: z
      .record(z.string(), z.string())
      .default({})
      .describe("Labels of the declared objects, by which a Prometheus or Grafana selects them."),
  })
  .prefault({});

export type Observability = z.infer<typeof observabilitySchema>;
