import assert from "node:assert/strict";
import { metricSource, presetOf } from "../../config/metric-presets.ts";
import { counterPreset } from "../../config/metric-source.ts";
import { METRIC_PRESETS, type MetricPreset } from "../../config/metrics.ts";
import { parseStackConfig } from "../../config/parse.ts";
import {
  failingShare,
  latencyQuantile,
  promDuration,
  requestRate,
  requestsWithin,
  trafficShare,
} from "../../config/promql.ts";
import type { StackConfig } from "../../config/schema.ts";
import { STACK } from "../release/world.ts";

const hosts = ["checkout.example.com", "*.shop.example.com"];
const routers = {
  istio: STACK.router,
  gateway: { kind: "gateway", hosts, gateways: ["gateways/public"] },
  ingressNginx: { kind: "ingressNginx", hosts },
  kong: { kind: "kong", hosts, gateways: ["gateways/kong"] },
  selector: { kind: "selector" },
};

function parse(changes: Record<string, unknown>): StackConfig {
  return parseStackConfig({ ...STACK, ...changes }, "test");
}

/** A stack that reads this preset. */
const stacks: Readonly<Record<MetricPreset, StackConfig>> = {
  envoy: parse({}),
  istio: parse({ metrics: { ...STACK.metrics, preset: "istio" } }),
  spring: parse({ metrics: { ...STACK.metrics, preset: "spring" } }),
  ingressNginx: parse({ router: routers.ingressNginx }),
  gateway: parse({
    router: { ...routers.gateway, countSlots: true },
    metrics: { ...STACK.metrics, preset: "gateway" },
  }),
  traefik: parse({
    router: { kind: "traefik", hosts: ["checkout.example.com"] },
    docker: {},
    metrics: { ...STACK.metrics, preset: "traefik" },
  }),
};

/** Of the candidate's slot: the metrics' names and labels, as their makers document them. */
const series: Readonly<Record<MetricPreset, { requests: string; failed: string; buckets: string; scale: string }>> = {
  envoy: {
    requests: `envoy_cluster_upstream_rq_completed{cluster_name="outbound|8080||checkout-green.shop.svc.cluster.local"}`,
    failed: `envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",cluster_name="outbound|8080||checkout-green.shop.svc.cluster.local"}`,
    buckets: `envoy_cluster_upstream_rq_time_bucket{cluster_name="outbound|8080||checkout-green.shop.svc.cluster.local"}`,
    scale: " / 1000",
  },
  istio: {
    requests: `istio_requests_total{reporter="source",destination_service_namespace="shop",destination_service_name="checkout-green"}`,
    failed: `istio_requests_total{response_code=~"5..",reporter="source",destination_service_namespace="shop",destination_service_name="checkout-green"}`,
    buckets: `istio_request_duration_milliseconds_bucket{reporter="source",destination_service_namespace="shop",destination_service_name="checkout-green"}`,
    scale: " / 1000",
  },
  spring: {
    requests: `http_server_requests_seconds_count{namespace="shop",app="checkout",uri!~"/actuator.*",slot="green"}`,
    failed: `http_server_requests_seconds_count{status=~"5..",namespace="shop",app="checkout",uri!~"/actuator.*",slot="green"}`,
    buckets: `http_server_requests_seconds_bucket{namespace="shop",app="checkout",uri!~"/actuator.*",slot="green"}`,
    scale: "",
  },
  ingressNginx: {
    requests: String.raw`nginx_ingress_controller_requests{ingress="checkout",host=~"checkout\\.example\\.com|[^.]+\\.shop\\.example\\.com",canary="shop-checkout-green-8080"}`,
    failed: String.raw`nginx_ingress_controller_requests{status=~"5..",ingress="checkout",host=~"checkout\\.example\\.com|[^.]+\\.shop\\.example\\.com",canary="shop-checkout-green-8080"}`,
    buckets: String.raw`nginx_ingress_controller_request_duration_seconds_bucket{ingress="checkout",host=~"checkout\\.example\\.com|[^.]+\\.shop\\.example\\.com",canary="shop-checkout-green-8080"}`,
    scale: "",
  },
  gateway: {
    requests: `envoy_cluster_upstream_rq_completed{envoy_cluster_name=~"httproute/shop/checkout/rule/[0-9]+/backend/1"}`,
    failed: `envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name=~"httproute/shop/checkout/rule/[0-9]+/backend/1"}`,
    buckets: `envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name=~"httproute/shop/checkout/rule/[0-9]+/backend/1"}`,
    scale: " / 1000",
  },
  traefik: {
    requests: `traefik_service_requests_total{service="shop-checkout-green@file"}`,
    failed: `traefik_service_requests_total{code=~"5..",service="shop-checkout-green@file"}`,
    buckets: `traefik_service_request_duration_seconds_bucket{service="shop-checkout-green@file"}`,
    scale: "",
  },
};

/** For the gate: one selector for everything. */
const selectors: Readonly<Record<Exclude<MetricPreset, "envoy">, string>> = {
  istio: `istio_requests_total{reporter="source",destination_service_namespace="shop",destination_service_name=~"checkout-blue|checkout-green"}`,
  spring: `http_server_requests_seconds_count{namespace="shop",app="checkout",uri!~"/actuator.*",slot=~"blue|green"}`,
  ingressNginx: String.raw`nginx_ingress_controller_requests{ingress="checkout",host=~"checkout\\.example\\.com|[^.]+\\.shop\\.example\\.com",canary=~"|shop-checkout-green-8080"}`,
  gateway: `{__name__=~"envoy_cluster_upstream_rq_completed|envoy_cluster_upstream_rq_xx",envoy_response_code_class=~"|5",envoy_cluster_name=~"httproute/shop/checkout/rule/[0-9]+/backend/0|httproute/shop/checkout/rule/[0-9]+/backend/1"}`,
  traefik: `traefik_service_requests_total{service=~"shop-checkout-blue@file|shop-checkout-green@file"}`,
};

