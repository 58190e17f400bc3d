import assert from "node:assert/strict";
import fc from "fast-check";
import { renderRules } from "../../components/alert-rules.ts";
import { parseStackConfig } from "../../config/parse.ts";
import { STACK } from "../release/world.ts";

const green = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
const release = { ...STACK.release, candidate: "green", weight: 5, serial: 2, green };
const selector = { router: { kind: "selector" } };

function rulesOf(changes: Record<string, unknown> = {}) {
  const observability = { rules: true };
  const { groups = [] } = renderRules(parseStackConfig({ ...STACK, observability, release, ...changes }, "test"));
  return groups.flatMap(({ rules = [] }) => rules);
}

function ruleOf(name: string, changes: Record<string, unknown> = {}) {
  return rulesOf(changes).find(({ alert }) => alert === name) ?? assert.fail(`no alert ${name}`);
}

const cluster = (slot: string) => `cluster_name="outbound|8080||checkout-${slot}.shop.svc.cluster.local"`;
const requests = (slot: string) => `envoy_cluster_upstream_rq_completed{${cluster(slot)}}[8s]`;
const p99 = (slot: string) =>
  `histogram_quantile(0.99, sum by (le) (rate(envoy_cluster_upstream_rq_time_bucket{${cluster(slot)}}[8s]))) / 1000`;
const enough = (slot: string) => `and sum(increase(${requests(slot)})) >= 20`;
const failing = `sum(rate(envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",${cluster("green")}}[8s]))`;
const replicas = (kind: string, deployments: string) =>
  `kube_deployment_status_replicas_${kind}{namespace="shop",deployment${deployments}}`;
const restarts = (pods: string) =>
  `kube_pod_container_status_restarts_total{namespace="shop",pod=~"(${pods})-[a-z0-9]+-[a-z0-9]{5}"}[15m]`;

