import assert from "node:assert/strict";
import { STACK } from "../release/world.ts";
import { BLUE_GREEN, CANARY } from "./argo-stacks.ts";
import { recordService } from "./recorder.ts";

type Json = Readonly<Record<string, unknown>>;

const templates = [{ templateName: "checkout-success-rate" }, { templateName: "checkout-latency-p99" }];
const labels = { "app.kubernetes.io/name": "checkout" };
const antiAffinity = { preferredDuringSchedulingIgnoredDuringExecution: { weight: 100 } };

describe("ArgoRelease", () => {
  it("is a Rollout with what it refers to, each below its component", async () => {
    const { resources, routing } = await recordService(CANARY);
    assert.deepEqual(
      resources.map(({ name, parent, type }) => `${type} ${parent ?? "-"} > ${name}`),
      [
        "kubernetes:argoproj.io/v1alpha1:AnalysisTemplate checkout-analysis > checkout-analysis-latency-p99",
        "kubernetes:argoproj.io/v1alpha1:AnalysisTemplate checkout-analysis > checkout-analysis-success-rate",
        "kubernetes:argoproj.io/v1alpha1:Rollout checkout > checkout-rollout",
        "kubernetes:core/v1:ConfigMap checkout > checkout-settings-config",
        "kubernetes:core/v1:Secret checkout > checkout-settings-secret",
        "kubernetes:core/v1:Service checkout-services > checkout-services-live",
        "kubernetes:core/v1:Service checkout-services > checkout-services-preview",
        "kubernetes:core/v1:ServiceAccount checkout > checkout-surroundings-account",
        "kubernetes:networking.istio.io/v1:DestinationRule checkout-routes > checkout-routes-live",
        "kubernetes:networking.istio.io/v1:DestinationRule checkout-routes > checkout-routes-preview",
        "kubernetes:networking.istio.io/v1:VirtualService checkout-routes > checkout-routes-hosts",
        "kubernetes:networking.istio.io/v1:VirtualService checkout-routes > checkout-routes-weights",
        "kubernetes:policy/v1:PodDisruptionBudget checkout > checkout-guards-budget",
        "sluice:index:ArgoAnalysis checkout > checkout-analysis",
        "sluice:index:ArgoRelease - > checkout",
        "sluice:index:ArgoRoutes checkout > checkout-routes",
        "sluice:index:ArgoServices checkout > checkout-services",
      ],
    );
    assert.equal(routing, undefined);
  });

  it("declares the canary with the documented steps, and does not wait for it", async () => {
    const { get } = await recordService(CANARY);
    const { metadata, spec } = get("checkout-rollout") as Record<"metadata" | "spec", Json>;
    assert.deepEqual(metadata, {
      name: "checkout",
      namespace: "shop",
      labels,
      annotations: {
        "pulumi.com/skipAwait": "true",
        "sluice.dev/rollout-settings": '{"strategy":"argo","scrapeInterval":15}',
      },
    });
    const { template, ...rest } = spec;
    const step = (weight: number, duration: string) => [{ setWeight: weight }, { pause: { duration } }];
    assert.deepEqual(rest, {
      replicas: 4,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 300,
      progressDeadlineAbort: true,
      selector: { matchLabels: labels },
      strategy: {
        canary: {
          scaleDownDelaySeconds: 1_200,
          antiAffinity,
          stableService: "checkout",
          canaryService: "checkout-preview",
          trafficRouting: { istio: { virtualService: { name: "checkout-weights", routes: ["weighted"] } } },
          abortScaleDownDelaySeconds: 1,
          steps: [...step(5, "300s"), ...step(10, "600s"), ...step(25, "600s"), ...step(50, "900s")],
          analysis: { templates, startingStep: 3 },
        },
      },
    });
    assert.deepEqual((template as { metadata: { labels: Json } }).metadata.labels, {
      ...labels,
      "app.kubernetes.io/version": "1.0.0",
    });
  });

  it("leaves to Argo what Argo writes: the selectors, and the weights in a VirtualService of their own", async () => {
    const { get, resources } = await recordService(CANARY);
    for (const [role, name] of [
      ["live", "checkout"],
      ["preview", "checkout-preview"],
    ] as const) {
      assert.deepEqual(get(`checkout-services-${role}`), {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name, namespace: "shop", labels, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { type: "ClusterIP", ports: [{ name: "http", port: 8080, targetPort: 8080 }] },
      });
    }
    const weights = resources.find(({ name }) => name === "checkout-routes-weights");
    assert.deepEqual(weights?.ignoreChanges, ["spec"]);
    const to = (service: string, weight: number) => ({
      destination: { host: `${service}.shop.svc.cluster.local`, port: { number: 8080 } },
      weight,
    });
    assert.deepEqual(weights.inputs, {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "checkout-weights", namespace: "shop" },
      spec: {
        http: [
          {
            name: "weighted",
            route: [to("checkout", 100), to("checkout-preview", 0)],
            retries: { attempts: 2, retryOn: "connect-failure,refused-stream" },
          },
        ],
      },
    });
    assert.deepEqual(get("checkout-routes-hosts").spec, {
      hosts: ["checkout.example.com"],
      gateways: ["istio-ingress/public"],
      http: [{ name: "all", delegate: { name: "checkout-weights", namespace: "shop" } }],
    });
  });

  it("keeps everything of the configuration out of what it ignores", async () => {
    const other = {
      ...CANARY,
      router: { ...STACK.router, hosts: ["other.example.com"], connectionPool: { maxConnections: 9 } },
      strategy: {
        kind: "argo",
        replicas: 1,
        plan: { kind: "canary", steps: [{ weight: 7, pause: "1h" }], analyseFromStep: 1 },
      },
      workload: { readyTimeout: "1m" },
    };
    const [one, two] = [await recordService(CANARY), await recordService(other)];
    assert.deepEqual(one.get("checkout-routes-weights"), two.get("checkout-routes-weights"));
  });

  it("declares blue/green, whose pods are measured before and after the switch, so many times", async () => {
    const { get, resources } = await recordService(BLUE_GREEN);
    assert.ok(!resources.some(({ type }) => type.includes("istio")));
    assert.equal((get("checkout-services-live").spec as Json).type, "LoadBalancer");
    assert.equal((get("checkout-services-preview").spec as Json).type, "ClusterIP");
    const analyse = (uris: string) => ({
      templates,
      args: [
        { name: "pod-hash", valueFrom: { podTemplateHashValue: "Latest" } },
        { name: "ignored-uris", value: uris },
      ],
    });
    assert.deepEqual((get("checkout-rollout").spec as Json).strategy, {
      blueGreen: {
        scaleDownDelaySeconds: 1_200,
        antiAffinity,
        activeService: "checkout",
        previewService: "checkout-preview",
        autoPromotionEnabled: false,
        prePromotionAnalysis: analyse("^$"),
        postPromotionAnalysis: analyse("/actuator.*"),
      },
    });
    const { args, metrics: judged } = get("checkout-analysis-latency-p99").spec as {
      args: unknown;
      metrics: readonly Json[];
    };
    assert.deepEqual(args, [{ name: "pod-hash" }, { name: "ignored-uris" }]);
    const pods = 'namespace="shop",app="checkout",pod=~"checkout-{{args.pod-hash}}-.*",uri!~"{{args.ignored-uris}}"';
    assert.deepEqual(
      judged.map(({ count, inconclusiveLimit, provider }) => ({ count, inconclusiveLimit, provider })),
      [
        {
          count: 10,
          inconclusiveLimit: 3,
          provider: {
            prometheus: {
              address: "http://prometheus.monitoring:9090",
              query: `1000 * histogram_quantile(0.99, sum by (le) (rate(http_server_requests_seconds_bucket{${pods}}[1m])))`,
            },
          },
        },
      ],
    );
  });

  for (const [kind, stack] of [
    ["canary", CANARY],
    ["blueGreen", BLUE_GREEN],
  ] as const) {
    it(`changes exactly one resource with the version (${kind})`, async () => {
      const blue = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
      const before = await recordService(stack);
      const after = await recordService({ ...stack, release: { ...STACK.release, blue } });
      const changed = after.resources.filter(
        ({ inputs, name }) => JSON.stringify(inputs) !== JSON.stringify(before.get(name)),
      );
      assert.deepEqual(
        changed.map(({ name }) => name),
        ["checkout-rollout"],
      );
    });
  }
});
