import assert from "node:assert/strict";
import type { EventOf, ReleaseEvent } from "../../release/events.ts";
import { STACK, stackConfig, World } from "./world.ts";

function find<T extends ReleaseEvent["type"]>(world: World, type: T): EventOf<T> {
  const event = world.events.find((candidate): candidate is EventOf<T> => candidate.type === type);
  assert.ok(event !== undefined, `no event ${type} among ${world.types.join(", ")}`);
  return event;
}

describe("a release whose answers are timed and whose requests are counted", () => {
  it("takes a version off that answers half of its requests 200 ms later, within seconds", async () => {
    const world = new World({ slow: (_ms, { green }) => ({ blue: 0, green: green >= 5 ? 0.5 : 0 }) });
    assert.equal(await world.release(), 2);
    const { at, reason, weight } = find(world, "rolling-back");
    assert.equal(weight, 5);
    assert.match(reason, /^answers slower than (stable|the limit)/);
    assert.ok(at - find(world, "weight-set").at <= 10_000, String(at - find(world, "weight-set").at));
  });

  it("is never told to advance before its weight is in force, however short a step may be", async () => {
    const world = new World({ config: stackConfig({ gate: { minStepTime: "0s", maxStepTime: "3m" } }) });
    assert.equal(await world.release(), 0);
    const decided = world.events.flatMap((event) => (event.type === "decided" ? [event.weight] : []));
    assert.deepEqual(decided, [5, 25, 50, 100, 100]);
  });

  it("does not judge the time of answers where that is off", async () => {
    const config = stackConfig({ gate: { minStepTime: "15s", maxStepTime: "3m", latency: "off" } });
    const world = new World({ config, slow: () => ({ blue: 0, green: 0.5 }) });
    assert.equal(await world.release(), 0);
    assert.equal(find(world, "planned").latency, undefined);
    assert.ok(world.events.every((event) => event.type !== "sampled" || event.sample.latency === undefined));
  });

  it("pauses, and blames nobody, while both versions are slow", async () => {
    const slow = (ms: number) => ms > 50_000 && ms < 80_000;
    const world = new World({ slow: (ms) => (slow(ms) ? { blue: 0.05, green: 0.05 } : { blue: 0, green: 0 }) });
    assert.equal(await world.release(), 0);
    const pause = world.events.find((event) => event.type === "decided" && event.decision === "pause");
    assert.match(
      pause?.type === "decided" ? pause.reason : "",
      /^both versions answer slower than the limit, a p99 of 100 ms/,
    );
  });

  it("takes a version off that stops getting its requests", async () => {
    const world = new World({ reaching: (ms) => (ms > 50_000 ? 0.2 : 1) });
    assert.equal(await world.release(), 2);
    const { reason, weight } = find(world, "rolling-back");
    assert.equal(weight, 25);
    assert.match(reason, /^gets fewer requests than its weight says/);
  });

  it("tells what stable was before, and how the warm-up went", async () => {
    const world = new World();
    await world.release();
    const { failed, latency, requests } = find(world, "baseline");
    assert.deepEqual(
      { failed, latency, requests },
      {
        requests: 720_000,
        failed: 0,
        latency: { comparedMs: [10, 25, 50], timed: 720_000, overLimit: 720, allowed: 0.01 },
      },
    );
    assert.equal(find(world, "warming").requests, 4_000);
    assert.equal(find(world, "warmed").sent, 4_000);
  });

  it("sends no warm-up where none is wanted, or nothing that only reads is declared", async () => {
    const without = (checks: Record<string, unknown>) => stackConfig({ checks: { ...STACK.checks, ...checks } });
    const posts = [{ path: "/api/orders", method: "POST" }];
    for (const config of [without({ warmup: { requests: 0 } }), without({ requests: posts })]) {
      const world = new World({ config });
      assert.equal(await world.release(), 0);
      assert.equal(world.types.includes("warming"), false);
    }
  });
});
