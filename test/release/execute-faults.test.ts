import assert from "node:assert/strict";
import type { ReleaseState } from "../../config/release-state.ts";
import { driveRelease } from "../../release/drive.ts";
import { UserError } from "../../release/errors.ts";
import type { EventOf, ReleaseEvent } from "../../release/events.ts";
import { planRelease } from "../../release/plan.ts";
import { World, type WorldOptions } from "./world.ts";

function find<T extends ReleaseEvent["type"]>(world: World, type: T): EventOf<T> {
  const event = world.events.find((candidate): candidate is EventOf<T> => candidate.type === type);
  assert.ok(event !== undefined, `no event ${type} among ${world.types.join(", ")}`);
  return event;
}

const failsAt =
  (weight: number, share: number): NonNullable<WorldOptions["failing"]> =>
  (_ms, weights) => ({
    blue: 0,
    green: weights.green >= weight ? share : 0,
  });

describe("a release among faults", () => {
  it("begins nothing while the stack is locked, and leaves the stack file as it was", async () => {
    const world = new World({
      beforeUp: () => {
        throw new UserError("Stack test is locked by another update.");
      },
    });
    await assert.rejects(world.release(), { name: "UserError", message: "Stack test is locked by another update." });
    assert.deepEqual(world.saved.at(-1), world.config.release);
    assert.equal(world.types.includes("finished"), false);
  });

  it("takes the traffic back when the stack is locked midway, and says that the stack lags", async () => {
    const world = new World({
      beforeUp: (state, ups) => {
        if (ups > 2) throw new UserError(`locked at ${state.weight}`);
      },
    });
    assert.equal(await world.release(), 2);
    assert.equal(find(world, "rolling-back").reason, "locked at 25");
    assert.equal(world.inForce.weight, 0);
    assert.equal(find(world, "reconcile-failed").problem, "locked at 0");
    assert.equal(find(world, "finished").outcome, "rolled-back");
    assert.deepEqual(world.saved.at(-1), world.inForce);
  });

  it("takes the traffic back when the disk is full, so that no state can be written, and says that the stack lags", async () => {
    const world = new World();
    const { config, ports } = world;
    const stack = {
      ...ports.stack,
      save: (state: ReleaseState) =>
        world.saved.length > 1 ? Promise.reject(new Error("ENOSPC: no space left on device")) : ports.stack.save(state),
    };
    const plan = planRelease(config, { version: "1.1.0", image: "checkout:1.1.0" });
    const driver = { name: "releaser", stack: "test", signal: new AbortController().signal };
    const ending = await driveRelease(plan, config, { ...ports, stack }, driver);
    assert.deepEqual([ending.outcome, ending.exitCode, ending.stackAgrees], ["rolled-back", 2, false]);
    assert.equal(find(world, "rolling-back").reason, "ENOSPC: no space left on device");
    assert.deepEqual([world.inForce.live, world.inForce.weight], ["blue", 0]);
    assert.equal(world.journal.latest?.phase.kind, "finished");
  });

  it("does not wait for ever for an update that hangs", async () => {
    const world = new World({
      beforeUp: async (state) => {
        if (state.weight === 25) await world.clock.sleep(3_600_000);
      },
    });
    assert.equal(await world.release(), 2);
    const { at, reason } = find(world, "rolling-back");
    assert.equal(reason, "the update of the stack did not end within 30 s");
    assert.ok(find(world, "traffic-back").at - at < 1_000);
    assert.equal(world.inForce.weight, 0);
  });

  it("takes the traffic back when somebody else moves it", async () => {
    const world = new World({
      onEvent: (event) => {
        if (event.type === "weight-set" && event.weight === 5)
          world.inForce = { ...world.inForce, serial: 99, weight: 60 };
      },
    });
    assert.equal(await world.release(), 2);
    assert.match(
      find(world, "rolling-back").reason,
      /^somebody else moves this traffic: the router says weight 60 % at serial 99/,
    );
    assert.equal(world.inForce.serial, 100);
  });

  it("goes on when the cluster does not say for a while how the deployment goes; gives up when it never does", async () => {
    const unheard = (untilMs: number) => {
      const world: World = new World({
        pods: () => {
          const elapsed = world.clock.now() - world.startedAt;
          if (elapsed < untilMs) throw new Error("API server: no answer within 5 s");
          return { ready: 2, wanted: 2 };
        },
      });
      return world;
    };
    assert.equal(await unheard(20_000).release(), 0);
    const silent = unheard(Infinity);
    assert.equal(await silent.release(), 2);
    const { at, reason } = find(silent, "rolling-back");
    assert.equal(reason, "API server: no answer within 5 s");
    assert.ok(at - silent.startedAt >= 30_000 && at - silent.startedAt < 32_000, String(at - silent.startedAt));
  });

  it("tries the way back again and again while the cluster does not answer", async () => {
    const world = new World({
      failing: failsAt(5, 0.5),
      beforeTakeBack: (tries) => {
        if (tries < 5) throw new Error("API server: ECONNREFUSED");
      },
    });
    assert.equal(await world.release(), 2);
    assert.equal(find(world, "traffic-back").tookMs, 2_000);
  });

  it("says loudly when the traffic cannot be moved: exit code 3", async () => {
    const world = new World({
      failing: failsAt(5, 0.5),
      beforeTakeBack: () => {
        throw new Error("stable has no ready pod in slot blue: traffic stays where it is");
      },
    });
    assert.equal(await world.release(), 3);
    assert.equal(
      find(world, "traffic-stuck").problem,
      "stable has no ready pod in slot blue: traffic stays where it is",
    );
    assert.equal(find(world, "finished").outcome, "rollback-failed");
    assert.equal(world.types.includes("reconciled"), false);
    assert.equal(world.journal.latest?.phase.kind, "back");
    assert.equal((await world.lease.read())?.holder, "releaser", "left to run out, for a watchdog to see");
  });

  it("can be taken back by an abort after that, and is denied as its fault was found before", async () => {
    const world = new World({
      failing: failsAt(5, 0.5),
      beforeTakeBack: (tries) => {
        if (tries < 125) throw new Error("stable has no ready pod in slot blue: traffic stays where it is");
      },
    });
    assert.equal(await world.release(), 3);
    assert.equal(world.inForce.weight, 5);
    assert.equal((await world.abort())?.outcome, "rolled-back");
    assert.equal(world.inForce.weight, 0);
    assert.deepEqual(Object.keys(world.saved.at(-1)?.denied ?? {}), ["1.1.0"]);
    assert.equal(world.journal.latest?.phase.kind, "finished");
  });

  it("is taken back by an abort from what the router says, where what the stack has rendered is no way", async () => {
    const world = new World({
      failing: failsAt(5, 0.5),
      beforeTakeBack: (_tries, handle) => {
        if (handle !== undefined)
          throw new Error("green is live in the cluster, but blue when the stack was last updated");
      },
    });
    assert.equal(await world.release(), 3);
    assert.equal((await world.abort())?.outcome, "rolled-back");
    assert.deepEqual([world.inForce.weight, world.journal.latest?.phase.kind], [0, "finished"]);
  });

  it("is written down as stuck even where the journal is away as long as the traffic: it is not over", async () => {
    let awayUntil = 0;
    const away = () => {
      if (world.clock.now() < awayUntil) throw new Error("API server: ECONNREFUSED");
    };
    const world: World = new World({
      failing: failsAt(5, 0.5),
      beforeTakeBack: away,
      onEvent: ({ at, type }) => {
        if (type === "rolling-back") awayUntil = at + 90_000;
      },
    });
    world.journal.beforeWrite = away;
    assert.equal(await world.release(), 3);
    const phase = world.journal.latest?.phase;
    assert.ok(phase?.kind === "back" && phase.faulty, JSON.stringify(phase));
    assert.equal(find(world, "journal-failed").problem, "API server: ECONNREFUSED");
  });

  it("keeps what it was denied for when it is aborted while the stack is brought up to date", async () => {
    const world = new World({ failing: failsAt(5, 0.5) });
    await world.releaseUntilKilled(({ phase }, when) => phase.kind === "reconcile" && when === "after");
    assert.equal((await world.abort())?.outcome, "rolled-back");
    assert.deepEqual(Object.keys(world.saved.at(-1)?.denied ?? {}), ["1.1.0"]);
    assert.deepEqual(world.saved.at(-1), { ...world.inForce, denied: world.saved.at(-1)?.denied });
  });

  it("stays promoted when only the record cannot be written, and says so", async () => {
    const world = new World({
      beforeUp: (state) => {
        if (state.live === "green") throw new Error("backend unreachable");
      },
    });
    assert.equal(await world.release(), 0);
    assert.equal(find(world, "reconcile-failed").problem, "backend unreachable");
    assert.equal(world.saved.at(-1)?.live, "green");
  });

  const phases: readonly (readonly [string, (event: ReleaseEvent) => boolean, string])[] = [
    ["while it deploys", ({ type }) => type === "deploying", "refused"],
    ["at the checks", ({ type }) => type === "checked", "refused"],
    ["before a weight is observed", ({ type }) => type === "weight-set", "rolled-back"],
    ["at a weight", (event) => event.type === "weight-observed" && event.weight === 25, "rolled-back"],
    ["while an update runs", (event) => event.type === "decided" && event.weight === 25, "rolled-back"],
    ["in the bake", (event) => event.type === "decided" && event.weight === 100, "rolled-back"],
  ];
  for (const [phase, when, outcome] of phases) {
    it(`interrupted ${phase}, puts the traffic back on stable: exit code 130`, async () => {
      const world = new World({
        onEvent: (event, { interruption }) => (when(event) ? interruption.abort() : undefined),
      });
      assert.equal(await world.release(), 130);
      assert.equal(find(world, "finished").outcome, outcome);
      assert.equal(find(world, "finished").reason, "interrupted by the operator");
      assert.equal(world.inForce.live, "blue");
      assert.equal(world.inForce.weight, 0);
      assert.deepEqual(world.saved.at(-1)?.candidate, undefined);
    });
  }

  it("does not undo a promotion that has begun", async () => {
    const world = new World({
      beforeUp: (state) => {
        if (state.live === "green") world.interruption.abort();
      },
    });
    assert.equal(await world.release(), 0);
    assert.equal(world.inForce.live, "green");
  });
});