describe("metric presets", () => {
  for (const [router, strategy, expected] of [
    ["istio", "canary", "envoy"],
    ["gateway", "canary", "envoy"],
    ["ingressNginx", "canary", "ingressNginx"],
    ["kong", "canary", "spring"],
    ["selector", "blueGreen", "spring"],
    ["selector", "rolling", "spring"],
  ] as const) {
    it(`follow the router: ${strategy} on ${router} reads ${expected}`, () => {
      assert.equal(presetOf(parse({ router: routers[router], strategy: { kind: strategy } })), expected);
    });
  }

  for (const preset of METRIC_PRESETS) {
    it(`${preset}: rate, failing share and p99 come from the same series`, () => {
      const source = metricSource(stacks[preset]);
      const { buckets, failed, requests, scale } = series[preset];
      assert.equal(requestRate(source, "green", "1m"), `sum(rate(${requests}[1m]))`);
      assert.equal(requestsWithin(source, "green", "1m"), `sum(increase(${requests}[1m]))`);
      assert.equal(
        failingShare(source, "green", "1m"),
        `(sum(rate(${failed}[1m])) or 0 * sum(rate(${requests}[1m]))) / (sum(rate(${requests}[1m])) > 0)`,
      );
      assert.equal(
        latencyQuantile(source, "green", 0.99, "1m"),
        `histogram_quantile(0.99, sum by (le) (rate(${buckets}[1m])))${scale}`,
      );
    });
  }

  for (const [preset, selector] of Object.entries(selectors)) {
    it(`${preset}: the gate reads both slots with one selector`, () => {
      assert.equal(counterPreset(metricSource(stacks[preset as MetricPreset])).selector, selector);
    });
  }

  it("measure the share of the traffic against both slots, or all versions", () => {
    const source = metricSource(stacks.spring);
    const of = (match: string) =>
      `http_server_requests_seconds_count{namespace="shop",app="checkout",uri!~"/actuator.*"${match}}`;
    assert.equal(
      trafficShare(source, "green", "1m"),
      `sum(rate(${of(',slot="green"')}[1m])) / (sum(rate(${of(',slot=~"blue|green"')}[1m])) > 0)`,
    );
    assert.equal(
      trafficShare(source, "versions", "1m"),
      `sum by (version) (rate(${of("")}[1m])) / on () group_left () (sum(sum by (version) (rate(${of("")}[1m]))) > 0)`,
    );
  });

  it("write durations as PromQL does", () => {
    assert.deepEqual([60_000, 90_000, 8_000, 500].map(promDuration), ["1m", "90s", "8s", "500ms"]);
  });
});

describe("the gate's counters", () => {
  const spring = { namespace: "shop", app: "checkout", uri: "/api/quote" };
  const istio = { reporter: "source", destination_service_namespace: "shop" };
  const nginx = { ingress: "checkout", host: "checkout.example.com" };
  const green = { slot: "green", counts: ["requests"] };
  for (const [title, preset, labels, expected] of [
    ["a good answer", "spring", { ...spring, slot: "green", status: "200" }, green],
    [
      "a failure, which is a request too",
      "spring",
      { ...spring, slot: "green", status: "503" },
      { ...green, counts: ["requests", "failed"] },
    ],
    [
      "the client's own fault",
      "spring",
      { ...spring, slot: "blue", status: "404" },
      { slot: "blue", counts: ["requests"] },
    ],
    ["a probe", "spring", { ...spring, slot: "green", uri: "/actuator/health", status: "200" }, undefined],
    ["another service", "spring", { ...spring, app: "cart", slot: "green", status: "200" }, undefined],
    [
      "what the sender saw",
      "istio",
      { ...istio, destination_service_name: "checkout-green", response_code: "500" },
      { ...green, counts: ["requests", "failed"] },
    ],
    [
      "what the receiver saw",
      "istio",
      { ...istio, reporter: "destination", destination_service_name: "checkout-green", response_code: "500" },
      undefined,
    ],
    [
      "the testers' Service",
      "istio",
      { ...istio, destination_service_name: "checkout-preview", response_code: "200" },
      undefined,
    ],
    ["a request of the canary", "ingressNginx", { ...nginx, canary: "shop-checkout-green-8080", status: "200" }, green],
    [
      "a class of statuses",
      "ingressNginx",
      { ...nginx, canary: "", status: "5xx" },
      { slot: "blue", counts: ["requests", "failed"] },
    ],
    [
      "a host below a wildcard",
      "ingressNginx",
      { ...nginx, host: "a.shop.example.com", canary: "", status: "200" },
      { slot: "blue", counts: ["requests"] },
    ],
    [
      "the same Ingress in another namespace",
      "ingressNginx",
      { ...nginx, host: "staging.example.com", canary: "", status: "200" },
      undefined,
    ],
    [
      "Envoy Gateway's second backend",
      "gateway",
      {
        __name__: "envoy_cluster_upstream_rq_xx",
        envoy_cluster_name: "httproute/shop/checkout/rule/2/backend/1",
        envoy_response_code_class: "5",
      },
      { slot: "green", counts: ["failed"] },
    ],
    [
      "the testers' rule there",
      "gateway",
      { __name__: "envoy_cluster_upstream_rq_completed", envoy_cluster_name: "httproute/shop/checkout/rule/0" },
      undefined,
    ],
  ] as const) {
    it(`${preset}: ${title}`, () => {
      assert.deepEqual(counterPreset(metricSource(stacks[preset])).classify(labels), expected);
    });
  }
});
