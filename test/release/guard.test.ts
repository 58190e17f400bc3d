import assert from "node:assert/strict";
import { switched } from "../../config/release-state.ts";
import type { EventOf, ReleaseEvent } from "../../release/events.ts";
import { stop } from "../../release/watchdog.ts";
import { isTold, STACK, stackConfig, World, type WorldOptions } from "./world.ts";

/** A release that is promoted after about a minute and a half, and guarded for two minutes. */
const guarded = (options: WorldOptions = {}, strategy: Record<string, unknown> = {}) =>
  new World({
    config: stackConfig({ strategy: { ...STACK.strategy, weights: [5, 100], guard: "2m", ...strategy } }),
    ...options,
  });

/** When the guard begins, ms since the start. */
const BEGINS = 93_000;

/** The events from the promotion on, each with its time since the start. */
function story(world: World): readonly string[] {
  const start = world.events[0]?.at ?? 0;
  const from = world.types.indexOf("promoted");
  return world.events
    .slice(from)
    .filter(isTold)
    .map((event) => `${(event.at - start) / 1_000} ${event.type}${"weight" in event ? ` ${event.weight}` : ""}`);
}

function last<T extends ReleaseEvent["type"]>(world: World, type: T): EventOf<T> {
  const event = world.events.findLast((candidate): candidate is EventOf<T> => candidate.type === type);
  assert.ok(event !== undefined, `no event ${type} among ${world.types.join(", ")}`);
  return event;
}

const version = (name: string, replicas = 2) => ({ version: name, image: `checkout:${name}`, replicas });
const PROMOTED = { live: "green", weight: 0, blue: version("1.0.0"), green: version("1.1.0") };

