import assert from "node:assert/strict";
import { metricSource } from "../../config/metric-presets.ts";
import { counterPreset } from "../../config/metric-source.ts";
import { forecast, type Ground } from "../../release/forecast.ts";
import { foretell } from "../../release/foretell.ts";
import { expectDetection } from "../../release/gate/foresight.ts";
import { observe, openGate, thresholdsOf } from "../../release/gate/gate.ts";
import { measureTraffic } from "../../release/gate/traffic.ts";
import { planRelease } from "../../release/plan.ts";
import { renderForecast } from "../../release/report/forecast-text.ts";
import { gateParameters } from "../../release/gate/baseline.ts";
import { stackConfig } from "./world.ts";

/** The errors alone. */
const gate = gateParameters(stackConfig({ gate: { latency: "off" } }).gate);
const NOW = Date.UTC(2026, 10, 20, 15, 30);
const ground = (rps: number, failing = 0.001): Ground => ({
  gate,
  scrapeIntervalMs: 15_000,
  traffic: { rps, failing, overMs: 300_000 },
  now: NOW,
});
const planOf = (strategy: Record<string, unknown> = {}) => {
  const config = stackConfig({ strategy: { kind: "canary", ...strategy }, gate: {} });
  return planRelease(config, { version: "1.1.0", image: "checkout:1.1.0" });
};

describe("what stable's hour bears on a forecast", () => {
  const hour = { dispersion: 3, incidentMs: 300_000 };
  const first = (given: Ground) => forecast(planOf(), given).stages[0];

  it("is that it takes so many times more requests to see a fault, and to prove a good version", () => {
    const [plain, scattered] = [ground(200), { ...ground(200), hour }].map((given) => first(given));
    const [quick, slow] = [plain, scattered].map((stage) => (stage?.faults[0]?.seenAfterMs ?? NaN) - 7_500);
    assert.ok(Math.abs((slow ?? NaN) / (quick ?? NaN) - 3) < 0.01, `${slow} after ${quick}`);
    assert.ok((scattered?.expectedMs ?? 0) >= (plain?.expectedMs ?? Infinity));
  });

  it("is told with the plan", () => {
    const plan = planOf();
    const text = renderForecast(forecast(plan, { ...ground(200), hour }), { app: "a", stack: "s", plan, segments: [] });
    const told = text.replaceAll(/\s+/g, " ");
    assert.match(told, / failures come 3\.0 at once: it takes as many times more to see a fault, as told below /);
    assert.match(told, / its last hour was an incident for 5 m, which is left out /);
    assert.doesNotMatch(
      renderForecast(forecast(plan, ground(200)), { app: "a", stack: "s", plan, segments: [] }),
      /hour was/,
    );
  });
});

describe("foresight", () => {
  const at = (rps: number, fault: number, share?: number) =>
    expectDetection(gate, { fault, stable: 0.001, ...(share === undefined ? {} : { share }) }, rps, 15_000).ms / 1_000;

  it("foretells what the gate reaches in simulation, within 20 % or 3 s", () => {
    for (const [rps, share, fault, median] of [
      [2, 0.01, 0.02, 104],
      [2, 0.01, 0.05, 36],
      [2, 0.01, 0.2, 14],
      [2, 0.01, 1, 9],
      [10, 0.05, 0.02, 33],
      [10, 0.05, 0.05, 16],
      [10, 0.05, 0.2, 10],
      [10, 0.05, 1, 9],
    ] as const) {
      const seconds = at(rps, fault, share);
      assert.ok(
        Math.abs(seconds - median) <= Math.max(3, median * 0.2),
        `${share} ${fault}: ${seconds}, not ${median}`,
      );
    }
  });

  it("agrees with the gate itself where stable is small, too: evenly spread, at half of the traffic", () => {
    const fault = 0.02;
    let state = openGate(gate, 0);
    let ms = 0;
    while (state.highest.relative < thresholdsOf(gate).relative) {
      ms += 1_000;
      const canary = { requests: 5, failed: 5 * fault };
      state = observe(gate, state, { at: ms, spanMs: 1_000, canary, stable: { requests: 5, failed: 0.005 } });
    }
    const foretold = at(5, fault, 0.5) - 7.5;
    assert.ok(Math.abs(foretold - ms / 1_000) / foretold < 0.2, `${foretold} s, but the gate took ${ms / 1_000} s`);
  });

  it("knows what is never seen: what is tolerated, and without stable what the limit allows", () => {
    assert.equal(at(2, 0.00125, 0.01), Infinity);
    assert.equal(at(200, 0.01, 1), Infinity);
    assert.ok(at(200, 0.02, 1) < 60);
  });
});

describe("today's traffic", () => {
  const config = stackConfig();
  const preset = counterPreset(metricSource(config));
  const series = (slot: string, name: string, ...values: readonly number[]) => ({
    labels: {
      __name__: name,
      job: "edge",
      instance: "1",
      cluster_name: `outbound|8080||checkout-${slot}.shop.svc.cluster.local`,
    },
    samples: values.map((value, i) => [i * 10_000, value] as const),
  });

  it("is what the live slot answered, restarts of what counts it included", () => {
    const requests = series("blue", "envoy_cluster_upstream_rq_completed", 100, 300, 200, 400);
    const failed = series("blue", "envoy_cluster_upstream_rq_xx", 0, 2, 1, 3);
    assert.deepEqual(measureTraffic([requests, failed], preset, "blue"), { rps: 20, failing: 5 / 600, overMs: 30_000 });
    assert.equal(measureTraffic([requests, failed], preset, "green"), undefined);
    assert.equal(measureTraffic([series("blue", "envoy_cluster_upstream_rq_completed", 5)], preset, "blue"), undefined);
  });

  it("that cannot be read leaves a forecast that says so", async () => {
    const clock = { now: () => NOW, sleep: () => Promise.resolve() };
    const metrics = {
      readCounters: () => Promise.reject(new Error("Prometheus: ECONNREFUSED")),
      ask: () => Promise.reject(new Error("not asked for")),
    };
    const { traffic, warnings } = await foretell(planOf(), config, { clock, metrics });
    assert.equal(traffic, undefined);
    assert.deepEqual(warnings, [
      "Stable's traffic is not counted (Prometheus: ECONNREFUSED): what a stage will show cannot be told.",
    ]);
  });
});

