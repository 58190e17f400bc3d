import assert from "node:assert/strict";
import fc from "fast-check";
import { isExpired, sight, stop } from "../../release/watchdog.ts";
import { openHeed } from "../../release/commands/watchdog.ts";
import { World } from "./world.ts";

const holding = (revision: number) => ({
  holder: "a",
  durationMs: 15_000,
  renewedAt: 0,
  revision: String(revision),
});

/** A release whose program dies at its first weight, while a watchdog looks. */
async function dieUnderWatch(world: World): Promise<() => Promise<void>> {
  const watching = new AbortController();
  const watched = world.watch(watching.signal);
  await world.releaseUntilKilled(({ phase }, when) => phase.kind === "dwell" && when === "after");
  return () => {
    watching.abort();
    return watched;
  };
}

describe("the watchdog", () => {
  it("takes a holder for dead only after a whole lease without a renewal that it has seen itself", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 20_000 }), fc.boolean(), fc.boolean())), (looks) => {
        let [now, revision, lastSign] = [0, 1, 0];
        let sighting = sight(undefined, holding(revision), now, false);
        for (const [passed, renewed, blind] of looks) {
          now += passed;
          if (renewed) revision += 1;
          if (renewed || blind) lastSign = now;
          sighting = sight(sighting, holding(revision), now, blind);
          assert.equal(isExpired(sighting, now), now - lastSign > 15_000);
        }
      }),
    );
  });

  it("has nothing against a lease that was given up", () => {
    assert.equal(isExpired({ holding: { ...holding(1), holder: "" }, seenAt: 0 }, 1e9), false);
  });

  it("allows a whole lease after the API server is back", async () => {
    const world = new World();
    const endWatch = await dieUnderWatch(world);
    const read = world.lease.read.bind(world.lease);
    await world.clock.sleep(10_000);
    world.lease.read = () => Promise.reject(new Error("ECONNREFUSED"));
    await world.clock.sleep(30_000);
    world.lease.read = read;
    const back = world.clock.now();
    await world.clock.sleep(14_000);
    assert.equal(world.inForce.weight, 5, "nobody could renew meanwhile");
    await world.clock.sleep(4_000);
    assert.equal(world.inForce.weight, 0);
    assert.ok(world.clock.now() - back <= 18_000);
    assert.deepEqual(world.log, ["cannot watch: ECONNREFUSED", "watching again"]);
    await endWatch();
  });

  it("tries on until the traffic can be moved, however long that takes", async () => {
    const world = new World({
      beforeTakeBack: () => {
        if (world.clock.now() - died < 200_000) throw new Error("stable has no ready pod");
      },
    });
    const endWatch = await dieUnderWatch(world);
    const died = world.clock.now();
    await world.clock.sleep(199_000);
    assert.equal(world.inForce.weight, 5);
    assert.ok((await world.lease.read())?.holder === "watchdog");
    await world.clock.sleep(2_000);
    assert.equal(world.inForce.weight, 0);
    assert.equal(world.journal.latest?.phase.kind, "reconcile");
    assert.equal((await world.lease.read())?.holder, "");
    await endWatch();
  });

  it("goes on with a rollback that its program gave up, and denies the version that it was about", async () => {
    const world = new World({
      failing: (_ms, weights) => ({ blue: 0, green: weights.green >= 5 ? 0.5 : 0 }),
      beforeTakeBack: (tries) => {
        if (tries < 200) throw new Error("stable has no ready pod");
      },
    });
    const watching = new AbortController();
    const watched = world.watch(watching.signal);
    assert.equal(await world.release(), 3);
    await world.clock.sleep(120_000);
    watching.abort();
    await watched;
    assert.equal(world.inForce.weight, 0);
    const phase = world.journal.latest?.phase;
    assert.ok(phase?.kind === "reconcile");
    assert.match(phase.ending.reason, /^fails more than .*, and watchdog took the traffic back$/);
    assert.equal((await world.resume()).exitCode, 2);
    assert.deepEqual(Object.keys(world.saved.at(-1)?.denied ?? {}), ["1.1.0"]);
  });

  it("tries on until it has written down what it did, and says what", async () => {
    const world = new World();
    const endWatch = await dieUnderWatch(world);
    const { beforeWrite } = world.journal;
    world.journal.beforeWrite = () => Promise.reject(new Error("ECONNREFUSED"));
    await world.clock.sleep(40_000);
    assert.equal(world.inForce.weight, 0);
    assert.equal(world.journal.latest?.phase.kind, "dwell");
    assert.equal(world.types.filter((type) => type === "traffic-back").length, 1);
    world.journal.beforeWrite = beforeWrite;
    await world.clock.sleep(2_000);
    const phase = (await world.journal.readLatest())?.record.phase;
    assert.ok(phase?.kind === "reconcile");
    assert.equal(phase.ending.reason, "releaser has died, and watchdog took the traffic back");
    assert.equal((await world.lease.read())?.holder, "");
    assert.deepEqual(world.log, ["cannot write down that the traffic is back: ECONNREFUSED"]);
    await endWatch();
  });

  it("takes the traffic back without a lease that cannot be written", async () => {
    const world = new World();
    const endWatch = await dieUnderWatch(world);
    world.lease.take = () => Promise.reject(new Error("No space left on device"));
    await world.clock.sleep(17_000);
    assert.equal(world.inForce.weight, 0);
    assert.equal(world.journal.latest?.phase.kind, "reconcile");
    await endWatch();
  });

  it("leaves a release alone whose program lives", async () => {
    const world = new World();
    const watching = new AbortController();
    const watched = world.watch(watching.signal);
    assert.equal(await world.release(), 0);
    watching.abort();
    await watched;
    assert.equal(world.types.includes("traffic-back"), false);
  });

  it("stops a release at an alert: its program hears of it, and leaves the traffic alone", async () => {
    const world = new World({
      onEvent: (event, { clock }) => {
        if (event.type !== "weight-observed" || event.weight !== 25) return;
        void clock
          .sleep(3_000)
          .then(() =>
            stop(world.watched(), "watchdog", "alert CanaryHighErrorRate fires", new AbortController().signal),
          );
      },
    });
    assert.equal(await world.release(), 2);
    const last = world.events.at(-1);
    assert.ok(last?.type === "finished");
    assert.equal(last.outcome, "taken-over");
    assert.equal(last.reason, "taken over by somebody who has left again");
    assert.equal(world.inForce.candidate, undefined);
    assert.equal((await world.resume()).reason, "alert CanaryHighErrorRate fires, and watchdog took the traffic back");
    assert.deepEqual(world.saved.at(-1), world.inForce);
  });

  it("sees to an app once, however often its alert is sent while the traffic cannot be moved", async () => {
    const sent: Promise<void>[] = [];
    const alert = { name: "X", labels: { namespace: "shop", app: "checkout", severity: "critical" } };
    const world = new World({
      beforeTakeBack: (tries) => {
        if (tries < 300) throw new Error("stable has no ready pod");
      },
      onEvent: (event) => {
        if (event.type !== "weight-observed" || event.weight !== 25) return;
        for (const waitMs of [0, 30_000, 90_000]) sent.push(world.clock.sleep(waitMs).then(() => heed([alert])));
      },
    });
    const watching = new Map([["shop/checkout", world.watched()]]);
    const heed = openHeed(watching, "watchdog", (text) => world.log.push(text), new AbortController().signal);
    assert.equal(await world.release(), 2);
    await Promise.all(sent);
    assert.equal(world.inForce.candidate, undefined);
    const [taken, none] = ["the traffic was taken back", "no traffic to take back"];
    assert.deepEqual(
      world.log,
      [taken, none, none].map((what) => `shop/checkout: alert X, ${what}`),
    );
    assert.equal((await world.resume()).reason, "alert X fires, and watchdog took the traffic back");
  });

  it("has nothing to stop where no version has any traffic", async () => {
    const world = new World();
    assert.equal(await stop(world.watched(), "watchdog", "alert", new AbortController().signal), false);
  });
});