describe("the guard", () => {
  it("watches on after the promotion, and then takes the old version's pods away", async () => {
    const world = guarded();
    assert.equal(await world.release(), 0);
    assert.deepEqual(story(world), [
      "93 promoted",
      "93 guarding",
      "213 decided 100",
      "215 reconciled",
      "215 scaled-down",
      "215 finished",
    ]);
    assert.equal(last(world, "decided").reason, "guarded for 2 m");
    assert.equal(last(world, "guarding").until - (world.events[0]?.at ?? 0), BEGINS + 120_000);
    assert.deepEqual(world.inForce, { ...PROMOTED, serial: 6, blue: version("1.0.0", 0) });
    assert.deepEqual(world.saved.at(-1), world.inForce);
  });

  it("goes back to the old version when the new one turns bad", async () => {
    const world = guarded({ failing: (ms) => ({ blue: 0, green: ms > 120_000 ? 0.2 : 0 }) });
    assert.equal(await world.release(), 2);
    assert.deepEqual(story(world), [
      "93 promoted",
      "93 guarding",
      "122 decided 100",
      "122 rolling-back 100",
      "122 traffic-back",
      "124 reconciled",
      "124 finished",
    ]);
    const { outcome, reason } = last(world, "finished");
    assert.equal(outcome, "rolled-back");
    assert.match(reason, /^fails more than the limit of 1 %, with no traffic on stable to compare it to/);
    assert.deepEqual(world.inForce, {
      ...PROMOTED,
      live: "blue",
      serial: 6,
      green: version("1.1.0", 0),
      denied: { "1.1.0": reason },
    });
    assert.deepEqual(world.saved.at(-1), world.inForce);
  });

  it("goes back for its pods, too", async () => {
    const pod = (ends: number) => ({ uid: "a", ready: true, ends, oomKilled: ends > 0 });
    const world = guarded({ podHealth: (ms) => [pod(ms > 110_000 ? 1 : 0)] });
    assert.equal(await world.release(), 2);
    assert.equal(world.inForce.live, "blue");
  });

  it("stays where the traffic cannot go: the old version has no ready pod", async () => {
    const world = guarded({
      failing: (ms) => ({ blue: 0, green: ms > 120_000 ? 0.2 : 0 }),
      beforeTakeBack: () => {
        throw new Error("1.0.0 has no ready pod in slot blue: traffic stays where it is");
      },
    });
    assert.equal(await world.release(), 3);
    assert.equal(world.inForce.live, "green");
  });

  it("keeps the old version warm where it is told to", async () => {
    const world = guarded({}, { afterGuard: "keepWarm" });
    assert.equal(await world.release(), 0);
    assert.deepEqual(story(world).slice(1), ["93 guarding", "213 decided 100", "213 finished"]);
    assert.deepEqual(world.inForce, { ...PROMOTED, serial: 5 });
  });

  it("does not take a version back because nothing can be measured, and keeps both warm then", async () => {
    const world = guarded(
      {
        beforeRead: (ms) => {
          if (ms > 110_000) throw new Error("Prometheus: ECONNREFUSED");
        },
      },
      { guard: "20m" },
    );
    assert.equal(await world.release(), 0);
    assert.deepEqual(story(world).slice(2), ["116.5 decided 100", "1293 warned", "1293 finished"]);
    assert.equal(last(world, "warned").problem, 'the guard ends with the gate at "pause": both versions stay warm');
    assert.deepEqual(world.inForce, { ...PROMOTED, serial: 5 });
  });

  it("ends when it is interrupted: the version is live, and the old one stays warm", async () => {
    const world = guarded({
      onEvent: (event, { clock, interruption }) => {
        if (event.type === "guarding") void clock.sleep(5_000).then(() => interruption.abort());
      },
    });
    assert.equal(await world.release(), 0);
    assert.deepEqual(story(world).slice(2), ["98 warned", "98 finished"]);
    assert.equal(last(world, "finished").outcome, "promoted");
    assert.deepEqual(world.inForce, { ...PROMOTED, serial: 5 });
  });

  it("leaves the pods alone on which somebody else has put the traffic", async () => {
    const world = guarded({
      onEvent: (event, { clock }) => {
        if (event.type === "guarding") void clock.sleep(20_000).then(() => (world.inForce = switched(world.inForce)));
      },
    });
    assert.equal(await world.release(), 2);
    const { outcome, reason } = last(world, "finished");
    assert.deepEqual([outcome, reason], ["rolled-back", "somebody else has moved the traffic, to serial 6"]);
    assert.deepEqual(world.inForce, { ...PROMOTED, live: "blue", serial: 6 });
  });

  it("is ended by an abort: the old version serves again", async () => {
    let aborted: Promise<unknown> | undefined;
    const world = guarded({
      onEvent: (event, { clock }) => {
        if (event.type === "guarding") aborted = clock.sleep(5_000).then(() => world.abort());
      },
    });
    assert.equal(await world.release(), 2);
    assert.deepEqual(await aborted, {
      outcome: "rolled-back",
      reason: "asked for by operator",
      exitCode: 2,
      stackAgrees: true,
    });
    assert.deepEqual(world.inForce, { ...PROMOTED, live: "blue", serial: 6, green: version("1.1.0", 0) });
    assert.deepEqual(world.saved.at(-1), world.inForce);
  });

  it("is not needed to abort a release that died while it was promoted", async () => {
    const world = guarded();
    await world.releaseUntilKilled(({ phase }, when) => phase.kind === "promote" && when === "after");
    assert.deepEqual([world.inForce.live, world.inForce.weight], ["blue", 100]);
    assert.equal((await world.abort())?.outcome, "rolled-back");
    assert.deepEqual([world.inForce.live, world.inForce.candidate, world.inForce.weight], ["blue", undefined, 0]);
    assert.equal(world.inForce.green?.replicas, 0);
    assert.deepEqual(world.saved.at(-1), world.inForce);
  });

  it("is ended by an alert, which the watchdog takes as it does during a release", async () => {
    const world = guarded({
      onEvent: (event, { clock }) => {
        if (event.type !== "guarding") return;
        // Just before the program renews its lease: this journal does not refuse what it notes until it hears of it.
        void clock
          .sleep(6_900)
          .then(() =>
            stop(world.watched(), "watchdog", "alert CanaryHighErrorRate fires", new AbortController().signal),
          );
      },
    });
    await world.release();
    assert.equal(last(world, "finished").outcome, "taken-over");
    assert.equal((await world.resume()).outcome, "rolled-back");
    assert.equal(world.inForce.live, "blue");
    assert.equal(world.inForce.green?.replicas, 0);
    assert.ok(world.inForce.denied?.["1.1.0"] !== undefined);
    assert.deepEqual(world.saved.at(-1), world.inForce);
  });

  it("refuses a second release, and says where the first one is", async () => {
    const world = guarded();
    await world.releaseUntilKilled(({ phase }, when) => phase.kind === "guard" && when === "after");
    await assert.rejects(
      world.release("1.2.0"),
      /^UserError: The release of 1\.1\.0 \(.*\) is at weight 100 % \(guard\)/,
    );
  });
});
