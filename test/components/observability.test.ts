import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { renderDashboard } from "../../components/internal/dashboard-model.ts";
import { renderPanels } from "../../components/internal/dashboard-panels.ts";
import { parseStackConfig } from "../../config/parse.ts";
import { STACK } from "../release/world.ts";
import { recordService } from "./recorder.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

const green = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
const all = { rules: true, dashboard: true, monitor: "pod", labels: { team: "shop" } };
const canary = {
  ...STACK,
  observability: all,
  release: { ...STACK.release, candidate: "green", weight: 25, serial: 4, green },
};
const rolling = { ...STACK, router: { kind: "selector" }, strategy: { kind: "rolling" }, observability: all };

/** What of a service is there to watch it. */
async function recordObservers(values: unknown) {
  const { get, resources } = await recordService(values);
  return { get, observers: resources.filter(({ name }) => name.startsWith("checkout-observability")) };
}

const labels = { "app.kubernetes.io/name": "checkout", team: "shop" };
const endpoint = {
  port: "http",
  path: "/actuator/prometheus",
  interval: "2s",
  relabelings: [
    { sourceLabels: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"], targetLabel: "app" },
    { sourceLabels: ["__meta_kubernetes_pod_label_app_kubernetes_io_version"], targetLabel: "version" },
    { sourceLabels: ["__meta_kubernetes_pod_label_sluice_dev_slot"], targetLabel: "slot" },
  ],
};

describe("Observability", () => {
  it("declares nothing unless it is asked to: its definitions may be absent", async () => {
    assert.deepEqual((await recordObservers(STACK)).observers, []);
  });

  it("declares each part under a component of its own", async () => {
    const { observers } = await recordObservers(canary);
    assert.deepEqual(
      observers.map(({ name, parent, type }) => [type, name, parent]),
      [
        ["kubernetes:core/v1:ConfigMap", "checkout-observability-dashboard-config", "checkout-observability-dashboard"],
        [
          "kubernetes:monitoring.coreos.com/v1:PodMonitor",
          "checkout-observability-monitor-pods",
          "checkout-observability-monitor",
        ],
        [
          "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
          "checkout-observability-alerts-rules",
          "checkout-observability-alerts",
        ],
        ["sluice:index:AlertRules", "checkout-observability-alerts", "checkout-observability"],
        ["sluice:index:Dashboard", "checkout-observability-dashboard", "checkout-observability"],
        ["sluice:index:Monitor", "checkout-observability-monitor", "checkout-observability"],
        ["sluice:index:Observability", "checkout-observability", undefined],
      ],
    );
  });

  for (const part of [{ rules: true }, { dashboard: true }, { monitor: "pod" }]) {
    it(`declares only what it is asked for: ${JSON.stringify(part)}`, async () => {
      const { observers } = await recordObservers({ ...canary, observability: part });
      assert.equal(observers.length, 3);
    });
  }

  it("finds the pods, and names slot and version on what they tell", async () => {
    const { get } = await recordObservers(canary);
    assert.deepEqual(get("checkout-observability-monitor-pods"), {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PodMonitor",
      metadata: { name: "checkout", namespace: "shop", labels },
      spec: {
        selector: { matchLabels: { "app.kubernetes.io/name": "checkout" } },
        podMetricsEndpoints: [endpoint],
      },
    });
  });

  for (const [title, stack, services] of [
    ["slots, whose pods the live Service has too", canary, "checkout-blue|checkout-green"],
    ["a rolling Deployment", rolling, "checkout"],
  ] as const) {
    it(`scrapes each pod once by the Services of ${title}`, async () => {
      const { get } = await recordObservers({ ...stack, observability: { ...all, monitor: "service" } });
      const keep = { sourceLabels: ["__meta_kubernetes_service_name"], regex: services, action: "keep" };
      assert.deepEqual(get("checkout-observability-monitor-services").spec, {
        selector: { matchLabels: { "app.kubernetes.io/name": "checkout" } },
        endpoints: [{ ...endpoint, relabelings: [keep, ...endpoint.relabelings] }],
      });
    });
  }

  it("leaves the interval to Prometheus where the stack knows none", async () => {
    const observability = { monitor: "pod" };
    const { get } = await recordObservers({ ...rolling, metrics: undefined, observability });
    const { podMetricsEndpoints } = get("checkout-observability-monitor-pods").spec as {
      podMetricsEndpoints: object[];
    };
    assert.equal("interval" in (podMetricsEndpoints[0] ?? {}), false);
  });

  it("does not change with a weight", async () => {
    const { observers } = await recordObservers(canary);
    const after = await recordObservers({ ...canary, release: { ...canary.release, weight: 50, serial: 5 } });
    assert.deepEqual(after.observers, observers);
  });

  for (const [name, stack] of [
    ["canary", canary],
    ["rolling", rolling],
  ] as const) {
    it(`is, for a ${name}, what test/golden/observability-${name}.json says`, async () => {
      const { observers } = await recordObservers(stack);
      const file = path.join(ROOT, "test/golden", `observability-${name}.json`);
      // As an object, so that a reviewer sees what changes in the dashboard.
      const readable = observers.map(({ inputs, ...rest }) => ({ ...rest, inputs: withParsedData(inputs) }));
      const dump = `${JSON.stringify(readable, undefined, 2)}\n`;
      if (process.env.UPDATE_GOLDEN !== undefined) await writeFile(file, dump);
      assert.deepEqual(JSON.parse(dump), JSON.parse(await readFile(file, "utf8")));
    });
  }
});

function withParsedData(inputs: Readonly<Record<string, unknown>>) {
  if (!("data" in inputs)) return inputs;
  const data = Object.entries(inputs.data as Record<string, string>);
  return { ...inputs, data: Object.fromEntries(data.map(([key, text]) => [key, JSON.parse(text) as unknown])) };
}

describe("Dashboard", () => {
  const observed = parseStackConfig(canary, "test");

  it("is found by Grafana's sidecar", async () => {
    const { get } = await recordObservers(canary);
    const { data, metadata } = get("checkout-observability-dashboard-config") as {
      data: Record<string, string>;
      metadata: unknown;
    };
    assert.deepEqual(metadata, {
      name: "checkout-dashboard",
      namespace: "shop",
      labels: { "app.kubernetes.io/name": "checkout", grafana_dashboard: "1", team: "shop" },
    });
    assert.deepEqual(Object.keys(data), ["shop-checkout.json"]);
  });

  it("has five diagrams, each with a line for each version, and the gate's limit", () => {
    const { panels = [], templating } = renderDashboard(observed);
    const versions = ["blue 1.0.0 (live)", "green 1.1.0 (candidate)"];
    assert.deepEqual(
      panels.map((panel) => {
        const {
          datasource,
          targets = [],
          title,
        } = panel as {
          datasource?: unknown;
          targets?: { legendFormat?: string }[];
          title?: string;
        };
        assert.deepEqual(datasource, { type: "prometheus", uid: "${datasource}" });
        return [title, targets.map(({ legendFormat }) => legendFormat)];
      }),
      [
        ["Requests", versions],
        ["Failed requests", versions],
        ["Latency, p99", versions],
        ["Share of the traffic", versions],
        ["What the gate judges", [...versions, "limit"]],
      ],
    );
    assert.deepEqual(
      templating.list?.map(({ name, query, type }) => [type, name, query]),
      [["datasource", "datasource", "prometheus"]],
    );
  });

  it("draws the gate's limit beside the shares that it judges", () => {
    const gate = renderPanels({ ...observed, gate: { limit: 0.02 } }).at(-1);
    assert.equal(gate?.lines.at(-1)?.expr, "vector(0.02)");
  });

  it("tells versions apart by their label where there are no slots, and has no gate", () => {
    const panels = renderPanels(parseStackConfig(rolling, "test"));
    assert.deepEqual(
      panels.map(({ lines, title }) => [title, lines.map(({ legend }) => legend)]),
      ["Requests", "Failed requests", "Latency, p99", "Share of the traffic"].map((title) => [title, ["{{version}}"]]),
    );
  });

  it("has an identifier of at most 40 characters, different for different services", () => {
    const names = ["a", "b"].map((end) => {
      const app = { ...observed.app, namespace: "n".repeat(30), name: `${"s".repeat(30)}${end}` };
      return renderDashboard({ ...observed, app }).uid ?? "";
    });
    assert.deepEqual(
      names.map((name) => name.length),
      [40, 40],
    );
    assert.notEqual(names[0], names[1]);
  });

  it("costs nothing where none is wanted: Grafana's library is not loaded", async () => {
    const script =
      'await import("./components/declare-service.ts"); const { createRequire } = await import("node:module");' +
      "const { cache } = createRequire(`${process.cwd()}/x.js`);" +
      'console.log(Object.keys(cache).filter((file) => file.includes("@grafana")).length);';
    const args = ["--input-type=module", "--eval", script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
    assert.equal(stdout.trim(), "0");
  });
});
