import assert from "node:assert/strict";
import fc from "fast-check";
import type { ReleaseEvent, StageTimes } from "../../../release/events.ts";
import { readRecording, type Telling } from "../../../release/replay/recording.ts";
import { replay } from "../../../release/replay/replay.ts";
import { changeSettings, type Written } from "../../../release/replay/settings.ts";
import { STACK, stackConfig, World, type WorldOptions } from "../world.ts";

/** What is read of a file: the events as text. */
const readAgain = (events: readonly ReleaseEvent[]) => JSON.parse(JSON.stringify(events)) as ReleaseEvent[];

async function record(options: WorldOptions) {
  const world = new World(options);
  await world.release();
  return readRecording(readAgain(world.events));
}

async function replayed(options: WorldOptions, changes: Written) {
  const recording = await record(options);
  const start = recording.plan.at;
  const { told } = replay(recording, changeSettings(recording, changes, "--set"));
  return { then: summarise(recording.told, start), now: summarise(told, start) };
}

const summarise = (told: readonly Telling[], start: number) =>
  told.map(
    ({ at, canary, decision, weight }) => `${(at - start) / 1_000} s ${weight} % ${decision}, ${canary.failed} failing`,
  );

const failing = (share: number, weight = 5): WorldOptions => ({
  failing: (_ms, { green }) => ({ blue: 0.001, green: green >= weight ? share : 0 }),
});

const share = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true }));
const seconds = (least: number, most: number) => fc.integer({ min: least, max: most });

const story = fc.record({
  failing: share,
  stableFailing: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 0.05, noNaN: true })),
  slow: share,
  from: seconds(0, 120),
  until: seconds(60, 400),
  reaching: fc.constantFrom(1, 1, 1, 0.5, 0),
  rps: fc.constantFrom(2, 20, 200),
  /** From when on, and for how long, Prometheus cannot be read. */
  silentFrom: seconds(0, 200),
  silentS: fc.constantFrom(0, 0, 5, 30, 400),
  declared: fc.constantFrom(0, 0, 20),
  minStepTime: fc.constantFrom("0s", "4s", "15s", "31s"),
  maxStepTime: fc.constantFrom("31s", "90s", "3m"),
  onInconclusive: fc.constantFrom("advance", "pause", undefined),
  latency: fc.constantFrom("off", { limit: "100ms" }, { limit: "50ms", percentile: 95 }),
  interruptedAt: fc.option(seconds(1, 300)),
});