describe("the forecast of a release", () => {
  it("finds a first stage too small, and a better one", () => {
    const { firstWeight, warnings } = forecast(planOf({ weights: [1, 25, 100] }), ground(50));
    assert.equal(firstWeight, 3);
    assert.deepEqual(warnings, [
      "1 % is too small a first stage: a version that fails in 1 % of its requests is seen after 19 m 32 s, but the " +
        "stage ends after 10 m. Begin at 3 %: 7 m.",
    ]);
    assert.deepEqual(forecast(planOf({ weights: [3, 25, 100] }), ground(50)).warnings, []);
  });

  it("adds the times up: least, most with all approvals, and for a good version", () => {
    const weights = [5, { weight: 50, minStepTime: "5m", maxStepTime: "20m", approval: { timeout: "30m" } }, 100];
    const { expectedMs, leastMs, mostMs } = forecast(planOf({ weights, bake: "5m" }), ground(10_000));
    assert.deepEqual(
      [leastMs, mostMs, expectedMs].map((ms) => (ms ?? 0) / 60_000),
      [12, 75, 12],
    );
    const slow = forecast(planOf({ weights: [5, 50, 100], bake: "5m" }), ground(20));
    assert.ok((slow.expectedMs ?? 0) > slow.leastMs && (slow.expectedMs ?? 0) < slow.mostMs);
  });

  it("warns where a good version would be paused, and why", () => {
    assert.deepEqual(forecast(planOf({ weights: [25, 100] }), ground(1)).warnings.slice(1), [
      "There are too few requests in 10 m: a good version is not proved below the limit at 25 %, and the release pauses there.",
    ]);
    assert.deepEqual(forecast(planOf({ weights: [5, 100] }), ground(5_000, 0.0095)).warnings, [
      "Stable itself fails in 0.95 % of its requests, too near to the limit of 1 %: a good version is not proved below the " +
        "limit at 100 %, and the release pauses there.",
    ]);
  });

  it("warns of a service without traffic, and of a window that is too short", () => {
    assert.deepEqual(forecast(planOf(), ground(0)).warnings, [
      "Stable has no traffic: no weight could be seen in force, and nothing proved.",
    ]);
    const windows = [{ from: "09:00", to: "15:35" }];
    assert.deepEqual(forecast(planOf({ windows }), ground(5_000)).warnings, [
      "The window closes in 5 m, before a good version is through: steps after that wait for the next one.",
    ]);
  });

  it("fits into 80 columns, whatever the numbers", () => {
    const windows = [{ from: "09:00", to: "17:00", timeZone: "America/Argentina/Buenos_Aires" }];
    const weights = [1, { weight: 25, approval: {} }, { weight: 100, minStepTime: "90s", maxStepTime: "90m" }];
    for (const rps of [0.02, 3, 200, 12_345, 2_000_000]) {
      for (const failing of [0, 0.001, 0.009, 0.3]) {
        const plan = planOf({ weights, windows });
        const text = renderForecast(forecast(plan, ground(rps, failing)), {
          app: "checkout",
          stack: "production",
          plan,
          segments: [],
        });
        for (const line of text.split("\n")) assert.ok(line.length <= 80, `${line.length}: ${line}`);
      }
    }
  });

  it("reads like this", () => {
    const windows = [{ days: ["fri"], from: "09:00", to: "17:00", timeZone: "Europe/Berlin" }];
    const plan = planOf({ weights: [1, 5, { weight: 25, approval: {} }, 100], windows });
    const segments = stackConfig({
      audience: {
        segments: [
          { name: "internal", goesTo: "candidate", when: [{ userAgent: "x" }] },
          { name: "enterprise", goesTo: "stable", when: [{ userAgent: "y" }] },
        ],
      },
    }).audience.segments;
    const text = renderForecast(forecast(plan, ground(200)), { app: "checkout", stack: "production", plan, segments });
    assert.equal(text, EXPECTED);
  });
});

const EXPECTED = `\
checkout 1.0.0 (blue) → 1.1.0 (green) on stack production

Traffic    200 requests/s on stable, 0.1 % failing (over 5 m)
Time       12 m 11 s for a version as good as stable; at least 9 m, at most 1 h
           45 m (pauses, and what Pulumi and the pods take, come on top)
Window     open until Fri 20 Nov 17:00 Europe/Berlin
Segments   internal before the first stage; enterprise only after the promotion

A version that fails in this share of its requests, from that stage on, is taken
off after this time / with so many failed (! later than the stage may last):

stage  to it   stays       100 %         20 %          5 %          2 %
  1 %  2/s     1m–10m         8s / 17     12s / 5      35s / 4    1m44s / 5
  5 %  10/s    1m–10m         8s / 78      9s / 18     14s / 8      30s / 7
       waits for an approval; rejected after 1 h without an answer
 25 %  50/s    1m–10m         8s / 381     8s / 81     10s / 26     16s / 16
100 %  200/s   1m–10m         8s / 1.5k    8s / 304     8s / 84     16s / 65
bake           5m           with the gate on, at 100 %
guard          10m          with the gate on, the old version warm until its end`;
