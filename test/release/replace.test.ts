import assert from "node:assert/strict";
import type { ReleaseEvent } from "../../release/events.ts";
import { planRelease } from "../../release/plan.ts";
import type { Ports } from "../../release/ports.ts";
import type { Ending, ReleaseRecord } from "../../release/record.ts";
import { findFormer, replaceRelease } from "../../release/replace.ts";
import { STACK, stackConfig, World, type WorldOptions } from "./world.ts";

interface Replacing {
  readonly by?: string;
  /** What the new release tells. */
  readonly told?: ReleaseEvent[];
  /** What is told of the end of the other one. */
  readonly former?: ReleaseEvent[];
  readonly signal?: AbortSignal;
}

const listener = (events: ReleaseEvent[]): Ports["reporter"] => ({
  report: (event) => events.push(event),
  close: () => undefined,
});

/** Another program, on another machine, that releases a version in place of the one under release. */
function replace(world: World, version: string, options: Replacing = {}): Promise<Ending> {
  const { by = "replacer", former = [], signal = new AbortController().signal, told = [] } = options;
  return replaceRelease(
    (config) => planRelease(config, { version, image: `checkout:${version}` }),
    world.config,
    { ...world.ports, reporter: listener(told) },
    { name: by, stack: "test", signal },
    listener(former),
  );
}

const types = (events: readonly ReleaseEvent[]) => events.map(({ type }) => type);
const slot = (version: string, replicas = 2) => ({ version, image: `checkout:${version}`, replicas });

/** A release of 1.1.0 during which 1.2.0 is released in its place. */
async function replacedAt(at: (event: ReleaseEvent) => boolean, options: WorldOptions = {}) {
  let takeBacks = 0;
  const [told, former]: [ReleaseEvent[], ReleaseEvent[]] = [[], []];
  let replacing: Promise<Ending> | undefined;
  const world = new World({
    ...options,
    beforeTakeBack: (tries) => (takeBacks = tries),
    onEvent: (event, { clock }) => {
      if (replacing === undefined && at(event))
        replacing = clock.sleep(100).then(() => replace(world, "1.2.0", { told, former }));
    },
  });
  const exitCode = await world.release();
  const ending = await replacing;
  return { ending, exitCode, former, takeBacks, told, world };
}

const atFivePercent = (event: ReleaseEvent) => event.type === "weight-observed" && event.weight === 5;