describe("alert rules", () => {
  for (const [name, expr, holds] of [
    [
      "CanaryHighErrorRate",
      `(${failing} or 0 * sum(rate(${requests("green")}))) / (sum(rate(${requests("green")})) > 0) > 0.01 ${enough("green")}`,
      "2m",
    ],
    ["CanaryHighLatency", `${p99("green")} > 0.1 ${enough("green")}`, "2m"],
    [
      "CanaryPerformanceDegradation",
      `(${p99("green")}) / (${p99("blue")}) > 1.5 ${enough("green")} ${enough("blue")}`,
      "5m",
    ],
    ["DeploymentFailed", `${replicas("unavailable", '=~"checkout-blue|checkout-green"')} > 0`, "5m"],
    [
      "PodRestarting",
      `max by (pod) (max_over_time(${restarts("checkout-blue|checkout-green")}) - min_over_time(${restarts("checkout-blue|checkout-green")})) > 3`,
      undefined,
    ],
    [
      "ServiceUnavailable",
      `${replicas("available", '="checkout-blue"')} == 0 or (absent(${replicas("available", '="checkout-blue"')}) ` +
        "unless on () absent(kube_deployment_status_replicas_available))",
      "1m",
    ],
  ] as const) {
    it(`${name} asks exactly this`, () => {
      const rule = ruleOf(name);
      assert.equal(rule.expr, expr);
      assert.equal(rule.for, holds);
    });
  }

  it("are about the candidate only while there is one", () => {
    const names = (changes: Record<string, unknown>) => rulesOf(changes).map(({ alert }) => alert);
    const pods = ["DeploymentFailed", "PodRestarting", "ServiceUnavailable"];
    assert.deepEqual(names({}), ["CanaryHighErrorRate", "CanaryHighLatency", "CanaryPerformanceDegradation", ...pods]);
    assert.deepEqual(names({ release: STACK.release }), pods);
    assert.deepEqual(names({ ...selector, strategy: { kind: "rolling" }, release: STACK.release }), pods);
    assert.deepEqual(names({ strategy: { kind: "argo" }, release: STACK.release }), pods);
  });

  it("follow the candidate to the other slot", () => {
    const other = { live: "green", candidate: "blue", serial: 2, blue: STACK.release.blue, green };
    const { expr, labels } = ruleOf("CanaryHighErrorRate", { release: other });
    assert.equal(labels?.slot, "blue");
    assert.equal(String(expr).includes("checkout-green"), false);
    assert.match(String(ruleOf("ServiceUnavailable", { release: other }).expr), /deployment="checkout-green"/);
  });

  it("take their limits and times from the stack", () => {
    const observability = {
      rules: true,
      errorShare: 0.025,
      latencyP99: "350ms",
      degradation: 2,
      minRequests: 100,
      holdFor: "30s",
      degradationFor: "90s",
      unavailableFor: "10m",
      downFor: "500ms",
      restarts: 0,
      restartsWithin: "1h",
    };
    const changes = { observability, metrics: { ...STACK.metrics, scrapeInterval: "30s" } };
    const end = (name: string) => String(ruleOf(name, changes).expr).replace(/^.*(> [\d.]+)/s, "$1");
    const holds = rulesOf(changes).map((rule) => rule.for);
    assert.match(end("CanaryHighErrorRate"), /^> 0\.025 and .*\[2m\]\)\) >= 100$/);
    assert.match(end("CanaryHighLatency"), /^> 0\.35 and/);
    assert.match(end("CanaryPerformanceDegradation"), /^> 2 and/);
    assert.match(String(ruleOf("PodRestarting", changes).expr), /\[60m\]\)\) > 0$/);
    assert.deepEqual(holds, ["30s", "30s", "90s", "10m", undefined, "500ms"]);
    assert.match(
      ruleOf("CanaryHighErrorRate", changes).annotations?.description ?? "",
      /failed with status 5xx, above 2\.5 %\.$/,
    );
  });

  it("say what it is about, and where to read what to do", () => {
    const runbook = "https://example.com/runbook#top";
    assert.deepEqual(ruleOf("DeploymentFailed", { observability: { rules: true, runbook } }).annotations, {
      summary: "checkout lacks replicas",
      description: "{{ $value }} replicas have been unavailable for 5 m.",
      runbook_url: "https://example.com/runbook#deploymentfailed",
    });
    assert.equal(ruleOf("DeploymentFailed").annotations?.runbook_url, undefined);
    assert.deepEqual(ruleOf("CanaryHighErrorRate").labels, {
      severity: "critical",
      app: "checkout",
      namespace: "shop",
      slot: "green",
    });
  });

  it("ask Argo's controller for the replicas of a Rollout", () => {
    const argo = { strategy: { kind: "argo" }, release: STACK.release };
    assert.equal(
      ruleOf("DeploymentFailed", argo).expr,
      'rollout_info_replicas_unavailable{namespace="shop",name="checkout"} > 0',
    );
  });

  it("look over four scrapes, whatever the interval, and never change with weight or serial", () => {
    const intervals = fc.integer({ min: 1, max: 120 });
    fc.assert(
      fc.property(intervals, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 2, max: 99 }), (s, weight, serial) => {
        const metrics = { ...STACK.metrics, scrapeInterval: `${s}s` };
        const rules = rulesOf({ metrics, release: { ...release, weight, serial } });
        const window = (4 * s) % 60 === 0 ? `${(4 * s) / 60}m` : `${4 * s}s`;
        for (const { alert, expr } of rules.filter(({ alert: name = "" }) => name.startsWith("Canary"))) {
          const windows = [...String(expr).matchAll(/\[(\w+)\]/g)].map(([, each]) => each);
          assert.deepEqual([...new Set(windows)], [window], alert);
        }
        assert.deepEqual(rules, rulesOf({ metrics }));
      }),
      { numRuns: 50 },
    );
  });
});
