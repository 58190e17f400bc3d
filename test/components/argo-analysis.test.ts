import assert from "node:assert/strict";
import fc from "fast-check";
import { renderStrategy } from "../../components/argo/strategy.ts";
import { ConfigError, parseStackConfig } from "../../config/parse.ts";
import { BLUE_GREEN, CANARY, metrics } from "./argo-stacks.ts";
import { recordService } from "./recorder.ts";

type Json = Readonly<Record<string, unknown>>;

const withStrategy = (changes: object) => ({ ...CANARY, strategy: { ...CANARY.strategy, ...changes } });

describe("Argo's analysis", () => {
  it("measures what the edge sent to the new version, without an end, and fails on silence", async () => {
    const { get } = await recordService(CANARY);
    const cluster = 'cluster_name="outbound|8080||checkout-preview.shop.svc.cluster.local"';
    const common = { interval: "60s", consecutiveErrorLimit: 4 };
    const prometheus = (query: string) => ({ prometheus: { address: "http://prometheus.monitoring:9090", query } });
    const measured = "len(result) > 0 && !isNaN(result[0])";
    assert.deepEqual((get("checkout-analysis-success-rate") as { spec: Json }).spec, {
      metrics: [
        {
          name: "success-rate",
          ...common,
          provider: prometheus(
            `(sum(rate(envoy_cluster_upstream_rq_xx{envoy_response_code_class!~"5",${cluster}}[1m])) or vector(0)) / ` +
              `sum(rate(envoy_cluster_upstream_rq_completed{${cluster}}[1m]))`,
          ),
          initialDelay: "60s",
          successCondition: `${measured} && result[0] >= 0.99`,
          failureCondition: `${measured} && result[0] < 0.99`,
          failureLimit: 3,
          inconclusiveLimit: 1_000_000,
        },
        {
          name: "requests",
          ...common,
          provider: prometheus(`sum(increase(envoy_cluster_upstream_rq_completed{${cluster}}[4m]))`),
          initialDelay: "240s",
          successCondition: `${measured} && result[0] > 0`,
          failureCondition: "len(result) == 0 || isNaN(result[0]) || result[0] <= 0",
          failureLimit: 0,
          inconclusiveLimit: 0,
        },
      ],
    });
    assert.deepEqual((get("checkout-analysis-latency-p99") as { spec: Json }).spec, {
      metrics: [
        {
          name: "latency-p99",
          ...common,
          provider: prometheus(
            `histogram_quantile(0.99, sum by (le) (rate(envoy_cluster_upstream_rq_time_bucket{${cluster}}[1m])))`,
          ),
          initialDelay: "60s",
          successCondition: `${measured} && result[0] < 100`,
          failureCondition: `${measured} && result[0] >= 100`,
          failureLimit: 3,
          inconclusiveLimit: 1_000_000,
        },
      ],
    });
  });

  const sources = [
    ["istio", 'istio_requests_total{response_code!~"5..",reporter="source",destination_service_namespace="shop",'],
    [
      "spring",
      'http_server_requests_seconds_count{status!~"5..",namespace="shop",app="checkout",pod=~"checkout-{{args.pod-hash}}-.*",',
    ],
  ] as const;
  for (const [preset, selector] of sources) {
    it(`measures by ${preset} where the stack says so`, async () => {
      const { get } = await recordService({ ...CANARY, metrics: { ...metrics, preset } });
      const { metrics: judged } = get("checkout-analysis-success-rate").spec as {
        metrics: readonly { provider: { prometheus: { query: string } } }[];
      };
      const query = judged[0]?.provider.prometheus.query ?? "";
      assert.ok(query.startsWith(`(sum(rate(${selector}`), query);
    });
  }

  it("lets the analysis begin with the pause of its step, whatever the steps are", () => {
    const steps = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(steps, fc.nat(), (weights, choice) => {
        const analyseFromStep = 1 + (choice % weights.length);
        const plan = {
          kind: "canary",
          steps: weights.toSorted((a, b) => a - b).map((weight) => ({ weight, pause: "1h" })),
          analyseFromStep,
        };
        const { app, metrics: read, strategy } = parseStackConfig(withStrategy({ plan }), "test");
        assert.ok(strategy.kind === "argo" && read !== undefined);
        const { analysis, steps: rendered } = renderStrategy(app, strategy, read).canary ?? {};
        const begins = rendered?.[analysis?.startingStep ?? -1];
        assert.deepEqual(begins, { pause: { duration: "3600s" } });
        const before = rendered?.[(analysis?.startingStep ?? 0) - 1];
        assert.equal(before?.setWeight, plan.steps[analyseFromStep - 1]?.weight);
      }),
    );
  });

  const step = (weight: number, pause = "1h") => ({ weight, pause });
  const refusals: readonly (readonly [string, object, readonly string[]])[] = [
    ["no metrics", { ...CANARY, metrics: undefined }, ["sluice:metrics: is missing: strategy argo needs it"]],
    [
      "weights that do not rise",
      withStrategy({ plan: { kind: "canary", steps: [step(10), step(10), step(5)] } }),
      [
        "sluice:strategy.plan.steps[1].weight: is not above the step before it (10) (is 10)",
        "sluice:strategy.plan.steps[2].weight: is not above the step before it (10) (is 5)",
      ],
    ],
    [
      "an analysis from a step that there is not",
      withStrategy({ plan: { kind: "canary", steps: [step(10)] } }),
      ["sluice:strategy.plan.analyseFromStep: is above the number of steps (1): the analysis would never run (is 2)"],
    ],
    [
      "an analysis that comes too late",
      withStrategy({ plan: { kind: "canary", steps: [step(10), step(20, "2m")] } }),
      [
        "sluice:strategy.plan.steps: the steps from number 2 on last 2 m, but the analysis can only fail after 4 m: " +
          "make pauses longer, or interval or failureLimit smaller",
      ],
    ],
    [
      "measuring more often than is scraped",
      withStrategy({ analysis: { interval: "5s" } }),
      [
        "sluice:strategy.analysis.interval: is shorter than metrics.scrapeInterval (15 s): the same scrape would be " +
          "measured twice",
      ],
    ],
    [
      "a source that cannot tell the versions apart",
      { ...BLUE_GREEN, metrics: { ...metrics, preset: "envoy" } },
      ["sluice:metrics.preset: strategy argo has no slots, which envoy would count by: use spring"],
    ],
    [
      "a router that its plan cannot use",
      { ...CANARY, router: { kind: "selector" } },
      ["sluice:router.kind: Argo's canary needs router istio"],
    ],
    [
      "an audience",
      { ...CANARY, audience: { sticky: { header: "x-bucket" } } },
      ["sluice:audience.sticky: strategy argo treats all users alike: remove it, or take strategy canary"],
    ],
  ];
  for (const [what, values, problems] of refusals) {
    it(`refuses ${what}`, () => assert.deepEqual(problemsOf(values), problems));
  }
});

function problemsOf(values: unknown): readonly string[] {
  try {
    parseStackConfig(values, "test");
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
}
