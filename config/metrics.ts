import { z } from "zod";
import { duration } from "./duration.ts";

/** The sources of metrics whose names are known; each is described in `metric-presets.ts`. */
export const METRIC_PRESETS = ["envoy", "istio", "spring", "ingressNginx", "gateway", "traefik"] as const;

export type MetricPreset = (typeof METRIC_PRESETS)[number];

export const metricsSchema = z.strictObject({
  prometheus: z.url({ protocol: /^https?$/ }).describe("Base URL of the Prometheus that scrapes what counts requests."),
  scrapeInterval: duration("15s").describe("How often it scrapes that."),
  preset: z
    .enum(METRIC_PRESETS)
    .optional()
    .describe(
      "What counts the requests. Without it: envoy for routers istio and gateway, ingressNginx for ingressNginx, else " +
        "spring. Argo's canary is measured by envoy, unless istio or spring is named. For rolling and Argo, alerts and " +
        "dashboard always read spring.",
    ),
});

export type Metrics = z.infer<typeof metricsSchema>;
