import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { computeReplay } from "../../../release/commands/replay.ts";
import type { ReleaseEvent } from "../../../release/events.ts";
import { World } from "../world.ts";

describe("sluice replay", () => {
  let directory: string;
  let file: string;
  const lines = (events: readonly ReleaseEvent[]) =>
    events.map((event) => `${JSON.stringify({ v: 1, ...event })}\n`).join("");
  const run = (...set: string[]) => computeReplay(undefined, { project: ".", events: file, set });

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "replay-"));
    file = path.join(directory, "events.jsonl");
    const good = new World();
    await good.release("1.0.9");
    const bad = new World({ failing: (_ms, { green }) => ({ blue: 0.001, green: green > 0 ? 0.03 : 0 }) });
    await bad.release();
    await writeFile(file, lines(good.events) + lines(bad.events));
  });
  after(() => rm(directory, { recursive: true }));

  it("tells what would have been, then each verdict beside the other", async () => {
    assert.equal(
      await run("gate.falseAlarm=0.2", "gate.minStepTime=30s"),
      [
        "checkout 1.1.0, released beside 1.0.0; replayed with falseAlarm 0.2 (was 0.01), minStepTime 30 s (was 15 s)",
        "",
        "Would have rolled back at 0:14.0 instead of 0:22.0 (8 s after the first failing answer instead of 16 s), with 3 failing instead of 5: " +
          "fails more than 1.25 times as often as stable: 3 of 100 requests failed (3 %) against 2 of 2,300 requests failed (0.09 %) on stable (odds 29 : 1).",
        "",
        "weight  then                          now",
        "5 %     0:12.0 hold (2 failing)       0:12.0 hold (2 failing)",
        "        0:22.0 roll back (5 failing)  0:14.0 roll back (3 failing)",
      ].join("\n"),
    );
  });

  it("takes other times of single stages", async () => {
    const told = await computeReplay("1.0.9", {
      project: ".",
      events: file,
      set: ["stage.25.minStepTime=5s", "stage.50.maxStepTime=30s"],
    });
    const changes = "stage.25.minStepTime 5 s (was not set), stage.50.maxStepTime 30 s (was not set)";
    assert.equal(told.split("\n")[0], `checkout 1.0.9, released beside 1.0.0; replayed with ${changes}`);
    assert.match(told, /^25 % {4}1:01\.0 advance \(0 failing\) {2}0:51\.0 advance \(0 failing\)$/m);
    assert.match(told, /^50 % {4}1:21\.0 advance \(0 failing\) {2}1:21\.0 advance \(0 failing\)$/m);
  });

  it("tells that nothing would have been otherwise", async () => {
    assert.match(
      await run(),
      /^checkout 1\.1\.0, released beside 1\.0\.0; replayed with the settings of then\n\nRolled back at 0:22\.0, as then: /,
    );
  });

  it("tells how near it came to what did not happen", async () => {
    assert.match(
      await run("gate.tolerate=10"),
      /^Would not have rolled back by 0:22\.0, when it did then and the record ends \(5 failing of 180\)\. At the end it was above the limit by odds of 1\.2, which takes 666\.$/m,
    );
  });

  it("takes another release of the file by its version, settings from a file, and says it as JSON", async () => {
    const settings = path.join(directory, "gate.yaml");
    await writeFile(settings, "minStepTime: 5s\nlatency: off\n");
    const told = JSON.parse(
      await computeReplay("1.0.9", { project: ".", events: file, settings, json: true }),
    ) as Record<string, unknown>;
    assert.deepEqual(told.changes, ["latency off (was on)", "minStepTime 5 s (was 15 s)"]);
    assert.equal(told.candidate, "1.0.9");
    assert.equal(told.faithful, true);
    const times = (list: unknown) => (list as { at: number }[]).map(({ at }) => at / 1_000);
    assert.deepEqual(times(told.then), [1042, 1061, 1081, 1101, 1131]);
    assert.deepEqual(times(told.now), [1042, 1051, 1071, 1091, 1131]);
  });

  const mistakes: readonly (readonly [string, string[], RegExp])[] = [
    ["a setting that is none", ["gate.limt=1"], /^--set: 1 problem\n {2}- sluice:gate\.limt: no such setting/],
    ["a wrong value, and one that does not fit", ["gate.limit=2", "gate.minStepTime=9"], /^--set: 2 problems/],
    [
      "what was not counted",
      ["gate.latency.limit=70ms"],
      /latency\.limit: answers were counted at 10ms, 25ms, 50ms, 100ms only \(is 70 ms\)$/,
    ],
    ["what cannot be replayed", ["gate.pods.restarts=1"], /sluice:gate\.pods: cannot be replayed/],
    [
      "a stage that was none",
      ["stage.30.minStepTime=5s"],
      /stage\.30: the release had no such step; there are 5, 25, 50, 100$/,
    ],
    [
      "times of a stage that do not fit",
      ["stage.25.minStepTime=1h"],
      /stage\.25: minStepTime \(3600000ms\) is longer than/,
    ],
    ["what a stage has not", ["stage.25.weight=7"], /stage\.25\.weight/],
    ["no assignment", ["limit"], /write it as gate\.<setting>=<value>/],
  ];
  for (const [what, set, message] of mistakes) {
    it(`refuses ${what}`, () => assert.rejects(run(...set), { message }));
  }

  it("refuses a release that is not there, and a file that holds none", async () => {
    await assert.rejects(computeReplay("7", { project: ".", events: file }), {
      message: /holds no release 7\. There are: 19700101-001640 \(1\.0\.9\)/,
    });
    await assert.rejects(computeReplay(undefined, { project: "." }), { message: /^Name the stack/ });
    const other = path.join(directory, "other.jsonl");
    await writeFile(other, '{"v":2}\n');
    await assert.rejects(computeReplay(undefined, { project: ".", events: other }), { message: /line 1: is no event/ });
  });
});
