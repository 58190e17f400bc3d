import assert from "node:assert/strict";
import { createClock, type TimeSources } from "../../release/adapters/system-clock.ts";
import { driveRelease, resumeRelease } from "../../release/drive.ts";
import { planRelease } from "../../release/plan.ts";
import type { Clock } from "../../release/ports.ts";
import { measureSkew, notBefore } from "../../release/steady-time.ts";
import { World, type WorldOptions } from "./world.ts";

const HOUR_MS = 3_600_000;

/** A machine whose times a test sets. */
class Machine implements TimeSources {
  jumpedMs = 0;
  suspendedMs = 0;
  readonly #time: () => number;

  constructor(time: () => number) {
    this.#time = time;
  }

  wall = () => this.#time() + this.jumpedMs;
  awake = () => this.#time() - this.suspendedMs;
  // Coarse, as some systems tell it.
  sinceBoot = () => Math.floor((this.#time() + 7_400_300) / 1_000) * 1_000;
}

/** A world whose release program runs on a machine of its own. */
class WorldOnMachine extends World {
  readonly machine = new Machine(() => this.clock.now());
  /** How long the machine is suspended at the program's next sleep. */
  suspendNextMs = 0;
  readonly #machineClock: Clock = {
    now: createClock(this.machine).now,
    sleep: async (ms, signal) => {
      const suspend = this.suspendNextMs;
      this.suspendNextMs = 0;
      await this.clock.sleep(ms + suspend, signal);
      this.machine.suspendedMs += suspend;
    },
  };

  async releaseOnMachine(): Promise<number> {
    const plan = planRelease(this.config, { version: "1.1.0", image: "checkout:1.1.0" });
    const driver = { name: "releaser", stack: "test", signal: this.interruption.signal };
    return (await driveRelease(plan, this.config, { ...this.ports, clock: this.#machineClock }, driver)).exitCode;
  }
}

describe("the system's clock", () => {
  const setUp = () => {
    let time = 1_000_000;
    const machine = new Machine(() => time);
    return { clock: createClock(machine), machine, pass: (ms: number) => (time += ms) };
  };

  it("begins at the wall's time and goes on steadily, whoever sets that", () => {
    const { clock, machine, pass } = setUp();
    assert.equal(clock.now(), 1_000_000);
    for (const jump of [HOUR_MS, -HOUR_MS, 30 * HOUR_MS]) {
      machine.jumpedMs = jump;
      const before = clock.now();
      pass(250);
      assert.equal(clock.now() - before, 250);
    }
  });

  it("counts the time in which the machine was suspended, and counts it once", () => {
    const { clock, machine, pass } = setUp();
    pass(10_000);
    pass(600_000);
    machine.suspendedMs = 600_000;
    assert.ok(Math.abs(clock.now() - 1_610_000) <= 1_000, String(clock.now()));
    const awake = clock.now();
    for (let i = 0; i < 100; i += 1) pass(100);
    assert.equal(clock.now() - awake, 10_000);
  });

  it("tells the machine's time, in whole ms", () => {
    const now = createClock().now();
    assert.ok(Math.abs(now - Date.now()) < 100);
    assert.equal(now, Math.round(now));
  });
});

describe("a release on a machine whose clock is set", () => {
  const story = async (options: WorldOptions, jumps: readonly number[]) => {
    const left = [...jumps];
    const world: WorldOnMachine = new WorldOnMachine({
      ...options,
      onEvent: ({ type }) => {
        if (type === "weight-observed" || type === "sampled") world.machine.jumpedMs += left.shift() ?? 0;
      },
    });
    return { code: await world.releaseOnMachine(), events: world.events, left: world.inForce };
  };

  for (const [what, options, code] of [
    ["a good version", {}, 0],
    ["a bad one", { failing: (_ms, { green }) => ({ blue: 0, green: green >= 25 ? 0.5 : 0 }) }, 2],
  ] as const satisfies readonly (readonly [string, WorldOptions, number])[]) {
    it(`does to ${what}, and tells, what it would have without`, async () => {
      const undisturbed = await story(options, []);
      assert.equal(undisturbed.code, code);
      const jumps = [HOUR_MS, -2 * HOUR_MS, 5_000, -90_000, 24 * HOUR_MS, -HOUR_MS, 1, -700];
      assert.deepEqual(await story(options, jumps), undisturbed);
    });
  }

  it("judges what happened while it was suspended, and rolls nothing back for its own absence", async () => {
    const world: WorldOnMachine = new WorldOnMachine({
      onEvent: (event) => {
        if (event.type === "weight-observed" && event.weight === 25) world.suspendNextMs = 600_000;
      },
    });
    assert.equal(await world.releaseOnMachine(), 0);
    const counted = world.events.flatMap((event) => (event.type === "sampled" ? [event.sample.spanMs] : []));
    assert.ok(counted.reduce((all, ms) => all + ms, 0) > 600_000, "no scrape of that time is lost");
  });
});

describe("clocks of several machines", () => {
  it("do not put what was written down into the future", async () => {
    const world = new World();
    const later = notBefore(world.clock, world.clock.now() + 5_000);
    assert.equal(later.now(), 1_005_000);
    await later.sleep(1_000);
    assert.equal(later.now(), 1_006_000);
    assert.equal(notBefore(world.clock, 0).now(), world.clock.now());
  });

  it("a release that is resumed where the clock is behind goes on from the last time that was told", async () => {
    const world = new World();
    await world.releaseUntilKilled(({ phase }, when) => phase.kind === "dwell" && when === "after");
    const { clock, journal } = world;
    const entry = await journal.readLatest();
    const last = entry?.events.at(-1)?.at ?? 0;
    const ahead = 4_000;
    const shifted = entry?.events.map((event) => ({ ...event, at: event.at + ahead })) ?? [];
    if (entry !== undefined) await journal.write(entry.record, shifted);
    assert.ok(last + ahead > clock.now());
    const ending = await world.resume();
    assert.equal(ending.outcome, "promoted");
    const resumed = world.events.find(({ type }) => type === "resumed");
    assert.ok(resumed?.type === "resumed" && resumed.awayMs >= 0);
  });

  for (const [phase, told] of [
    ["dwell", /^Nothing was changed: the clock of this machine is 42 s ahead of that of Prometheus/],
    ["back", undefined],
  ] as const) {
    it(`${told === undefined ? "do not keep" : "keep"} a release that died in "${phase}" from being resumed where they differ`, async () => {
      const world: World = new World({
        failing: (_elapsed, weights) => ({ blue: 0, green: phase === "back" && weights.green > 0 ? 1 : 0 }),
      });
      await world.releaseUntilKilled(({ phase: { kind } }, when) => kind === phase && when === "after");
      const holder = await world.lease.read();
      const { metrics } = world.ports;
      const skewed = {
        ...metrics,
        ask: async (query: string) => {
          const values = await metrics.ask(query);
          return query === "time()" ? values.map((answer) => ({ ...answer, value: answer.value - 42 })) : values;
        },
      };
      const ports = { ...world.ports, metrics: skewed };
      const driver = { name: "resumer", stack: "test", signal: new AbortController().signal };
      const resumed = resumeRelease(world.config, ports, driver);
      if (told === undefined) assert.equal((await resumed).outcome, "rolled-back");
      else {
        await assert.rejects(resumed, { name: "UserError", message: told });
        assert.deepEqual(await world.lease.read(), holder, "a watchdog still sees that nobody drives");
      }
    });
  }

  for (const [theirs, skew] of [
    [1_000, 0],
    [1_007.5, 7_500],
    [940, -60_000],
  ] as const) {
    it(`differ by ${skew} ms where Prometheus says ${theirs} s at our 1000th`, async () => {
      const { clock, ports } = new World();
      const metrics = { ...ports.metrics, ask: () => Promise.resolve([{ labels: {}, value: theirs }]) };
      assert.equal(await measureSkew(clock, metrics), skew);
    });
  }
});
