import assert from "node:assert/strict";
import { PHASES } from "../../release/record.ts";
import { nameOf, PROMOTED, uninterrupted } from "./phases.ts";
import { STACK, stackConfig, World, type WorldOptions } from "./world.ts";

/** Waits for an approval before 25 %. */
const GOOD: WorldOptions = {
  config: stackConfig({
    strategy: { ...STACK.strategy, weights: [5, { weight: 25, approval: { timeout: "5m" } }, 100], guard: "1m" },
  }),
  answer: (elapsedMs) =>
    elapsedMs < 90_000 ? undefined : { approved: true, by: "alice", via: "command", at: elapsedMs },
};
const BAD: WorldOptions = {
  failing: (_ms, weights) => ({ blue: 0, green: weights.green >= 25 ? 0.5 : 0 }),
};

/** Turns bad after its promotion, in the guard. */
const LATE: WorldOptions = {
  config: stackConfig({ strategy: { ...STACK.strategy, weights: [5, 100], holdback: 5, guard: "1m" } }),
  failing: (ms, weights) => ({ blue: 0, green: ms > 135_000 && weights.green === 100 ? 0.5 : 0 }),
};

/** Stack file, stack and router tell the same, and the version that serves is one of those that may. */
function assertAgreement(world: World, live: "blue" | "green"): void {
  assert.deepEqual(world.saved.at(-1), world.inForce);
  assert.equal(world.inForce.live, live);
  assert.equal(world.inForce.candidate, undefined);
  assert.equal(world.inForce.weight, 0);
  assert.equal(world.journal.latest?.phase.kind, "finished");
}

const good = await uninterrupted(GOOD);
const bad = await uninterrupted(BAD);
const late = await uninterrupted(LATE);

describe("the crash table", () => {
  it("knows every phase that there is", () => {
    const kinds = [...good.names, ...bad.names, ...late.names].map((name) => name.split(" ")[0]);
    assert.deepEqual([...new Set(kinds)].sort(), [...PHASES].sort());
  });

  for (const [what, { names }, options, live] of [
    ["good", good, GOOD, "green"],
    ["bad", bad, BAD, "blue"],
    ["promoted, then bad", late, LATE, "blue"],
  ] as const) {
    for (const name of names) {
      for (const when of ["before", "after"] as const) {
        it(`a ${what} release killed ${when} it wrote "${name}" is brought to its end by resume`, async () => {
          const world = new World(options);
          await world.releaseUntilKilled((record, moment) => moment === when && nameOf(record) === name);
          if (world.journal.latest === undefined || world.journal.latest.phase.kind === "finished") {
            await assert.rejects(world.resume(), { message: "There is no release to go on with." });
          } else {
            const { outcome } = await world.resume();
            assert.equal(outcome, live === "green" ? "promoted" : "rolled-back");
          }
          if (world.journal.latest !== undefined) assertAgreement(world, live);
        });

        it(`a ${what} release killed ${when} it wrote "${name}" is off the traffic by the watchdog, unless decided`, async () => {
          const world = new World(options);
          const watching = new AbortController();
          const watched = world.watch(watching.signal);
          await world.releaseUntilKilled((record, moment) => moment === when && nameOf(record) === name);
          const died = world.clock.now();
          await world.clock.sleep(60_000);
          watching.abort();
          await watched;
          const phase = world.journal.latest?.phase.kind;
          if (phase === undefined || phase === "deploy" || phase === "check") {
            assert.equal(world.inForce.weight, 0);
          } else if (PROMOTED.includes(phase)) {
            const hasGoneBack = phase === "finished" && live === "blue";
            assert.equal(
              world.events.some(({ type }) => type === "traffic-back"),
              hasGoneBack,
            );
          } else {
            assert.equal(world.inForce.weight, 0);
            assert.equal(world.inForce.candidate, undefined);
            const back = world.events.find(({ type }) => type === "traffic-back");
            assert.ok(back !== undefined && back.at - died <= 17_000, "within the lease and 2 s");
          }
          if (phase === undefined || phase === "finished") return;
          await world.resume();
          assertAgreement(world, [...PROMOTED, "deploy", "check"].includes(phase) ? live : "blue");
          assert.deepEqual(world.log, []);
        });
      }
    }
  }
});
