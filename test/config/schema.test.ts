import assert from "node:assert/strict";
import { ConfigError, parseStackConfig } from "../../config/parse.ts";
import { STACK } from "../release/world.ts";

/** The problems of a stack file that differs from a good one at one place. */
function problemsOf(path: string, value: unknown): readonly string[] {
  const values: unknown = structuredClone(STACK);
  const keys = path.split(".");
  let at = values as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
  at[keys.at(-1) ?? ""] = value;
  try {
    parseStackConfig(values, "Pulumi.test.yaml");
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
}

describe("stack configuration", () => {
  it("takes its defaults from the schema", () => {
    const { gate, strategy, workload } = parseStackConfig({ ...STACK, gate: {}, strategy: { kind: "canary" } }, "x");
    assert.deepEqual(gate, {
      falseAlarm: 0.01,
      limit: 0.01,
      tolerate: 1.25,
      ignoreBelow: 0.001,
      latency: { limit: 100, percentile: 99, tolerateSlow: 1.25, compareFrom: 10 },
      minStepTime: 60_000,
      maxStepTime: 600_000,
      pauseDeadline: 600_000,
      silentDeadline: 120_000,
      declared: {},
      emergency: { errorShare: 0.1, errorsFor: 300_000, latencyP95: 1_000 },
      pods: { oomKills: 1, restarts: 2, unready: "rollback", interval: 5_000 },
      incidents: [],
    });
    assert.deepEqual(strategy, {
      kind: "canary",
      weights: [1, 5, 10, 25, 50, 100].map((weight) => ({ weight })),
      replicas: 3,
      bake: 300_000,
      guard: 600_000,
      afterGuard: "scaleDown",
      windows: [],
    });
    assert.deepEqual(workload.drain, { preStop: 15_000, shutdown: 30_000, grace: 45_000 });
    assert.deepEqual(workload.resources, {
      requests: { cpu: "500m", memory: "512Mi" },
      limits: { cpu: "2", memory: "1Gi" },
    });
  });

  const faults: readonly (readonly [string, unknown, string])[] = [
    ["gate.limt", 0.01, "sluice:gate.limt: no such setting; remove it or correct its name"],
    ["gates", {}, "sluice:gates: no such setting; remove it or correct its name"],
    ["gate.ignoreBelow", 0.05, "sluice:gate.ignoreBelow: must be below limit (0.01) (is 0.05)"],
    ["gate.minStepTime", "5m", "sluice:gate.minStepTime: is longer than maxStepTime"],
    [
      "gate.minStepTime",
      "5 minutes",
      'sluice:gate.minStepTime: write a number with its unit: "15s", "5m" or "250ms" (is "5 minutes")',
    ],
    ["gate.limit", 1, "sluice:gate.limit: Too big: expected number to be <1 (is 1)"],
    [
      "app.name",
      "Check_Out",
      "sluice:app.name: use lower-case letters, digits and '-', starting with a letter (is \"Check_Out\")",
    ],
    ["app.name", undefined, "sluice:app.name: is missing (string)"],
    ["strategy.weights", [5, 5, 100], "sluice:strategy.weights[1]: is not above the step before it (5) (is 5)"],
    ["strategy.weights", [25, 10, 100], "sluice:strategy.weights[1]: is not above the step before it (25) (is 10)"],
    ["strategy.weights", [5, 50], "sluice:strategy.weights[1]: the last step must be 100 (is 50)"],
    ["strategy.weights", [0, 100], "sluice:strategy.weights[0]: Too small: expected number to be >=1 (is 0)"],
    [
      "strategy.weights",
      [{ weight: 0 }, 100],
      "sluice:strategy.weights[0].weight: Too small: expected number to be >=1 (is 0)",
    ],
    ["strategy.weights", [{ wait: "5m" }, 100], "sluice:strategy.weights[0].weight: is missing (number)"],
    [
      "strategy.weights",
      [{ weight: 5, wait: "5m" }, 100],
      "sluice:strategy.weights[0].wait: no such setting; remove it or correct its name",
    ],
    ["strategy.weights", ["5", 100], 'sluice:strategy.weights[0]: Invalid input (is "5")'],
    [
      "strategy.weights",
      [{ weight: 5, minStepTime: "4m" }, 100],
      "sluice:strategy.weights[0].minStepTime: is longer than the stage's maxStepTime: raise that, too",
    ],
    [
      "strategy.weights",
      [{ weight: 5, maxStepTime: "5s" }, 100],
      "sluice:strategy.weights[0].maxStepTime: is shorter than the stage's minStepTime: lower that, too",
    ],
    [
      "strategy.windows",
      [{ timeZone: "Berlin" }],
      'sluice:strategy.windows[0].timeZone: is no IANA time zone, such as Europe/Berlin (is "Berlin")',
    ],
    [
      "strategy.windows",
      [{ from: "9:00" }],
      'sluice:strategy.windows[0].from: write a time of day as "09:00", at most "24:00" (is "9:00")',
    ],
    [
      "strategy.windows",
      [{ from: "09:00", to: "09:00" }],
      'sluice:strategy.windows[0].to: is the same as from: leave both out for "all day" (is "09:00")',
    ],
    [
      "checks.requests",
      [{ path: "/", status: "299-200" }],
      'sluice:checks.requests[0].status: write a range of statuses as "200-299" (is "299-200")',
    ],
    ["checks.requests", [{ path: "/", body: "x" }], "sluice:checks.requests[0].body: GET has no body"],
    [
      "checks.requests",
      [{ path: "/", answer: { matches: "(" } }],
      'sluice:checks.requests[0].answer.matches: is no regular expression (is "(")',
    ],
    [
      "strategy.kind",
      "bluegreen",
      "sluice:strategy.kind: Invalid discriminator value. Expected 'canary' | 'blueGreen' | 'rolling' | 'experiment' | 'argo' | 'replace' (is \"bluegreen\")",
    ],
    [
      "workload.drain",
      { grace: "30s" },
      "sluice:workload.drain.grace: must be at least preStop + shutdown, or requests in flight are cut off",
    ],
    [
      "workload.resources",
      { limits: { cpu: "1", memory: "256Mi" } },
      "sluice:workload.resources.requests.memory: is above its limit 256Mi",
    ],
    [
      "workload.resources",
      { limits: { cpu: "100m", memory: "1Gi" } },
      "sluice:workload.resources.requests.cpu: is above its limit 100m",
    ],
    [
      "workload.jvm",
      { options: ["Xint"] },
      'sluice:workload.jvm.options[0]: must start with "-" and contain no space (is "Xint")',
    ],
    ["workload.env", { "1X": "a" }, 'sluice:workload.env.1X: Invalid key in record (is "1X")'],
    ["router.gateways", ["public"], 'sluice:router.gateways[0]: write it as namespace/name (is "public")'],
    ["router.hosts", [], "sluice:router.hosts: Too small: expected array to have >=1 items"],
    ["checks", undefined, "sluice:checks: is missing: strategy canary needs it"],
    ["checks.baseUrl", "checkout.example.com", 'sluice:checks.baseUrl: Invalid URL (is "checkout.example.com")'],
    [
      "release.blue.image",
      "checkout:latest",
      "sluice:release.blue.image: 'latest' changes its meaning: use an immutable tag or a digest (is \"checkout:latest\")",
    ],
    [
      "release.blue.image",
      "checkout",
      'sluice:release.blue.image: name the image with a tag or a digest, for example registry.example.com/checkout:1.4.2 (is "checkout")',
    ],
    ["strategy.guard", "31m", "sluice:strategy.guard: write a time up to 30m, or off (is 1860000)"],
    ["release.live", "green", "sluice:release.green: is the live slot: give its version, image and replicas"],
    ["release.candidate", "blue", "sluice:release.candidate: is the live slot: a candidate takes the other one"],
    ["release.weight", 5, "sluice:release.weight: is above 0, but there is no candidate to send traffic to"],
    ["release.blue.replicas", 0, "sluice:release.blue.replicas: is 0 in the live slot: nothing would serve"],
    ["release.serial", 0, "sluice:release.serial: Too small: expected number to be >=1 (is 0)"],
  ];
  for (const [path, value, message] of faults) {
    it("judges no times where latency is off, and says what is wrong within it", () => {
      assert.deepEqual(problemsOf("gate.latency", "off"), []);
      assert.deepEqual(problemsOf("gate.latency", { limit: "250ms" }), []);
      assert.deepEqual(problemsOf("gate.latency", { compareFrom: "100ms" }), []);
      assert.deepEqual(problemsOf("gate.latency", { compareFrom: "0.2s" }), [
        'sluice:gate.latency.compareFrom: is above limit (100ms): only answers that break the limit would be compared (is "200ms")',
      ]);
      assert.deepEqual(problemsOf("gate.latency", { limit: "fast", percentile: 100, edge: 1 }), [
        'sluice:gate.latency.limit: write a number with its unit: "15s", "5m" or "250ms" (is "fast")',
        "sluice:gate.latency.percentile: Too big: expected number to be <100 (is 100)",
        "sluice:gate.latency.edge: no such setting; remove it or correct its name",
      ]);
      assert.equal(problemsOf("gate.latency", "on").length, 1);
    });

    it(`refuses ${path} = ${value === undefined ? "nothing" : JSON.stringify(value)}`, () => {
      const problems = problemsOf(path, value);
      assert.ok(problems.includes(message), problems.join("\n"));
    });
  }

  it("lists every problem at once", () => {
    const values = { ...STACK, gate: { limit: 2, tolerat: 1 }, app: { name: "checkout" }, extra: 1 };
    assert.throws(() => parseStackConfig(values, "Pulumi.test.yaml"), {
      name: "ConfigError",
      message: [
        "Pulumi.test.yaml: 4 problems",
        "  - sluice:app.namespace: is missing (string)",
        "  - sluice:gate.limit: Too big: expected number to be <1 (is 2)",
        "  - sluice:gate.tolerat: no such setting; remove it or correct its name",
        "  - sluice:extra: no such setting; remove it or correct its name",
      ].join("\n"),
    });
  });
});
