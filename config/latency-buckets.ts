import type { MetricPreset } from "./metrics.ts";

/** By which setting a source of metrics gets a bucket that ends at a time. */
const SETTINGS: Readonly<Record<MetricPreset, (ms: number) => string>> = {
  envoy: (ms) =>
    `add ${ms} to the buckets of the edge's cluster metrics (Envoy: stats_config.histogram_bucket_settings; Istio: ` +
    "annotation sidecar.istio.io/statsHistogramBuckets of the gateway's pods)",
  istio: (ms) =>
    `add ${ms} to the buckets of istio_request_duration_milliseconds (annotation sidecar.istio.io/statsHistogramBuckets ` +
    "of the gateway's pods)",
  spring: (ms) =>
    `set management.metrics.distribution.slo.http.server.requests to ${ms}ms in the service's configuration`,
  ingressNginx: (ms) => `add ${ms / 1_000} to the ingress controller's flag --time-buckets`,
  gateway: (ms) =>
    `add ${ms} to stats_config.histogram_bucket_settings in the bootstrap of the gateway's EnvoyProxy resource`,
  traefik: (ms) =>
    `take preset spring, whose service can count answers slower than ${ms} ms: the edge's buckets are fixed`,
};

/** What to set so that answers slower than `ms` can be counted. */
export function bucketSetting(preset: MetricPreset, ms: number): string {
  return SETTINGS[preset](ms);
}
