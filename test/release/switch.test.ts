import assert from "node:assert/strict";
import { slotWeights, switched, withCandidate, type ReleaseState, type Slot } from "../../config/release-state.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import { withLease } from "../../release/heartbeat.ts";
import type { PodsStatus } from "../../release/ports.ts";
import { switchVersion, type SwitchPorts } from "../../release/switch.ts";
import { MemoryJournal, MemoryLease } from "./memory.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { stackConfig, World } from "./world.ts";

const slot = (version: string, replicas = 2) => ({ version, image: `checkout:${version}`, replicas });
const warm: ReleaseState = { live: "green", weight: 0, serial: 6, blue: slot("1.0.0"), green: slot("1.1.0") };
const blueGreen = { strategy: { kind: "blueGreen", replicas: 2, bake: "30s" } };

function world(state: ReleaseState, pods: PodsStatus = { ready: 2, wanted: 2 }) {
  const told: ReleaseEvent[] = [];
  const saved: ReleaseState[] = [];
  let [ups, now] = [0, state];
  const clock = new VirtualClock();
  const ports: SwitchPorts = {
    clock,
    journal: new MemoryJournal(),
    lease: new MemoryLease(clock),
    reporter: { report: (event) => told.push(event), close: () => undefined },
    pods: { inspect: () => Promise.resolve(pods), readHealth: () => Promise.reject(new Error("not asked for")) },
    traffic: {
      read: () => Promise.resolve({ serial: now.serial, weights: slotWeights(now), state: now }),
      takeBack: () => Promise.reject(new Error("not asked for")),
      switchTo: () => {
        now = switched(now);
        return Promise.resolve(now);
      },
    },
    stack: {
      save: (next) => {
        saved.push(next);
        return Promise.resolve();
      },
      up: () => Promise.resolve(void (ups += 1)),
      unlock: () => Promise.reject(new Error("not asked for")),
      readHandle: () => Promise.reject(new Error("not asked for")),
    },
  };
  return { ports, told, saved, ups: () => ups, state: () => now };
}

const driver = (name = "alice@laptop/7") => ({ name, signal: new AbortController().signal });

const configOf = (release: ReleaseState, sections: Record<string, unknown> = blueGreen) =>
  stackConfig({ ...sections, release });

describe("switch and undo", () => {
  for (const to of [undefined, "1.0.0"]) {
    it(`${to === undefined ? "switch" : "undo"}: the other version has all traffic, and the stack says so`, async () => {
      const { ports, saved, state, told, ups } = world(warm);
      assert.equal(await switchVersion(configOf(warm), ports, driver(), to), 0);
      assert.deepEqual(state(), { ...warm, live: "blue", serial: 7 });
      assert.deepEqual(saved, [state()]);
      assert.equal(ups(), 1);
      const [first, last] = told;
      assert.ok(first?.type === "switched");
      const { at, tookMs, ...facts } = first;
      assert.deepEqual(facts, { type: "switched", slot: "blue", version: "1.0.0", from: "1.1.0", serial: 7 });
      assert.equal(last?.type, "reconciled");
    });
  }

  it("undo goes with a canary as well; a switch does not, for it would skip the gate", async () => {
    const { ports, state } = world(warm);
    await assert.rejects(
      switchVersion(configOf(warm, {}), ports, driver()),
      /strategy canary brings .* "sluice undo --to <version>"/,
    );
    assert.deepEqual(state(), warm);
    assert.equal(await switchVersion(configOf(warm, {}), ports, driver(), "1.0.0"), 0);
  });

  const refusals: readonly (readonly [string, ReleaseState, string | undefined, PodsStatus, RegExp])[] = [
    [
      "a candidate is under release",
      withCandidate(warm, slot("1.2.0")),
      undefined,
      { ready: 2, wanted: 2 },
      /^Version 1\.2\.0 is under release in blue at weight 0 %: wait .* "sluice abort"\.$/,
    ],
    [
      "the other slot is empty",
      { live: "green", weight: 0, serial: 6, green: slot("1.1.0") },
      undefined,
      { ready: 0, wanted: 0 },
      /^Slot blue is empty/,
    ],
    [
      "the other version has no pods any more",
      { ...warm, blue: slot("1.0.0", 0) },
      "1.0.0",
      { ready: 0, wanted: 0 },
      /^Version 1\.0\.0 in blue has no pods any more: release it again, with "sluice release --version 1\.0\.0 --image checkout:1\.0\.0"\.$/,
    ],
    [
      "not all of its pods are ready",
      warm,
      undefined,
      { ready: 1, wanted: 2, problem: "pod b ended 3 times while starting" },
      /^Version 1\.0\.0 in blue is not ready: 1 of 2 pods \(pod b ended 3 times while starting\)\. The traffic stays on 1\.1\.0\.$/,
    ],
    ["it is live already", warm, "1.1.0", { ready: 2, wanted: 2 }, /^Version 1\.1\.0 is live already, in green\.$/],
    [
      "it is in no slot",
      warm,
      "0.9.0",
      { ready: 2, wanted: 2 },
      /^Version 0\.9\.0 is in no slot: there are 1\.0\.0 \(the other slot\) and 1\.1\.0 \(live\)\. Release it again/,
    ],
  ];
  for (const [why, state, to, pods, message] of refusals) {
    it(`changes nothing when ${why}`, async () => {
      const { ports, saved, state: now, told } = world(state, pods);
      await assert.rejects(switchVersion(configOf(state), ports, driver(), to), { name: "UserError", message });
      assert.deepEqual([now(), saved, told], [state, [], []]);
    });
  }

  it("does not bring a version back to a database that was contracted for its successor", async () => {
    const contracted = { ...warm, contracted: "1.1.0", blue: slot("1.0.0") };
    const { ports, saved } = world(contracted);
    await assert.rejects(
      switchVersion(configOf(warm), ports, driver(), "1.0.0"),
      /is older than 1\.1\.0, for which the database was contracted/,
    );
    assert.deepEqual(saved, []);
  });
});

