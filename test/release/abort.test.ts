import assert from "node:assert/strict";
import { rolledBack, slotWeights, withCandidate, withWeight } from "../../config/release-state.ts";
import { abortWithoutRelease, type AbortPorts } from "../../release/abort.ts";
import { abortRollout } from "../../release/abort-rollout.ts";
import { findSwitchLater } from "../../release/adapters/later.ts";
import { UserError } from "../../release/errors.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import type { RolloutStatus, StackDriver } from "../../release/ports.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { stackConfig } from "./world.ts";

const { release } = stackConfig();
const moving = withWeight(withCandidate(release, { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 }), 25);

/** A cluster with a release under way; what a test gives takes the place of what works. */
function world(changes: { stack?: Partial<StackDriver>; traffic?: Partial<AbortPorts["traffic"]> } = {}) {
  const told: ReleaseEvent[] = [];
  const log: string[] = [];
  const clock = new VirtualClock();
  let state = moving;
  const ports: AbortPorts & { readonly stack: StackDriver } = {
    clock,
    reporter: { report: (event) => told.push(event), close: () => undefined },
    traffic: {
      read: () => Promise.resolve({ serial: state.serial, weights: slotWeights(state), state }),
      takeBack: (handle, aboveSerial) => {
        log.push(`traffic back, ${handle === undefined ? "from the cluster" : "by a handle"}, above ${aboveSerial}`);
        state = { ...rolledBack(state), serial: aboveSerial + 1 };
        return Promise.resolve(state);
      },
      switchTo: () => Promise.reject(new Error("not asked for")),
      ...changes.traffic,
    },
    stack: {
      save: (saved) => {
        log.push(`saved serial ${saved.serial}`);
        return Promise.resolve();
      },
      up: () => {
        log.push("up");
        return Promise.resolve();
      },
      unlock: () => {
        log.push("unlock");
        return Promise.resolve();
      },
      readHandle: () => Promise.reject(new Error("Pulumi is not there")),
      ...changes.stack,
    },
  };
  return { ports, told, log, clock };
}

describe("abort", () => {
  it("moves the traffic before anything is asked of the stack", async () => {
    const { log, ports, told } = world();
    assert.equal(await abortWithoutRelease(ports), 0);
    assert.deepEqual(log, ["traffic back, from the cluster, above 3", "saved serial 4", "up"]);
    assert.deepEqual(
      told.map(({ type }) => type),
      ["rolling-back", "traffic-back", "reconciled"],
    );
    assert.ok(told[0]?.type === "rolling-back");
    assert.equal(told[0].weight, 25);
  });

  it("with a stack that is locked, or no Pulumi: the traffic is back, the file is written, and the rest is told", async () => {
    const problem = "Stack production is locked by another update";
    const { log, ports, told } = world({ stack: { up: () => Promise.reject(new UserError(problem)) } });
    assert.equal(await abortWithoutRelease(ports), 1);
    assert.deepEqual(log.slice(0, 2), ["traffic back, from the cluster, above 3", "saved serial 4"]);
    const last = told.at(-1);
    assert.ok(last?.type === "reconcile-failed");
    assert.equal(last.problem, problem);
    assert.ok(told.some(({ type }) => type === "traffic-back"));
  });

  it("waits for an API server that is away", async () => {
    const { clock, ports, told } = world();
    const { read, takeBack } = ports.traffic;
    const away = () => clock.now() < until;
    const until = clock.now() + 10_000;
    ports.traffic.read = () => (away() ? Promise.reject(new Error("no answer within 5 s")) : read());
    ports.traffic.takeBack = (handle, above) =>
      away() ? Promise.reject(new Error("no answer within 5 s")) : takeBack(handle, above);
    assert.equal(await abortWithoutRelease(ports), 0);
    assert.ok(told.some(({ type }) => type === "traffic-back"));
  });

  it("looks for the router of an app that no stack names, until the API server answers", async () => {
    const { clock, log, ports, told } = world();
    let looks = 0;
    const traffic = findSwitchLater(() => {
      looks += 1;
      if (clock.now() < until) return Promise.reject(new Error("connect ECONNREFUSED"));
      return Promise.resolve(ports.traffic);
    });
    const until = clock.now() + 10_000;
    assert.equal(await abortWithoutRelease({ clock, reporter: ports.reporter, traffic }), 1);
    assert.ok(clock.now() - until <= 500, "as soon as it answers, and no longer than that");
    assert.deepEqual(log, ["traffic back, from the cluster, above 0"]);
    assert.ok(told.at(-1)?.type === "reconcile-failed");
    const found = looks;
    await traffic.read();
    assert.equal(looks, found, "found once");
  });

  it("refuses an app that is not there at once", async () => {
    const { clock, ports, told } = world();
    const began = clock.now();
    const traffic = findSwitchLater(() => Promise.reject(new UserError("There is no Service shop/chekout")));
    await assert.rejects(abortWithoutRelease({ clock, reporter: ports.reporter, traffic }), /no Service/);
    assert.deepEqual([clock.now(), told], [began, []]);
  });

  it("says that the traffic could not be moved: exit code 3, and nothing is asked of the stack", async () => {
    const stuck = () => Promise.reject(new Error("stable has no ready pod in slot blue"));
    const { log, ports, told } = world({ traffic: { takeBack: stuck } });
    assert.equal(await abortWithoutRelease(ports), 3);
    assert.deepEqual(log, []);
    assert.deepEqual(told.at(-1)?.type, "traffic-stuck");
  });

  it("refuses what no stack wrote", async () => {
    const read = () => Promise.reject(new UserError("carries no valid release state"));
    const { log, ports } = world({ traffic: { read } });
    await assert.rejects(abortWithoutRelease(ports), /carries no valid release state/);
    assert.deepEqual(log, []);
  });
});

