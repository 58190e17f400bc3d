import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import os from "node:os";
import { findHolders, isDead } from "../../release/adapters/pulumi-lock.ts";
import { StackLocked } from "../../release/errors.ts";
import { World, type WorldOptions } from "./world.ts";

const locked = (dead: boolean) => new StackLocked("Stack test is locked.", "root@ci-1, pid 7, since now", dead);

/** What was warned of, in order. */
const warnings = ({ events }: World) => events.flatMap((event) => (event.type === "warned" ? [event.problem] : []));

describe("who holds a stack", () => {
  it("is read out of what Pulumi says, one for each lock", () => {
    const text = [
      " stderr: error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with `pulumi cancel`.",
      "  file:///state/.pulumi/locks/organization/shop/test/1a.json: created by root@ci-1 (pid 4711) at 2026-11-21T09:30:15Z",
      "  s3://states/.pulumi/locks/organization/shop/test/2b.json: created by DOMAIN\\alice@laptop (pid 12) at 2026-11-21T10:30:15+01:00",
      "",
    ].join("\n");
    assert.deepEqual(findHolders(`${text}\n${text}`), findHolders(text));
    assert.deepEqual(findHolders(text), [
      { user: "root", host: "ci-1", pid: 4711, since: "2026-11-21T09:30:15Z" },
      { user: "DOMAIN\\alice", host: "laptop", pid: 12, since: "2026-11-21T10:30:15+01:00" },
    ]);
  });

  it("is not known where the backend does not tell", () =>
    assert.deepEqual(findHolders("error: [409] Conflict: Another update is currently in progress."), []));

  it("is dead only as a process of this machine that is no more", () => {
    const { pid: gone } = spawnSync(process.execPath, ["-e", ""]);
    const holder = { user: "root", host: os.hostname(), pid: gone, since: "" };
    assert.equal(isDead(holder), true);
    assert.equal(isDead({ ...holder, pid: process.pid }), false);
    assert.equal(isDead({ ...holder, pid: process.ppid }), false);
    assert.equal(isDead({ ...holder, host: "another-machine" }), false);
  });
});

describe("a lock that a dead release program left", () => {
  /** A release that dies while it deploys, whose stack is locked by another update until a time (ms since the start). */
  async function resumeLocked(dead: boolean, untilMs: number, more: WorldOptions = {}) {
    const world: World = new World({
      ...more,
      beforeUp: () => {
        const isOver = world.unlocks > 0 || world.clock.now() >= 1_000_000 + untilMs;
        if (died && !isOver) throw locked(dead);
      },
    });
    let died = false;
    await world.releaseUntilKilled(({ phase }, when) => (died = phase.kind === "set" && when === "after"));
    return { world, ending: await world.resume() };
  }

  it("is removed by who goes on, which is told", async () => {
    const { ending, world } = await resumeLocked(true, Infinity);
    assert.equal(ending.outcome, "promoted");
    assert.equal(world.unlocks, 1);
    assert.deepEqual(warnings(world), ["the lock that a dead update left was removed: root@ci-1, pid 7, since now"]);
  });

  it("is waited for while its process may live, which is told once", async () => {
    const { ending, world } = await resumeLocked(false, 30_000);
    assert.equal(ending.outcome, "promoted");
    assert.equal(world.unlocks, 0);
    assert.deepEqual(warnings(world), ["Stack test is locked."]);
  });

  it("that stays keeps nothing from going back: the stack is said not to agree", async () => {
    const { ending, world } = await resumeLocked(false, Infinity);
    assert.deepEqual([ending.outcome, ending.stackAgrees], ["rolled-back", false]);
    assert.equal(ending.reason, "the update of the stack did not end within 30 s");
    assert.equal(world.inForce.weight, 0);
    assert.equal(world.unlocks, 0);
    const failed = world.events.findLast(({ type }) => type === "reconcile-failed");
    assert.ok(failed?.type === "reconcile-failed");
    assert.equal(failed.problem, "Stack test is locked.");
  });
});

describe("a lock before a release of one's own", () => {
  it("is nobody's to remove, dead or not: nothing is begun", async () => {
    const world = new World({
      beforeUp: () => {
        throw locked(true);
      },
    });
    await assert.rejects(world.release(), { name: "StackLocked" });
    assert.equal(world.unlocks, 0);
    assert.deepEqual(world.saved.at(-1), world.config.release);
  });

  it("is removed on the way back, when it is left by an update of one's own that was killed", async () => {
    const world: World = new World({
      beforeUp: (_state, ups) => {
        if (ups === 3) throw new Error("pulumi up of test failed: killed");
        if (ups > 3 && world.unlocks === 0) throw locked(true);
      },
    });
    assert.equal(await world.release(), 2);
    assert.equal(world.unlocks, 1);
    assert.deepEqual(world.saved.at(-1), world.inForce);
    assert.equal(world.events.find(({ type }) => type === "reconciled")?.type, "reconciled");
  });
});