describe("whoever moves an app's traffic", () => {
  it("is alone: of two who switch at once one wins, and the other says who does", async () => {
    const { ports, state, told } = world(warm);
    ports.stack.up = () => ports.clock.sleep(20_000);
    const results = await Promise.allSettled(
      ["alice@a/1", "bob@b/2"].map((name) => switchVersion(configOf(warm), ports, driver(name), "1.0.0")),
    );
    assert.deepEqual(
      results.map((result) => (result.status === "fulfilled" ? result.value : String(result.reason).split("\n")[0])),
      [0, "UserError: alice@a/1 moves this service's traffic (last heard of 1970-01-01T00:16:45.000Z)."],
    );
    assert.equal(state().serial, 7);
    assert.equal(told.filter(({ type }) => type === "switched").length, 1);
    assert.equal((await ports.lease.read())?.holder, "", "the lease is given up at the end");
  });

  it("does not switch while a release goes on, not even before its candidate is there", async () => {
    const refused: Promise<unknown>[] = [];
    const releasing = new World({
      upTakesMs: 20_000,
      onEvent: ({ type }) => {
        if (type !== "deploying") return;
        const { config, ports } = releasing;
        refused.push(assert.rejects(switchVersion(config, ports, driver(), "1.1.0"), /^UserError: releaser moves/));
      },
    });
    assert.equal(await releasing.release(), 0);
    await Promise.all(refused);
    assert.equal(refused.length, 1);
  });

  it("does not switch where a release broke off, and tells how to go on", async () => {
    const broken = new World();
    await broken.releaseUntilKilled(({ phase }, when) => phase.kind === "deploy" && when === "after");
    await broken.clock.sleep(60_000);
    await assert.rejects(switchVersion(broken.config, broken.ports, driver(), "1.0.0"), {
      name: "UserError",
      message: /^The release of 1\.1\.0 .* is at weight 0 % \(deploy\).*"sluice resume".*"sluice abort"/s,
    });
  });

  it("is not begun with, while somebody switches, a release", async () => {
    const releasing = new World();
    let refused: Promise<unknown> | undefined;
    await withLease(releasing.ports, driver(), false, async () => {
      refused = assert.rejects(releasing.release(), /alice@laptop\/7 moves this service's traffic/);
      await refused;
    });
    assert.deepEqual(releasing.events, []);
    assert.equal(await releasing.release(), 0);
  });

  it("leaves the stack alone when an abort takes over, for which nobody has to wait", async () => {
    const { ports, saved, told } = world(warm);
    const { up } = ports.stack;
    ports.stack.up = async () => {
      await withLease(ports, driver("operator"), true, () => ports.clock.sleep(10_000));
      return Promise.reject(new Error("cancelled"));
    };
    assert.equal(await switchVersion(configOf(warm), ports, driver(), "1.0.0"), 1);
    assert.equal(saved.length, 1);
    const last = told.at(-1);
    assert.ok(last?.type === "reconcile-failed");
    assert.match(last.problem, /^taken over by/);
    ports.stack.up = up;
  });

  it("changes nothing when it is interrupted before the traffic has moved", async () => {
    const { ports, saved, state } = world(warm);
    const interrupted = { name: "alice", signal: AbortSignal.abort() };
    await assert.rejects(switchVersion(configOf(warm), ports, interrupted), {
      name: "Interrupted",
      message: "Nothing was changed: interrupted by the operator.",
    });
    assert.deepEqual([state(), saved], [warm, []]);
  });

  it("ends at once when it is interrupted while it waits for a lease whose holder has died", async () => {
    const { ports, saved, state } = world(warm);
    await ports.lease.take("dead", undefined);
    const began = ports.clock.now();
    const operator = new AbortController();
    void ports.clock.sleep(1_200).then(() => operator.abort());
    await assert.rejects(switchVersion(configOf(warm), ports, { name: "alice", signal: operator.signal }), {
      name: "Interrupted",
      message: "Nothing was changed: interrupted while waiting for the lease of this service.",
    });
    assert.equal(ports.clock.now() - began, 1_200);
    assert.deepEqual([state(), saved, (await ports.lease.read())?.holder], [warm, [], "dead"]);
  });

  it("changes nothing when somebody else takes over before the traffic has moved, also where it has not heard of it", async () => {
    const { ports, saved, state } = world(warm);
    const { inspect } = ports.pods;
    const pods = {
      ...ports.pods,
      inspect: async (of: Slot) => {
        await ports.lease.take("operator", await ports.lease.read());
        return inspect(of);
      },
    };
    await assert.rejects(switchVersion(configOf(warm), { ...ports, pods }, driver()), {
      name: "UserError",
      message: "Nothing was changed: taken over by operator.",
    });
    assert.deepEqual([state(), saved], [warm, []]);
  });

  it("changes nothing when the stack file is not that of the cluster", async () => {
    const { ports, saved } = world({ ...warm, serial: 9 });
    await assert.rejects(switchVersion(configOf(warm), ports, driver()), {
      name: "UserError",
      message: /^Nothing was changed: the stack file knows serial 6, the cluster is at 9/,
    });
    assert.deepEqual(saved, []);
  });
});
