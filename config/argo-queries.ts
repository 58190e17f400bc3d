import type { App } from "./app.ts";
import type { ArgoPreset } from "./argo-strategy.ts";
import { envoy, envoyClusterOf, istio, spring } from "./metric-presets.ts";
import { selector, type LabelMatch, type MetricSource } from "./metric-source.ts";
import { serviceNames } from "./names.ts";
import { promDuration } from "./promql.ts";

/** What Argo's analyses ask Prometheus; each answers one number, or nothing where there was no request. */
export interface AnalysisQueries {
  /** Share of the requests that succeeded, 0 to 1. */
  readonly successRate: string;
  /** What 99 of 100 requests were faster than, in ms. */
  readonly latencyP99: string;
  /** How many requests there were in the time after which silence is a fault. */
  readonly requests: string;
}

/** How far the queries look back, in ms. */
export interface AnalysisWindows {
  readonly measured: number;
  readonly silence: number;
}

/** Arguments of the queries about pods: Argo puts values in their place for each analysis. */
export const POD_HASH = "pod-hash";
export const IGNORED_URIS = "ignored-uris";

/**
 * The queries about the version under release: at an edge those that it sent to the canary's Service, with what it had
 * to answer itself because no pod did; at the pods those that they answered, their probes' too unless they are ignored.
 */
export function analysisQueries(app: App, preset: ArgoPreset, windows: AnalysisWindows): AnalysisQueries {
  const source = { envoy, istio, spring }[preset](app);
  const which = newVersion(app, preset);
  const select = (metric: string, further: readonly LabelMatch[] = []) =>
    selector(metric, [...further, ...commonOf(source), ...which]);
  const rate = (metric: string, further?: readonly LabelMatch[]) =>
    `rate(${select(metric, further)}[${wholeSeconds(windows.measured)}])`;
  const { buckets, unit } = source.latency;
  const p99 = `histogram_quantile(0.99, sum by (le) (${rate(buckets)}))`;
  return {
    // Successes are counted, not failures: a series begins with its first event, which a rate cannot see. So the
    // mistake is on the safe side, and a version that answers nothing but failures has share 0.
    successRate: `(sum(${rate(source.failed, [not(source.failure)])}) or vector(0)) / sum(${rate(source.requests)})`,
    latencyP99: unit === "ms" ? p99 : `1000 * ${p99}`,
    requests: `sum(increase(${select(source.requests)}[${wholeSeconds(windows.silence)}]))`,
  };
}

function wholeSeconds(ms: number): string {
  return promDuration(Math.ceil(ms / 1_000) * 1_000);
}

function newVersion(app: App, preset: ArgoPreset): readonly LabelMatch[] {
  const service = serviceNames.preview(app);
  switch (preset) {
    case "envoy":
      return [{ label: "cluster_name", op: "=", value: envoyClusterOf(app, service) }];
    case "istio":
      return [{ label: "destination_service_name", op: "=", value: service }];
    case "spring":
      return [
        { label: "pod", op: "=~", value: `${app.name}-{{args.${POD_HASH}}}-.*` },
        { label: "uri", op: "!~", value: `{{args.${IGNORED_URIS}}}` },
      ];
  }
}

/** Which addresses are left out is up to each analysis. */
function commonOf({ common }: MetricSource): readonly LabelMatch[] {
  return common.filter(({ label }) => label !== "uri");
}

function not({ label, value }: LabelMatch): LabelMatch {
  return { label, op: "!~", value };
}
