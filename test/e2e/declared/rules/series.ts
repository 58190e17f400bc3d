import { METRIC_PRESETS, type MetricPreset } from "../../../../config/metrics.ts";
import type { Slot } from "../../../../config/release-state.ts";

/** Time between two scrapes, and between two evaluations of the rules. */
export const SCRAPE_S = 15;

/** How many scrapes a scenario has: twenty minutes. */
const SCRAPES = 80;

/** A series as promtool takes it. */
export interface InputSeries {
  readonly series: string;
  readonly values: string;
}

/** What one slot answers in the time of a scrape. */
export interface Answers {
  readonly requests: number;
  readonly failed: number;
  readonly slow: number;
}

/** What a slot answers between two scrapes, by the number of the scrape. */
export type Course = (scrape: number) => Answers;

/** Names and labels as their makers document them, written down here a second time so that a slip shows. */
interface Naming {
  readonly requests: (slot: Slot, status: string) => string;
  /** Where failures are not a label of the requests. */
  readonly failed?: (slot: Slot) => string;
  readonly bucket: (slot: Slot, le: string) => string;
  /** Upper bounds of a quick and of a slow answer's bucket, and of the one below that. */
  readonly bounds: readonly [quick: string, between: string, slow: string];
}

const envoy = (label: string, cluster: (slot: Slot) => string): Naming => ({
  requests: (slot) => `envoy_cluster_upstream_rq_completed{${label}="${cluster(slot)}"}`,
  failed: (slot) => `envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",${label}="${cluster(slot)}"}`,
  bucket: (slot, le) => `envoy_cluster_upstream_rq_time_bucket{${label}="${cluster(slot)}",le="${le}"}`,
  bounds: ["50", "250", "500"],
});

const istio = (slot: Slot) =>
  `reporter="source",destination_service_namespace="shop",destination_service_name="checkout-${slot}"`;
const spring = (slot: Slot) => `namespace="shop",app="checkout",slot="${slot}",pod="${slot}-1",uri="/api/quote"`;
const nginx = (slot: Slot) =>
  `ingress="checkout",host="checkout.example.com",canary="${slot === "blue" ? "" : "shop-checkout-green-8080"}"`;

export type ClusterPreset = Exclude<MetricPreset, "traefik">;

/** A Docker host has nobody who would read a PrometheusRule. */
export const CLUSTER_PRESETS = METRIC_PRESETS.filter((preset): preset is ClusterPreset => preset !== "traefik");

const namings: Readonly<Record<ClusterPreset, Naming>> = {
  envoy: envoy("cluster_name", (slot) => `outbound|8080||checkout-${slot}.shop.svc.cluster.local`),
  gateway: envoy("envoy_cluster_name", (slot) => `httproute/shop/checkout/rule/1/backend/${slot === "blue" ? 0 : 1}`),
  istio: {
    requests: (slot, status) => `istio_requests_total{${istio(slot)},response_code="${status}"}`,
    bucket: (slot, le) => `istio_request_duration_milliseconds_bucket{${istio(slot)},le="${le}"}`,
    bounds: ["50", "250", "500"],
  },
  spring: {
    requests: (slot, status) => `http_server_requests_seconds_count{${spring(slot)},status="${status}"}`,
    bucket: (slot, le) => `http_server_requests_seconds_bucket{${spring(slot)},le="${le}"}`,
    bounds: ["0.05", "0.25", "0.5"],
  },
  ingressNginx: {
    requests: (slot, status) => `nginx_ingress_controller_requests{${nginx(slot)},status="${status}"}`,
    bucket: (slot, le) => `nginx_ingress_controller_request_duration_seconds_bucket{${nginx(slot)},le="${le}"}`,
    bounds: ["0.05", "0.25", "0.5"],
  },
};

/** What a source of metrics shows of slots that answer like this. */
export function trafficSeries(preset: ClusterPreset, courses: Readonly<Partial<Record<Slot, Course>>>): InputSeries[] {
  const { bounds, bucket, failed, requests } = namings[preset];
  return (["blue", "green"] as const).flatMap((slot) => {
    const course = courses[slot];
    if (course === undefined) return [];
    const counter = (series: string, of: (answers: Answers) => number) => ({ series, values: countUp(course, of) });
    const counters =
      failed === undefined
        ? [
            counter(requests(slot, "200"), (each) => each.requests - each.failed),
            counter(requests(slot, "503"), (each) => each.failed),
          ]
        : [counter(requests(slot, ""), (each) => each.requests), counter(failed(slot), (each) => each.failed)];
    const [quick, between, slow] = bounds;
    return [
      ...counters,
      counter(bucket(slot, quick), (each) => each.requests - each.slow),
      counter(bucket(slot, between), (each) => each.requests - each.slow),
      counter(bucket(slot, slow), (each) => each.requests),
      counter(bucket(slot, "+Inf"), (each) => each.requests),
    ];
  });
}

/** A counter's values; one that never counts anything does not exist. */
function countUp(course: Course, of: (answers: Answers) => number): string {
  let total = 0;
  return scrapes((scrape) => {
    total += of(course(scrape));
    return total === 0 ? "_" : total;
  });
}

/** A gauge with one value, and another from one minute until another. */
export function gauge(
  series: string,
  normal: number,
  fault?: { readonly value: number; readonly from: number; readonly until: number },
): InputSeries {
  const at = (scrape: number) =>
    fault !== undefined && isBetween(scrape, fault.from, fault.until) ? fault.value : normal;
  return { series, values: scrapes(at) };
}

/** A counter that counts one each scrape from this minute on, up to a number. */
export function counted(series: string, fromMinute: number, upTo: number): InputSeries {
  const first = (fromMinute * 60) / SCRAPE_S;
  return { series, values: scrapes((scrape) => Math.min(upTo, Math.max(0, scrape - first))) };
}

function scrapes(value: (scrape: number) => number | "_"): string {
  return Array.from({ length: SCRAPES }, (_, scrape) => value(scrape)).join(" ");
}

/** Whether a scrape lies between two minutes of the scenario. */
export function isBetween(scrape: number, fromMinute: number, untilMinute: number): boolean {
  return scrape * SCRAPE_S >= fromMinute * 60 && scrape * SCRAPE_S < untilMinute * 60;
}