describe("a release in place of another one", () => {
  it("takes the other one's traffic back, and goes its own way; the other ends without touching anything", async () => {
    const { ending, exitCode, former, takeBacks, told, world } = await replacedAt(atFivePercent);
    assert.equal(ending?.outcome, "promoted");
    assert.deepEqual([world.inForce.live, world.inForce.green], ["green", slot("1.2.0")]);
    assert.equal(takeBacks, 1);
    assert.deepEqual(types(former), ["rolling-back", "traffic-back", "reconciled", "finished"]);
    assert.deepEqual(types(told).slice(0, 2), ["planned", "deploying"]);
    assert.deepEqual(types(told).slice(-2), ["promoted", "finished"]);

    const last = world.events.at(-1);
    assert.ok(last?.type === "finished");
    assert.deepEqual([exitCode, last.outcome, last.reason], [2, "taken-over", "taken over by replacer"]);
    const records = world.journal.written.map((text) => (JSON.parse(text) as { record: ReleaseRecord }).record);
    const old = records.findLast(({ plan }) => plan.candidate.version === "1.1.0");
    assert.deepEqual(old?.phase, {
      kind: "finished",
      ending: { outcome: "rolled-back", reason: "replaced by replacer", exitCode: 2, stackAgrees: true },
    });
    assert.equal(old.state.denied, undefined, "what is replaced is not denied");
    assert.equal((await world.lease.read())?.holder, "");
  });

  it("is not disturbed by a program that hears of it late", async () => {
    const told: ReleaseEvent[] = [];
    let takeBacks = 0;
    let replacing: Promise<Ending> | undefined;
    const world = new World({
      beforeTakeBack: (tries) => (takeBacks = tries),
      onEvent: (event) => {
        if (!atFivePercent(event) || replacing !== undefined) return;
        const take = world.lease.take.bind(world.lease);
        // Its renewals do not get through any more, so that nobody tells it.
        world.lease.take = (holder, seen) =>
          holder === "releaser" ? Promise.reject(new Error("ETIMEDOUT")) : take(holder, seen);
        const reporter: ReleaseEvent[] = told;
        const push = reporter.push.bind(reporter);
        reporter.push = (...events) => {
          // By then its operator interrupts it: it wants to take "its" candidate's traffic back.
          if (events.some(({ type }) => type === "weight-set")) world.interruption.abort();
          return push(...events);
        };
        replacing = replace(world, "1.2.0", { told });
      },
    });
    assert.equal(await world.release(), 2);
    const last = world.events.at(-1);
    assert.ok(last?.type === "finished");
    assert.deepEqual([last.outcome, last.reason], ["taken-over", "taken over by replacer"]);
    assert.equal((await replacing)?.outcome, "promoted");
    assert.equal(takeBacks, 1, "by the replacing program alone");
  });

  it("leaves a version live that was promoted, and ends its guard", async () => {
    const config = stackConfig({ strategy: { ...STACK.strategy, weights: [5, 100], guard: "10m" } });
    const { ending, former, takeBacks, world } = await replacedAt(({ type }) => type === "guarding", { config });
    assert.deepEqual(types(former), ["reconciled", "finished"]);
    const [end] = former.slice(-1);
    assert.ok(end?.type === "finished");
    assert.equal(end.reason, "version 1.1.0 serves all traffic; its guard was ended: replaced by replacer");
    assert.equal(end.outcome, "promoted");
    assert.equal(ending?.outcome, "promoted");
    assert.equal(takeBacks, 0);
    assert.deepEqual(
      [world.inForce.live, world.inForce.blue, world.inForce.green?.version],
      ["blue", slot("1.2.0"), "1.1.0"],
    );
  });

  it("goes to the last of several that are begun at once; the others are told", async () => {
    const world = new World();
    await world.releaseUntilKilled(({ phase }, when) => phase.kind === "dwell" && when === "after");
    const endings = await Promise.allSettled(
      ["1.2.0", "1.3.0"].map((version) => replace(world, version, { by: `for ${version}` })),
    );
    const outcomes = endings.map((end) => (end.status === "fulfilled" ? end.value.outcome : String(end.reason)));
    assert.equal(outcomes.filter((outcome) => outcome === "promoted").length, 1, outcomes.join());
    assert.match(outcomes.join(), /taken-over|Nothing was begun: (somebody else has taken over|taken over by)/);
    const winner = outcomes.indexOf("promoted") === 0 ? "1.2.0" : "1.3.0";
    assert.deepEqual([world.inForce.live, world.inForce.green], ["green", slot(winner)]);
    assert.deepEqual(world.saved.at(-1), world.inForce);
  });

  it("is not begun where the other one's traffic cannot be moved: that release is not over", async () => {
    const world = new World({
      beforeTakeBack: () => {
        throw new Error("the API server is gone");
      },
    });
    await world.releaseUntilKilled(({ phase }, when) => phase.kind === "dwell" && when === "after");
    const [told, former]: [ReleaseEvent[], ReleaseEvent[]] = [[], []];
    const { exitCode, outcome } = await replace(world, "1.2.0", { told, former });
    assert.deepEqual([outcome, exitCode], ["rollback-failed", 3]);
    assert.deepEqual(types(former), ["rolling-back", "traffic-stuck", "finished", "warned"]);
    const last = former.at(-1);
    assert.ok(last?.type === "warned");
    assert.equal(last.problem, "nothing was begun: the other release's traffic could not be taken back");
    assert.deepEqual(told, []);
    assert.equal(world.journal.latest?.phase.kind, "back");
    assert.equal((await world.lease.read())?.holder, "replacer");
  });

  it("comes after a promoted version that its guard has judged is taken back at last, and denied", async () => {
    let isAway = true;
    const world = new World({
      config: stackConfig({ strategy: { ...STACK.strategy, weights: [5, 100], guard: "2m" } }),
      failing: (ms) => ({ blue: 0, green: isAway && ms > 110_000 ? 0.5 : 0 }),
      beforeTakeBack: () => {
        if (isAway) throw new Error("the API server is gone");
      },
    });
    assert.equal(await world.release(), 3);
    assert.equal(world.inForce.live, "green");
    assert.deepEqual((await findFormer(world.ports))?.then.green, slot("1.1.0", 0));
    isAway = false;
    const [told, former]: [ReleaseEvent[], ReleaseEvent[]] = [[], []];
    assert.equal((await replace(world, "1.2.0", { told, former })).outcome, "promoted");
    const ended = former.find((event) => event.type === "finished");
    assert.equal(ended?.outcome, "rolled-back");
    assert.deepEqual(Object.keys(world.inForce.denied ?? {}), ["1.1.0"]);
    const planned = told.find((event) => event.type === "planned");
    assert.deepEqual(planned?.stable, { slot: "blue", version: "1.0.0" });
  });

  it("is not begun where stack and cluster do not agree afterwards", async () => {
    const world = new World({
      beforeUp: ({ candidate, serial }) => {
        if (candidate === undefined && serial > 2) throw new Error("no space left on device");
      },
    });
    await world.releaseUntilKilled(({ phase }, when) => phase.kind === "dwell" && when === "after");
    const told: ReleaseEvent[] = [];
    await assert.rejects(replace(world, "1.2.0", { told }), {
      name: "UserError",
      message:
        /^Nothing was begun: the release of 1\.1\.0 is ended, but stack and cluster do not agree yet\. .*"sluice sync"/,
    });
    assert.deepEqual(told, []);
  });

  it("is not begun once its operator interrupts it; the other one is ended all the same", async () => {
    const world = new World();
    await world.releaseUntilKilled(({ phase }, when) => phase.kind === "dwell" && when === "after");
    const signal = AbortSignal.abort();
    await assert.rejects(replace(world, "1.2.0", { signal }), {
      name: "Interrupted",
      message: "Nothing was begun: interrupted by the operator.",
    });
    assert.deepEqual([world.inForce.candidate, world.journal.latest?.phase.kind], [undefined, "finished"]);
  });

  const phases = ["deploy", "check", "set", "observe", "dwell", "bake", "promote", "guard", "back", "reconcile"];
  for (const kind of phases) {
    it(`follows one whose program died in "${kind}", as it was foreseen`, async () => {
      let isBad = ["back", "reconcile"].includes(kind);
      const failing = () => ({ blue: 0, green: isBad ? 1 : 0 });
      const config = stackConfig({ strategy: { ...STACK.strategy, weights: [5, 100], guard: "1m" } });
      const world = new World({ config, failing });
      await world.releaseUntilKilled(({ phase }, when) => phase.kind === kind && when === "after");
      isBad = false;
      const foreseen = await findFormer(world.ports);
      const told: ReleaseEvent[] = [];
      const ending = await replace(world, "1.2.0", { told });
      assert.equal(ending.outcome, "promoted", ending.reason);
      const [planned] = told;
      assert.ok(planned?.type === "planned");
      assert.equal(planned.stable.slot, foreseen?.then.live);
      const { live } = world.inForce;
      assert.equal(live, ["promote", "guard"].includes(kind) ? "blue" : "green");
      assert.equal(world.inForce[live]?.version, "1.2.0");
      assert.deepEqual(world.saved.at(-1), world.inForce);
      assert.equal(await findFormer(world.ports), undefined);
    });
  }
});
