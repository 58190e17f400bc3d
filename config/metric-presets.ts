import type { App } from "./app.ts";
import { slotService } from "./edge/servers.ts";
import { type MetricSource, escapePattern, type LabelMatch } from "./metric-source.ts";
import type { MetricPreset, Metrics } from "./metrics.ts";
import { serviceHost, serviceNames } from "./names.ts";
import { otherSlot, type ReleaseState, type Slot } from "./release-state.ts";
import type { Router, RouterKind } from "./router.ts";
import { hasSlots, type Strategy } from "./strategy.ts";

/** What must be known of a stack to know where its requests are counted. */
export interface Measured {
  readonly app: App;
  readonly router: Router;
  readonly strategy: Strategy;
  readonly metrics?: Pick<Metrics, "preset"> | undefined;
  readonly release: Pick<ReleaseState, "live">;
}

/** Routers whose slots each source can tell apart. */
export const PRESET_ROUTERS: Readonly<Record<MetricPreset, readonly RouterKind[]>> = {
  envoy: ["istio", "gateway"],
  istio: ["istio", "gateway"],
  spring: ["selector", "istio", "gateway", "ingressNginx", "kong", "nginx", "traefik"],
  ingressNginx: ["ingressNginx"],
  gateway: ["gateway"],
  traefik: ["traefik"],
};

/** The source that a stack's metrics come from: the chosen one, or what goes with its router. */
export function presetOf({ metrics, router, strategy }: Measured): MetricPreset {
  // Without slots only the pods' own labels tell versions apart.
  if (!hasSlots(strategy)) return "spring";
  if (metrics?.preset !== undefined) return metrics.preset;
  if (router.kind === "istio" || router.kind === "gateway") return "envoy";
  return router.kind === "ingressNginx" ? "ingressNginx" : "spring";
}

/** What counts the requests of this stack. */
export function metricSource(stack: Measured): MetricSource {
  const { app, release, router } = stack;
  switch (presetOf(stack)) {
    case "envoy":
      return envoy(app);
    case "istio":
      return istio(app);
    case "spring":
      return spring(app);
    case "ingressNginx":
      return ingressNginx(app, "hosts" in router ? router.hosts : [], release.live);
    case "gateway":
      return gateway(app);
    case "traefik":
      return traefik(app);
  }
}

/** The name of a Service in Envoy, as istiod makes it for its own routes and for those of the Gateway API. */
export function envoyClusterOf(app: App, service: string): string {
  return `outbound|${app.port}||${serviceHost(app, service)}`;
}

/** The name of the slot's Service in Envoy. */
export function envoyCluster(app: App, slot: Slot): string {
  return envoyClusterOf(app, serviceNames.slot(app, slot));
}

/** Envoy's statistics of upstream clusters, which count every answer, also those that Envoy gave itself. */
const ENVOY = {
  requests: "envoy_cluster_upstream_rq_completed",
  failed: "envoy_cluster_upstream_rq_xx",
  failure: is("envoy_response_code_class", "5"),
  latency: { buckets: "envoy_cluster_upstream_rq_time_bucket", unit: "ms" },
  common: [],
  counted: "edge",
  born: "at the start",
  forced: "apart",
} as const satisfies Partial<MetricSource>;

/**
 * Envoy's own counters at the edge, per upstream cluster: what users got, also when no pod answered.
 * Requests forced to one side, by the testers' header or a segment, go to other clusters and are not among these.
 */
export function envoy(app: App): MetricSource {
  return { ...ENVOY, slots: bySlot((slot) => is("cluster_name", envoyCluster(app, slot))) };
}

/** Istio's standard metrics, as the proxy that sent the request reports them. */
export function istio(app: App): MetricSource {
  return {
    requests: "istio_requests_total",
    failed: "istio_requests_total",
    failure: matches("response_code", "5.."),
    latency: { buckets: "istio_request_duration_milliseconds_bucket", unit: "ms" },
    // The receiving pods' proxies would count every request a second time, and none that found no pod.
    common: [is("reporter", "source"), is("destination_service_namespace", app.namespace)],
    slots: bySlot((slot) => is("destination_service_name", serviceNames.slot(app, slot))),
    counted: "edge",
    born: "with the first request",
    forced: "apart",
  };
}

/** Micrometer's metrics of Spring MVC and WebFlux, with the labels that the monitors of this project put on them. */
export function spring(app: App): MetricSource {
  return {
    requests: "http_server_requests_seconds_count",
    failed: "http_server_requests_seconds_count",
    failure: matches("status", "5.."),
    latency: { buckets: "http_server_requests_seconds_bucket", unit: "s" },
    // Probes and scrapes are no users' requests.
    common: [is("namespace", app.namespace), is("app", app.name), { label: "uri", op: "!~", value: "/actuator.*" }],
    slots: bySlot((slot) => is("slot", slot)),
    counted: "pods",
    born: "with the first request",
    forced: "among them",
  };
}

/**
 * The ingress controller's own metrics. It names the main Ingress on all of them; a request of its canary has the
 * canary's upstream as a label besides. The host stands for the namespace, which operators' labels overwrite.
 */
function ingressNginx(app: App, hosts: readonly string[], live: Slot): MetricSource {
  const upstream = `${app.namespace}-${serviceNames.slot(app, otherSlot(live))}-${app.port}`;
  const host = hosts.map((name) => escapePattern(name).replace("\\*", "[^.]+")).join("|");
  return {
    requests: "nginx_ingress_controller_requests",
    failed: "nginx_ingress_controller_requests",
    failure: matches("status", "5.."),
    latency: { buckets: "nginx_ingress_controller_request_duration_seconds_bucket", unit: "s" },
    common: [is("ingress", app.name), matches("host", host)],
    slots: bySlot((slot) => is("canary", slot === live ? "" : upstream)),
    counted: "edge",
    born: "with the first request",
    forced: "among them",
  };
}

/**
 * Envoy Gateway's metrics. It makes one cluster for a whole rule, unless a backend has a filter: then each backend has
 * its own, by its place in the rule. The weighted rule's number changes with the rules of testers and segments before it.
 */
function gateway(app: App): MetricSource {
  const places: Readonly<Record<Slot, number>> = { blue: 0, green: 1 };
  const rule = `httproute/${app.namespace}/${app.name}/rule/[0-9]+`;
  return {
    ...ENVOY,
    slots: bySlot((slot) => matches("envoy_cluster_name", `${rule}/backend/${places[slot]}`)),
  };
}

/** Traefik's own metrics of its services: what users got. Testers and segments go by services of their own. */
function traefik(app: App): MetricSource {
  return {
    requests: "traefik_service_requests_total",
    failed: "traefik_service_requests_total",
    failure: matches("code", "5.."),
    latency: { buckets: "traefik_service_request_duration_seconds_bucket", unit: "s" },
    common: [],
    slots: bySlot((slot) => is("service", `${slotService(app, slot)}@file`)),
    counted: "edge",
    born: "with the first request",
    forced: "apart",
  };
}

function bySlot(of: (slot: Slot) => LabelMatch): MetricSource["slots"] {
  return { blue: of("blue"), green: of("green") };
}

function is(label: string, value: string): LabelMatch {
  return { label, op: "=", value };
}

function matches(label: string, value: string): LabelMatch {
  return { label, op: "=~", value };
}
