import assert from "node:assert/strict";
import type { EventOf, ReleaseEvent } from "../../release/events.ts";
import { Guards } from "../../release/guards.ts";
import { strictest } from "../../release/strictest.ts";
import { stackConfig, World, type WorldOptions } from "./world.ts";

const LOAD = {
  query: 'load{slot="{{ slot }}"}',
  worse: "higher",
  limit: 10,
  window: "10s",
  interval: "5s",
  warmup: "10s",
};

function world(load: Record<string, unknown>, options: WorldOptions = {}, gate: Record<string, unknown> = {}): World {
  const config = stackConfig({
    gate: {
      minStepTime: "15s",
      maxStepTime: "3m",
      emergency: { errorShare: "off", latencyP95: "off" },
      declared: { load: { ...LOAD, ...load } },
      ...gate,
    },
  });
  return new World({ config, ...options });
}

function all<T extends ReleaseEvent["type"]>({ events }: World, type: T): readonly EventOf<T>[] {
  return events.filter((event): event is EventOf<T> => event.type === type);
}

const reasonOf = (of: World) => all(of, "rolling-back")[0]?.reason;
const startOf = (of: World) => of.events[0]?.at ?? 0;

describe("declared gates in a release", () => {
  it("are told at the start, and let a good version through", async () => {
    const good = world({}, { ask: () => [5] });
    assert.equal(await good.release(), 0);
    assert.deepEqual(all(good, "gates")[0]?.gates, [{ name: "load", asks: "at most 10" }]);
    const changes = all(good, "measured").filter(({ changed }) => changed);
    assert.deepEqual(
      changes.map(({ result, shown, verdict, weight }) => [result, shown, verdict, weight]),
      [["passed", "5", "successful", 5]],
    );
  });

  it("are asked on their own interval, first when there was traffic for the warm-up", async () => {
    const good = world({}, { ask: () => [5] });
    await good.release();
    const [set] = all(good, "weight-set");
    const asked = all(good, "measured").map(({ askedAt }) => askedAt - (set?.at ?? 0));
    assert.ok((asked[0] ?? 0) >= 10_000, String(asked[0]));
    assert.ok((asked[0] ?? 0) < 11_500, String(asked[0]));
    for (const [k, at] of asked.entries()) assert.ok(k === 0 || at - (asked[k - 1] ?? 0) >= 5_000);
  });

  it("let no step go on before they passed over a window at its weight", async () => {
    const good = world({ window: "40s", interval: "2s" }, { ask: () => [5] });
    assert.equal(await good.release(), 0);
    const observed = all(good, "weight-observed");
    for (const [k, { at }] of all(good, "weight-set").slice(1).entries()) {
      assert.ok(at - (observed[k]?.at ?? 0) >= 40_000, `step ${k}`);
    }
  });

  it("take a version off that fails too often in a row", async () => {
    const bad = world({}, { ask: (_query, ms) => [ms > 60_000 ? 20 : 5] });
    assert.equal(await bad.release(), 2);
    assert.equal(reasonOf(bad), "gate load failed: 20 is above 10 (3 in a row)");
    const verdicts = all(bad, "measured").filter(({ changed }) => changed);
    assert.deepEqual(
      verdicts.map(({ verdict }) => verdict),
      ["successful", "open", "failed"],
    );
    assert.ok(all(bad, "decided").some(({ decision, reason }) => decision === "hold" && reason.includes("is failing")));
  });

  it("pause where that is wanted, until the pause's deadline", async () => {
    const bad = world({ onFailure: "pause" }, { ask: () => [20] }, { pauseDeadline: "1m" });
    assert.equal(await bad.release(), 2);
    assert.equal(reasonOf(bad), "paused for 1 m: gate load failed: 20 is above 10 (3 in a row)");
  });

  it("compare both versions at the same time, but not where stable has no traffic", async () => {
    const asked: string[] = [];
    const compared = world(
      { limit: undefined, compare: { by: "ratio", limit: 1.2 } },
      {
        ask: (query) => {
          asked.push(query);
          return [query.includes("green") ? 11 : 10];
        },
      },
    );
    assert.equal(await compared.release(), 0);
    const measured = all(compared, "measured");
    assert.deepEqual([measured[0]?.value, measured[0]?.stable, measured[0]?.shown], [11, 10, "11, stable 10"]);
    assert.deepEqual([...new Set(asked)], ['load{slot="green"}', 'load{slot="blue"}']);
    assert.ok(measured.every(({ weight }) => weight < 100));
  });

  it("fill in the share of the traffic of each version, only over windows at one weight", async () => {
    const asked = new Set<string>();
    const weighted = world(
      { query: 'load{slot="{{ slot }}"} / {{ weight }}', limit: undefined, compare: { by: "ratio", limit: 1.2 } },
      {
        ask: (query) => {
          asked.add(query);
          return [1];
        },
      },
    );
    assert.equal(await weighted.release(), 0);
    const expected = [5, 25, 50].flatMap((weight) => [
      `load{slot="green"} / ${weight}`,
      `load{slot="blue"} / ${100 - weight}`,
    ]);
    assert.deepEqual([...asked].sort(), [...new Set(expected)].sort());
  });

  for (const [title, ask, reason] of [
    [
      "an error",
      () => Promise.reject(new Error("Prometheus: 503")),
      /^paused for 1 m: gate load cannot be measured: Prometheus: 503/,
    ],
    [
      "no answer",
      () => new Promise<readonly number[]>(() => undefined),
      /gate load cannot be measured: Prometheus did not answer in time/,
    ],
    ["several series", () => [1, 2], /gate load cannot be measured: the query gave 2 series, not one/],
    ["no series", () => [], /gate load is inconclusive: there is no number for the candidate/],
    ["NaN", () => [NaN], /gate load is inconclusive: there is no number for the candidate/],
  ] as const) {
    it(`never take ${title} for a pass, and keep no look at the counters from being taken`, async () => {
      const blind = world({}, { ask }, { pauseDeadline: "1m" });
      assert.equal(await blind.release(), 2);
      assert.match(reasonOf(blind) ?? "", reason);
      assert.equal(all(blind, "rolling-back")[0]?.weight, 5);
      const times = all(blind, "sampled").map(({ at }) => at);
      assert.ok(times.every((at, k) => k === 0 || at - (times[k - 1] ?? 0) <= 2_000));
    });
  }

  it("do not wait for a gate that may only stop a release", async () => {
    const blind = world({ required: false }, { ask: () => [] });
    assert.equal(await blind.release(), 0);
  });

  it("roll back in an emergency, whatever else is known", async () => {
    const slow = (query: string) => (query.includes("histogram_quantile") ? 1.4 : 0);
    const world = new World({ ask: (query) => [slow(query)], config: stackConfig({ gate: { minStepTime: "60s" } }) });
    assert.equal(await world.release(), 2);
    assert.equal(reasonOf(world), "gate emergencyLatency failed: 1.4 s is above 1 s (3 in a row)");
    const failing = new World({
      config: stackConfig({ gate: { minStepTime: "10m", maxStepTime: "20m" } }),
      ask: (query) => [query.includes("histogram_quantile") ? 0.02 : 0.2],
    });
    assert.equal(await failing.release(), 2);
    assert.equal(reasonOf(failing), "gate emergencyErrors failed: 20 % is above 10 % (10 in a row)");
  });
});