describe("a replay", () => {
  it("by the same settings says the same as the release, at the same times", async () => {
    await fc.assert(
      fc.asyncProperty(story, async (told) => {
        const isOn = (ms: number) => ms >= told.from * 1_000 && ms < (told.from + told.until) * 1_000;
        const { interruptedAt, latency, maxStepTime, minStepTime, onInconclusive } = told;
        const load = { query: "load", worse: "higher", limit: 10, window: "10s", interval: "5s", warmup: "10s" };
        const gate = { minStepTime, maxStepTime, latency, pauseDeadline: "2m", declared: { load } };
        const weights = [5, { weight: 25, minStepTime: "20s", maxStepTime: "40s" }, 100];
        const world = new World({
          config: stackConfig({
            gate: { ...gate, ...(onInconclusive === undefined ? {} : { onInconclusive }) },
            strategy: { ...STACK.strategy, weights },
          }),
          rps: told.rps,
          failing: (ms) => ({ blue: told.stableFailing, green: isOn(ms) ? told.failing : 0 }),
          slow: (ms) => ({ blue: 0, green: isOn(ms) ? told.slow : 0 }),
          reaching: (ms) => (isOn(ms) ? told.reaching : 1),
          ask: (query, ms) => [query === "load" && isOn(ms) ? told.declared : 0],
          beforeRead: (ms) => {
            const since = ms - told.silentFrom * 1_000;
            if (since >= 8_000 && since < told.silentS * 1_000 + 8_000) throw new Error("refused");
          },
          onEvent: ({ at }, { events, interruption }) => {
            if (interruptedAt !== null && at - (events[0]?.at ?? at) > interruptedAt * 1_000) interruption.abort();
          },
        });
        await world.release();
        fc.pre(world.types.includes("gate-opened"));
        const recording = readRecording(readAgain(world.events));
        const again = replay(recording, changeSettings(recording, {}, "nothing"));
        assert.deepEqual(again.told, recording.told);
      }),
      { numRuns: 25 },
    );
  });

  it("takes a release that was resumed by another program as one", async () => {
    for (let end = 8; end < 45; end += 3) {
      const world = new World({ failing: (ms) => ({ blue: 0, green: ms > 60_000 ? 0.05 : 0 }) });
      let writings = 0;
      await world.releaseUntilKilled(
        (_record, when) => when === (end % 2 === 0 ? "before" : "after") && ++writings === end,
      );
      if (world.journal.latest?.phase.kind === "finished") break;
      await world.resume();
      const entry = await world.journal.readLatest();
      const recording = readRecording(entry?.events ?? []);
      const again = replay(recording, changeSettings(recording, {}, "nothing"));
      assert.deepEqual(again.told, recording.told, `killed at writing ${end}`);
      assert.equal(again.told.at(-1)?.decision, "rollback");
    }
  });

  it("by other settings says what the gate would have said", async () => {
    const then = ["12 s 5 % hold, 2 failing", "22 s 5 % rollback, 5 failing"];
    assert.deepEqual(await replayed(failing(0.03), { falseAlarm: 0.2 }), {
      then,
      now: ["12 s 5 % hold, 2 failing", "14 s 5 % rollback, 3 failing"],
    });
    assert.deepEqual(await replayed(failing(0.03), { tolerate: 10 }), { then, now: [] });
    const leaves = (...times: number[]) =>
      [5, 25, 50, 100, 100].map((weight, i) => `${times[i] ?? NaN} s ${weight} % advance, 0 failing`);
    // The release went on before 30 s at a weight were over: what the gate would have said then is not known.
    assert.deepEqual(await replayed({}, { minStepTime: "30s" }), {
      then: leaves(42, 61, 81, 101, 131),
      now: leaves(42, 0, 0, 0, 131).filter((_, i) => i === 0 || i === 4),
    });
    assert.deepEqual(await replayed({}, { minStepTime: "5s" }), {
      then: leaves(42, 61, 81, 101, 131),
      now: leaves(42, 51, 71, 91, 131),
    });
  });

  it("leaves each stage its own times, also where they are those of the gate, and the guard its own", async () => {
    // 15 s is the gate's minStepTime, too.
    const weights = [5, { weight: 25, minStepTime: "15s" }, 50, 100];
    const config = stackConfig({ strategy: { ...STACK.strategy, weights, guard: "3m" } });
    const recording = await record({ config });
    assert.deepEqual(recording.plan.stages, [{ weight: 25, minStepTimeMs: 15_000 }]);
    const start = recording.plan.at;
    const advances = (changes: Written, stages: readonly StageTimes[] = []) =>
      replay(recording, changeSettings(recording, changes, "--set"), stages).told.map(
        ({ at, weight }) => `${weight} % ${Math.round((at - start) / 1_000)} s`,
      );
    const then = recording.told.map(({ at, weight }) => `${weight} % ${Math.round((at - start) / 1_000)} s`);
    assert.deepEqual(advances({}), then);
    const quicker = advances({ minStepTime: "5s" });
    assert.deepEqual([quicker[1], quicker[2] === then[2]], [then[1], false], "25 % keeps its 15 s");
    // 3 m is the gate's maxStepTime, too: the guard ends no sooner for it.
    assert.equal(advances({ maxStepTime: "1m" }).at(-1), then.at(-1));
    const other = advances({}, [{ weight: 25, minStepTimeMs: 5_000 }]);
    assert.deepEqual(other.toSpliced(1, 1), then.toSpliced(1, 1));
    assert.notEqual(other[1], then[1]);
  });
});