describe("abort", () => {
  it("takes the traffic from a release that is under way, and brings everything to an end", async () => {
    let aborted: Promise<unknown> | undefined;
    const world = new World({
      onEvent: (event, { clock }) => {
        if (event.type !== "weight-observed" || event.weight !== 25) return;
        aborted = clock.sleep(3_000).then(() => world.abort());
      },
    });
    assert.equal(await world.release(), 2);
    const reason = "asked for by operator";
    assert.deepEqual(await aborted, { outcome: "rolled-back", reason, exitCode: 2, stackAgrees: true });
    assert.equal(world.inForce.candidate, undefined);
    assert.deepEqual(world.saved.at(-1), world.inForce);
    assert.equal(world.journal.latest?.phase.kind, "finished");
    const remembered = (await world.journal.readLatest())?.events.find(({ type }) => type === "rolling-back");
    assert.ok(remembered?.type === "rolling-back");
    assert.equal(remembered.reason, "asked for by operator");
  });

  it("has nothing to do where no release is under way", async () => {
    assert.equal(await new World().abort(), undefined);
  });
});

describe("a second release", () => {
  it("is refused while the first one goes on", async () => {
    const refused: Promise<unknown>[] = [];
    const world = new World({
      onEvent: (event) => {
        if (event.type === "deploying")
          refused.push(assert.rejects(world.release("1.2.0"), /releaser moves this service's traffic/));
      },
    });
    assert.equal(await world.release(), 0);
    assert.equal(refused.length, 1);
    await Promise.all(refused);
  });

  it("is refused after the first one broke off, and told how to go on", async () => {
    const world = new World();
    await world.releaseUntilKilled(({ phase }, when) => phase.kind === "dwell" && when === "after");
    await assert.rejects(world.release("1.2.0"), {
      name: "UserError",
      message:
        "The release of 1.1.0 (19700101-001640) is at weight 5 % (dwell): releaser drives it, last heard of 0 s ago.\n" +
        "Wait until it has ended, or release in its place by --replace. " +
        'If it has died: go on with it by "sluice resume", or take the traffic off it by "sluice abort".',
    });
  });
});