describe("the rule about pods in a release", () => {
  const health = (ends: number, more = {}) =>
    ["a", "b"].map((uid) => ({ uid, ready: true, ends, oomKilled: false, ...more }));

  it("takes a version off whose pods restart, within seconds", async () => {
    const crashing = new World({ podHealth: (ms) => health(ms > 30_000 ? 4 : 3) });
    assert.equal(await crashing.release(), 2);
    assert.equal(reasonOf(crashing), "the candidate's pods restarted 2 times (rolls back at 2)");
    const at = (all(crashing, "rolling-back")[0]?.at ?? 0) - startOf(crashing);
    assert.ok(at > 30_000 && at <= 36_500, String(at));
  });

  it("takes a version off of which no pod is ready any more", async () => {
    const gone = new World({ podHealth: (ms) => health(0, { ready: ms < 30_000 }) });
    assert.equal(await gone.release(), 2);
    assert.equal(reasonOf(gone), "no pod of the candidate is ready");
  });

  it("holds nothing against a version that the API server does not tell", async () => {
    const silent = new World({ podHealth: () => Promise.reject(new Error("refused")) });
    assert.equal(await silent.release(), 0);
    const hanging = new World({ podHealth: () => new Promise(() => undefined) });
    assert.equal(await hanging.release(), 0);
  });
});

describe("the state of the guards", () => {
  it("goes on where it was, when it was written down and read again", async () => {
    const config = stackConfig({
      gate: { declared: { load: LOAD }, emergency: { errorShare: "off", latencyP95: "off" } },
    });
    const world = new World();
    let load = 20;
    const ports = {
      ...world.ports,
      metrics: { readCounters: () => Promise.resolve([]), ask: () => Promise.resolve([{ labels: {}, value: load }]) },
    };
    const versions = { blue: "1.0.0", green: "1.1.0" };
    const verdict = { decision: "advance", rule: "proved", reason: "" } as const;
    let guards = new Guards(config, "green", versions, ports);
    const decisions: string[] = [];
    for (let second = 0; second < 60; second += 1) {
      if (second === 40) load = 5;
      guards = new Guards(
        config,
        "green",
        versions,
        ports,
        JSON.parse(JSON.stringify(guards.state)) as Guards["state"],
      );
      for (let look = 0; look < 2; look += 1) {
        const standing = { pausedMs: undefined, pauseDeadlineMs: 600_000 };
        decisions.push(strictest(verdict, guards.look(5, 1_000_000), standing).decision);
        await world.clock.sleep(500);
      }
    }
    const changes = decisions.filter((decision, k) => decision !== decisions[k - 1]);
    assert.deepEqual(changes, ["wait", "hold", "rollback"]);
    assert.equal(guards.state.declared.records.load?.hasFailed, true);
  });
});
