import assert from "node:assert/strict";
import type { EventOf, ReleaseEvent } from "../../release/events.ts";
import { isTold, STACK, stackConfig, World, type WorldOptions } from "./world.ts";

function find<T extends ReleaseEvent["type"]>(world: World, type: T): EventOf<T> {
  const event = world.events.find((candidate): candidate is EventOf<T> => candidate.type === type);
  assert.ok(event !== undefined, `no event ${type} among ${world.types.join(", ")}`);
  return event;
}

/** The events but for the samples and what the declared gates measure, each with its time since the start. */
function story(world: World): readonly string[] {
  const start = world.events[0]?.at ?? 0;
  return world.events
    .filter(isTold)
    .map((event) => `${(event.at - start) / 1_000} ${event.type}${"weight" in event ? ` ${event.weight}` : ""}`);
}

const failsAt =
  (weight: number, share: number): NonNullable<WorldOptions["failing"]> =>
  (_ms, weights) => ({
    blue: 0,
    green: weights.green >= weight ? share : 0,
  });

describe("a release", () => {
  it("brings a good version to all traffic, step by step", async () => {
    const world = new World();
    assert.equal(await world.release(), 0);
    assert.deepEqual(story(world), [
      "0 planned",
      "0 deploying",
      "2 ready",
      "2 checked",
      "2 warming",
      "2 warmed",
      "2 baseline",
      "4 weight-set 5",
      "6 weight-observed 5",
      "42 decided 5",
      "44 weight-set 25",
      "46 weight-observed 25",
      "61 decided 25",
      "63 weight-set 50",
      "66 weight-observed 50",
      "81 decided 50",
      "83 weight-set 100",
      "86 weight-observed 100",
      "101 decided 100",
      "131 decided 100",
      "133 reconciled",
      "133 promoted",
      "133 finished",
    ]);
    assert.deepEqual(world.inForce, {
      live: "green",
      weight: 0,
      serial: 7,
      blue: { version: "1.0.0", image: "checkout:1.0.0", replicas: 2 },
      green: { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 },
    });
    assert.equal(find(world, "finished").outcome, "promoted");
  });

  it("raises the serial by one with every state that it saves", async () => {
    const world = new World();
    await world.release();
    assert.deepEqual(
      world.saved.map(({ serial, weight }) => [serial, weight]),
      [
        [2, 0],
        [3, 5],
        [4, 25],
        [5, 50],
        [6, 100],
        [7, 0],
      ],
    );
  });

  it("goes blue/green in one step", async () => {
    const world = new World({
      config: stackConfig({ strategy: { kind: "blueGreen", replicas: 2, bake: "30s", guard: "off" } }),
    });
    assert.equal(await world.release(), 0);
    assert.deepEqual(
      world.saved.map(({ weight }) => weight),
      [0, 100, 0],
    );
    assert.equal(world.inForce.live, "green");
  });

  describe("behind a Service's selector, where only pods count requests", () => {
    const config = stackConfig({
      router: { kind: "selector" },
      strategy: { kind: "blueGreen", replicas: 2, bake: "30s" },
      gate: { ...STACK.gate, latency: "off" },
    });

    it("brings a good version to all traffic", async () => {
      const world = new World({ config });
      assert.equal(await world.release(), 0);
      assert.equal(find(world, "weight-observed").weight, 100);
      assert.equal(world.inForce.live, "green");
    });

    it("takes a bad one off", async () => {
      const world = new World({ config, failing: failsAt(100, 0.2) });
      assert.equal(await world.release(), 2);
      assert.equal(find(world, "finished").outcome, "rolled-back");
      assert.equal(world.inForce.live, "blue");
    });
  });

  it("says of every sample in which mode it was judged", async () => {
    const world = new World();
    await world.release();
    const modes = world.events.flatMap((event) => (event.type === "sampled" ? [`${event.weight} ${event.mode}`] : []));
    assert.deepEqual([...new Set(modes)], ["5 comparing", "25 comparing", "50 comparing", "100 solo"]);
  });

  it("takes a version off that fails at 5 %, within seconds", async () => {
    const world = new World({ failing: failsAt(5, 0.2) });
    assert.equal(await world.release(), 2);
    const { reason, weight } = find(world, "rolling-back");
    assert.equal(weight, 5);
    assert.match(reason, /^fails more than 1\.25 times as often as stable: \d+ of \d+ requests failed/);
    assert.ok(find(world, "rolling-back").at - find(world, "weight-set").at <= 6_000);
    assert.equal(find(world, "finished").outcome, "rolled-back");
    assert.deepEqual(world.inForce, {
      live: "blue",
      weight: 0,
      serial: 4,
      blue: { version: "1.0.0", image: "checkout:1.0.0", replicas: 2 },
      green: { version: "1.1.0", image: "checkout:1.1.0", replicas: 0 },
      denied: { "1.1.0": reason },
    });
    assert.deepEqual(world.saved.at(-1), world.inForce);
  });

  it("does not wait for the update that is under way when the version turns bad", async () => {
    const world = new World({
      failing: failsAt(5, 0.5),
      upTakesMs: 2_000,
      config: stackConfig({ gate: { minStepTime: "15s" } }),
    });
    // From the second step on an update takes a minute; the version turns bad during it.
    const slow = new World({
      failing: (ms, weights) => ({ blue: 0, green: ms > 50_000 && weights.green > 0 ? 0.5 : 0 }),
      beforeUp: async (state) => {
        if (state.weight === 25) await slow.clock.sleep(60_000);
      },
    });
    assert.equal(await world.release(), 2);
    assert.equal(await slow.release(), 2);
    const { at, weight } = find(slow, "rolling-back");
    assert.equal(weight, 25);
    assert.ok(find(slow, "traffic-back").at - at < 1_000);
    assert.ok(at - (slow.events[0]?.at ?? 0) < 60_000, "decided while the update still ran");
    assert.equal(slow.inForce.weight, 0);
  });

  it("judges by what stable was when it has no traffic any more, and says so", async () => {
    const world = new World({ failing: failsAt(100, 0.1) });
    assert.equal(await world.release(), 2);
    assert.match(
      find(world, "rolling-back").reason,
      /^fails more than 1\.25 times as often as stable did: before\/after, .* in the hour before/,
    );
    assert.equal(world.inForce.live, "blue");
  });

  it("pauses, and blames nobody, when both versions fail; goes on when it is over", async () => {
    const sick = (ms: number) => ms > 50_000 && ms < 80_000;
    const world = new World({ failing: (ms) => (sick(ms) ? { blue: 0.05, green: 0.05 } : { blue: 0, green: 0 }) });
    assert.equal(await world.release(), 0);
    const decisions = world.events.flatMap((event) => (event.type === "decided" ? [event.decision] : []));
    assert.ok(decisions.includes("pause"), decisions.join());
  });

  it("goes on soon after the worst of incidents, which is nobody's fault", async () => {
    const down = (ms: number) => ms > 50_000 && ms < 110_000;
    const world = new World({ failing: (ms) => (down(ms) ? { blue: 1, green: 1 } : { blue: 0, green: 0 }) });
    assert.equal(await world.release(), 0);
    const decided = world.events.flatMap((event) => (event.type === "decided" ? [event] : []));
    const paused = decided.findIndex(({ decision }) => decision === "pause");
    const [pause, next] = [decided[paused], decided[paused + 1]];
    assert.match(
      pause?.reason ?? "",
      /^both versions fail more than the limit of 1 %: 1?00 of 1?00 requests failed \(100 %\)/,
    );
    assert.ok(next !== undefined && next.at - world.startedAt < 122_000, JSON.stringify(next));
  });

  it("blames nobody for an incident that began before stable lost its traffic", async () => {
    const sick = (ms: number) => ms > 80_000 && ms < 105_000;
    const world = new World({ failing: (ms) => (sick(ms) ? { blue: 0.05, green: 0.05 } : { blue: 0, green: 0 }) });
    assert.equal(await world.release(), 0);
    const observed = world.events.find((event) => event.type === "weight-observed" && event.weight === 100);
    assert.ok(observed !== undefined && sick(observed.at - world.startedAt), "the last weight came in its midst");
  });

  it("gives a pause up after its deadline", async () => {
    const config = stackConfig({ gate: { minStepTime: "15s", pauseDeadline: "1m" } });
    const world = new World({
      config,
      failing: (ms) => (ms > 50_000 ? { blue: 0.05, green: 0.05 } : { blue: 0, green: 0 }),
    });
    assert.equal(await world.release(), 2);
    assert.match(find(world, "rolling-back").reason, /^paused for 1 m: both versions fail more than the limit of 1 %/);
  });

  it("never goes on without metrics: pauses, then takes the traffic back", async () => {
    const config = stackConfig({ gate: { minStepTime: "15s", pauseDeadline: "1m" } });
    const world = new World({
      config,
      beforeRead: () => {
        const elapsed = world.clock.now() - world.startedAt;
        if (elapsed > 20_000 && !world.types.includes("rolling-back")) throw new Error("Prometheus: ECONNREFUSED");
      },
    });
    assert.equal(await world.release(), 2);
    assert.match(
      find(world, "rolling-back").reason,
      /^paused for 1 m: metrics cannot be read \(Prometheus: ECONNREFUSED\)/,
    );
    assert.equal(find(world, "rolling-back").weight, 5);
  });

  it("gives up when the weight never shows in the requests", async () => {
    const world = new World({ rps: 0 });
    assert.equal(await world.release(), 2);
    assert.match(
      find(world, "rolling-back").reason,
      /^waited 68 s in vain for 5 % of the requests to reach the candidate/,
    );
  });

  it("refuses a version whose checks fail, before any user sees it", async () => {
    const world = new World({ check: { ok: false, passed: 2, problem: "status 500, not 200" } });
    assert.equal(await world.release(), 2);
    const { canary, outcome, reason } = find(world, "finished");
    assert.equal(outcome, "refused");
    assert.equal(reason, "checks before any traffic: GET /api/quote failed 3 of 5 times (status 500, not 200)");
    assert.deepEqual(canary, { requests: 0, failed: 0 });
    assert.ok(world.saved.every(({ weight }) => weight === 0));
    assert.equal(world.inForce.green?.replicas, 0);
    assert.equal(world.clock.sleeping, 0, "a sleep goes on: the program would not end");
  });

  it("refuses a version whose pods cannot start, without waiting for the update's own timeout", async () => {
    const problem = "the cluster cannot get image checkout:1.1.0 (ErrImageNeverPull, pod checkout-green-x)";
    const world = new World({ pods: () => ({ ready: 0, wanted: 2, problem }), upTakesMs: 300_000 });
    assert.equal(await world.release(), 2);
    const { outcome, reason } = find(world, "finished");
    assert.equal(outcome, "refused");
    assert.equal(reason, `version 1.1.0 cannot start: ${problem}`);
    assert.ok(find(world, "rolling-back").at - find(world, "deploying").at < 2_000);
  });

  it("refuses a version whose pods never become ready", async () => {
    const config = stackConfig({ workload: { readyTimeout: "30s" } });
    const world = new World({ config, pods: () => ({ ready: 1, wanted: 2 }) });
    assert.equal(await world.release(), 2);
    assert.equal(find(world, "finished").reason, "waited 30 s in vain for the pods of 1.1.0 to be ready");
  });
});