describe("abort of a Rollout", () => {
  const paused = {
    phase: "Paused",
    underWay: true,
    aborted: false,
    weight: 50,
    stable: { version: "0.9.0", image: "checkout:0.9.0" },
  } satisfies RolloutStatus;

  /** Argo takes the weight off two seconds after it is told to. */
  function rolloutWorld(before: RolloutStatus, answers = true) {
    const { clock, log, ports, told } = world();
    const saved: unknown[] = [];
    let abortedAt = Infinity;
    const rollout = {
      read: (): Promise<RolloutStatus> => {
        const done = answers && clock.now() >= abortedAt + 2_000;
        return Promise.resolve(done ? { ...before, aborted: true, weight: 0, phase: "Degraded" } : before);
      },
      abort: () => {
        abortedAt = clock.now();
        log.push("abort");
        return Promise.resolve();
      },
    };
    ports.stack.save = (state) => {
      saved.push(state);
      return Promise.resolve();
    };
    return { run: () => abortRollout(release, { ...ports, rollout }), log, saved, told };
  }

  it("waits until the traffic is back, and declares the stable version again", async () => {
    const { log, run, saved, told } = rolloutWorld(paused);
    assert.equal(await run(), 0);
    assert.deepEqual(log, ["abort", "up"]);
    assert.deepEqual(saved, [
      { ...release, serial: 2, blue: { ...release.blue, version: "0.9.0", image: "checkout:0.9.0" } },
    ]);
    const back = told.find((event) => event.type === "traffic-back");
    assert.ok(back !== undefined && back.tookMs >= 2_000 && back.tookMs < 4_000);
  });

  it("does not believe that it is done before the weight is gone", async () => {
    const { run, saved, told } = rolloutWorld(paused, false);
    assert.equal(await run(), 3);
    assert.deepEqual(saved, []);
    assert.equal(told.at(-1)?.type, "traffic-stuck");
  });

  it("leaves the stack file to the operator when nothing tells the stable image", async () => {
    const { stable, ...unknown } = paused;
    const { run, saved, told } = rolloutWorld(unknown);
    assert.equal(await run(), 1);
    assert.deepEqual(saved, []);
    assert.equal(told.at(-1)?.type, "reconcile-failed");
  });

  it("has nothing to do where nothing is under way", async () => {
    const { log, run } = rolloutWorld({ ...paused, phase: "Healthy", underWay: false, weight: 0 });
    await assert.rejects(run(), { name: "UserError", message: /no release under way \(Healthy\): 0\.9\.0 serves/ });
    assert.deepEqual(log, []);
  });
});
