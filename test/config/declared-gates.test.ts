import assert from "node:assert/strict";
import { declaredGates, type DeclaredGate } from "../../config/gate-presets.ts";
import { parseQuery } from "../../config/query-template.ts";
import type { StackConfig } from "../../config/schema.ts";
import { STACK, stackConfig } from "../release/world.ts";
import { problemsOf } from "./problems.ts";

const QUERY = 'sum(orders{slot="{{ slot }}"})';
const gates = (declared: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  ...STACK,
  gate: { ...STACK.gate, declared },
  ...more,
});
const gateNamed = (name: string, declared: Record<string, unknown> = {}): DeclaredGate => {
  const found = declaredGates(stackConfig(gates(declared))).find((gate) => gate.name === name);
  assert.ok(found !== undefined, name);
  return found;
};

describe("declared gates", () => {
  it("are the emergencies where nobody declares any", () => {
    const rollBack = declaredGates(stackConfig()).map(
      ({ consecutiveFailureLimit, interval, limit, name, onFailure, required, window, worse }) => {
        return { name, worse, limit, forMs: (consecutiveFailureLimit + 1) * interval, window, onFailure, required };
      },
    );
    const common = { worse: "higher", window: 60_000, onFailure: "rollback", required: false };
    assert.deepEqual(rollBack, [
      { name: "emergencyErrors", limit: 0.1, forMs: 300_000, ...common },
      { name: "emergencyLatency", limit: 1, forMs: 90_000, ...common },
    ]);
  });

  it("roll back at once where failing requests are not to be borne for a moment", () => {
    const [errors] = declaredGates(stackConfig({ gate: { emergency: { errorsFor: "0s" } } }));
    assert.deepEqual([errors?.consecutiveFailureLimit, errors?.interval], [0, 2_000]);
  });

  it("are none where the emergencies are off", () => {
    const emergency = { errorShare: "off", latencyP95: "off" };
    assert.deepEqual(declaredGates(stackConfig({ gate: { emergency } })), []);
  });

  for (const [preset, expected] of [
    ["cpu", { worse: "higher", limit: 0.8 }],
    ["memory", { worse: "higher", limit: 0.85 }],
    ["heap", { worse: "higher", limit: 0.85 }],
    ["throughput", { worse: "lower", compare: { by: "ratio", limit: 0.5 } }],
    ["errorShare", { worse: "higher", limit: 0.1 }],
    ["latencyP95", { worse: "higher", limit: 1, unit: "seconds" }],
    ["conversion", { worse: "lower", compare: { by: "ratio", limit: 0.9, passAt: 1 }, window: 600_000 }],
    ["satisfaction", { worse: "lower", limit: 3, passAt: 4 }],
  ] as const) {
    it(`know ${preset}`, () => {
      const business = preset === "conversion" || preset === "satisfaction" ? { query: QUERY } : {};
      const gate = gateNamed("x", { x: { preset, ...business } });
      assert.deepEqual({ ...gate, ...expected }, gate);
      assert.ok(gate.required);
      for (const query of Object.values(gate.queries)) assert.ok("holes" in parseQuery(query), query);
    });
  }

  it("take what is said over what the preset has, and that over the defaults", () => {
    const gate = gateNamed("x", { x: { preset: "satisfaction", query: QUERY, limit: 2, interval: "5s" } });
    assert.deepEqual(
      [gate.limit, gate.passAt, gate.interval, gate.window, gate.inconclusiveLimit],
      [2, 4, 5_000, 600_000, 9],
    );
  });

  it("look back over at least four scrapes, and are measured first after that", () => {
    const slow = { metrics: { ...STACK.metrics, scrapeInterval: "30s" } };
    const [cpu] = declaredGates(stackConfig(gates({ cpu: { preset: "cpu" } }, slow)));
    assert.deepEqual([cpu?.window, cpu?.warmup], [120_000, 120_000]);
    const rare = { metrics: { ...STACK.metrics, scrapeInterval: "1m" } };
    assert.deepEqual(
      declaredGates(stackConfig(gates({ cpu: { preset: "cpu" } }, rare))).map(({ interval }) => interval),
      [60_000, 60_000, 60_000],
    );
    assert.equal(gateNamed("x", { x: { preset: "cpu", warmup: "5m" } }).warmup, 300_000);
  });

  it("divide by the limits of the pods", () => {
    const cpu = gateNamed("x", { x: { preset: "cpu" } });
    assert.equal(
      cpu.queries.green,
      'avg(sum by (pod) (rate(container_cpu_usage_seconds_total{namespace="{{ namespace }}",' +
        'pod=~"{{ app }}-{{ slot }}-.*",container="checkout"}[{{ window }}]))) / 2',
    );
  });

  it("know the heap by both names that Micrometer has given it", () => {
    assert.equal(
      gateNamed("x", { x: { preset: "heap" } }).queries.blue,
      'max({__name__=~"jvm_memory_usage_after_gc(_percent)?",namespace="{{ namespace }}",app="{{ app }}",' +
        'slot="{{ slot }}",area="heap"})',
    );
  });

  it("tell the slots apart as the gate's counters do", () => {
    const { queries } = gateNamed("emergencyLatency");
    assert.match(queries.blue, /checkout-blue\.shop/);
    assert.match(queries.green, /checkout-green\.shop/);
  });

  it("call a p95 an emergency far beyond the limit, and only where it rests on enough requests", () => {
    const limitOf = (gate: Record<string, unknown>) =>
      declaredGates(stackConfig({ gate })).find(({ name }) => name === "emergencyLatency")?.limit;
    assert.equal(limitOf({ latency: "off" }), 1);
    assert.equal(limitOf({ latency: { limit: "500ms" } }), 1);
    assert.equal(limitOf({ latency: { limit: "2s" } }), 4);
    assert.equal(limitOf({ latency: { limit: "2s" }, emergency: { latencyP95: "3s" } }), 3);
    const { inconclusiveLimit, queries } = gateNamed("emergencyLatency");
    assert.equal(inconclusiveLimit, Infinity);
    assert.match(
      queries.green,
      /^\(histogram_quantile\(.* and sum\(increase\(.* >= 100\) or histogram_quantile\(.* \* NaN$/,
    );
  });

  it("have queries for every source of metrics", () => {
    const hosts = ["checkout.example.com"];
    for (const [preset, router] of [
      ["istio", STACK.router],
      ["spring", { kind: "selector" }],
      ["ingressNginx", { kind: "ingressNginx", hosts }],
      ["gateway", { kind: "gateway", hosts, gateways: ["gateways/public"], countSlots: true }],
    ] as const) {
      const strategy = preset === "spring" ? { kind: "blueGreen", bake: "30s" } : STACK.strategy;
      const config = stackConfig({ router, strategy, metrics: { ...STACK.metrics, preset } });
      for (const { queries } of declaredGates(config)) {
        for (const query of Object.values(queries)) assert.ok("holes" in parseQuery(query), query);
      }
    }
  });

  const good = { query: QUERY, worse: "higher", limit: 1 };
  for (const [title, declared, problems, more] of [
    [
      "every fault at once, each with its place",
      {
        a: { query: "sum(rate(orders[5m])", worse: "higher", limit: 1 },
        b: { preset: "conversion" },
        c: { query: QUERY },
      },
      [
        "a.query: line 1, column 21: ends too early: a bracket or an operand is missing",
        "b.query: is missing: only the service knows its conversion",
        'c.worse: is missing: say whether "higher" or "lower" numbers are worse',
        "c.limit: is missing: give a limit, or compare",
      ],
    ],
    ["no query", { a: { worse: "lower", limit: 1 } }, ["a.query: is missing: there is no preset to know it"]],
    [
      "a bad name",
      { "A b": good },
      ["A b: is no name: use up to 40 letters, digits and '-', beginning with a small letter"],
    ],
    [
      "the name of an emergency",
      { emergencyErrors: good },
      [
        "emergencyErrors: is the name of a gate that is there already: change it under gate.emergency, or take another name",
      ],
    ],
    [
      "passAt beyond limit",
      { a: { ...good, passAt: 2 } },
      ["a.passAt: is above limit (1), and higher is worse (is 2)"],
    ],
    [
      "passAt alone",
      { a: { ...good, limit: undefined, compare: { by: "ratio", limit: 2 }, passAt: 2 } },
      ["a.passAt: has no limit that it goes with"],
    ],
    [
      "a ratio that stable itself would not pass",
      { a: { query: QUERY, worse: "lower", compare: { by: "ratio", limit: 1.1 } } },
      [
        "a.compare.limit: lower is worse, so a candidate like stable would fail: it must be above 0, and 1 or below (is 1.1)",
      ],
    ],
    [
      "a negative difference",
      { a: { query: QUERY, worse: "lower", compare: { by: "difference", limit: -1 } } },
      ["a.compare.limit: is below 0: it is how much worse than stable the candidate may be (is -1)"],
    ],
    [
      "a comparison that passes where it fails",
      { a: { query: QUERY, worse: "higher", compare: { by: "ratio", limit: 1.2, passAt: 1.3 } } },
      ["a.compare.passAt: is worse than limit (1.2) (is 1.3)"],
    ],
    [
      "a comparison of one number with itself",
      { a: { query: "sum(orders)", worse: "higher", compare: { by: "ratio", limit: 1.2 } } },
      ["a.query: has neither {{ slot }} nor {{ version }}: candidate and stable would give the same number"],
    ],
    [
      "nothing but a comparison, in blue/green",
      { a: { query: QUERY, worse: "higher", compare: { by: "ratio", limit: 1.2 } } },
      ["a.compare: blue/green never has both versions under traffic at a time: give a limit"],
      { strategy: { kind: "blueGreen", bake: "30s" } },
    ],
    [
      "a window without a rate",
      { a: { ...good, window: "3s" } },
      ["a.window: is shorter than two scrapes (4 s): there is no rate in it"],
    ],
    [
      "an interval below the scrapes'",
      { a: { ...good, interval: "1s" } },
      ["a.interval: is shorter than metrics.scrapeInterval (2 s): the same scrape would be measured twice"],
    ],
    [
      "a strategy that nobody drives",
      { a: good },
      ["a: strategy experiment is not driven by the release program, which asks these queries: remove it"],
      { strategy: { kind: "experiment" } },
    ],
  ] as const satisfies readonly (readonly [
    string,
    Record<string, unknown>,
    readonly string[],
    Partial<Record<keyof StackConfig, unknown>>?,
  ])[]) {
    it(`refuse ${title}`, () => {
      const expected = problems.map((problem) => `sluice:gate.declared.${problem}`);
      assert.deepEqual(problemsOf(gates(declared, more)), expected);
    });
  }
});
