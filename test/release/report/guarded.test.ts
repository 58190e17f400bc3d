import assert from "node:assert/strict";
import { formatDuration } from "../../../config/duration.ts";
import type { ReleaseEvent } from "../../../release/events.ts";
import { writeHeadline } from "../../../release/report/headline.ts";
import { drawLive } from "../../../release/report/live-view.ts";
import { follow, NOTHING_YET } from "../../../release/report/live-state.ts";
import { createNewsReporter } from "../../../release/report/news.ts";
import { summarise } from "../../../release/report/summary.ts";
import { describe as tell } from "../../../release/report/words.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { STACK, stackConfig, World, type WorldOptions } from "../world.ts";

async function guarded(options: WorldOptions = {}): Promise<World> {
  const config = stackConfig({ strategy: { ...STACK.strategy, weights: [5, 100], guard: "2m" } });
  const world = new World({ config, ...options });
  await world.release();
  return world;
}

async function unguarded(): Promise<World> {
  const world = new World({ config: stackConfig({ strategy: { ...STACK.strategy, weights: [5, 100] } }) });
  await world.release();
  return world;
}

const plain = (_style: unknown, text: string) => text;

describe("what is told of a guard", () => {
  it("is how long the gate stayed on, beside the time of the promotion", async () => {
    const { events } = await guarded();
    const { detail, title } = writeHeadline(summarise(events));
    assert.equal(title, "Version 1.1.0 was promoted");
    assert.match(detail, /^It is live after 2 steps in 1 m 33 s\. The gate stayed on for 2 m after that\. Meanwhile: /);
    const lines = events.map((event) => tell(event) ?? "");
    assert.ok(lines.some((line) => line.endsWith(" bake 30 s, guard 2 m")));
    assert.ok(
      lines.some((line) => /^the gate stays on until .*: 1\.0\.0 stays warm in blue for the way back$/.test(line)),
    );
    assert.ok(lines.includes("1.0.0 has no pods in blue any more: the way back is closed"));
  });

  it("is that a promoted version was taken back, and why", async () => {
    const { events } = await guarded({ failing: (ms) => ({ blue: 0, green: ms > 120_000 ? 0.2 : 0 }) });
    const summary = summarise(events);
    const { detail, title } = writeHeadline(summary);
    assert.equal(title, "Version 1.1.0 was promoted, and rolled back 29 s later");
    assert.match(detail, /All traffic was back on stable .* after the decision\.$/);
    assert.deepEqual([summary.verdict?.kind, summary.verdict?.weight], ["rollback", 100]);
  });

  /** What a notifier tells of these events, each with its time since the promotion. */
  const newsOf = (events: readonly ReleaseEvent[]) => {
    const news: string[] = [];
    const promotedAt = events.find(({ type }) => type === "promoted")?.at ?? events[0]?.at ?? 0;
    const room = { app: "shop", stack: "test", pauseAfterMs: 600_000, clock: new VirtualClock() };
    const reporter = createNewsReporter(room, ({ at, kind, title }) => {
      news.push(`${formatDuration(at - promotedAt)} ${kind}: ${title.replace("shop on test: ", "")}`);
    });
    for (const event of events) reporter.report(event);
    reporter.close();
    return news;
  };

  it("is news at the promotion, and once more when the guard has ended", async () => {
    const { events } = await guarded();
    assert.deepEqual(newsOf(events), [
      "0 s promoted: Version 1.1.0 was promoted",
      "2 m 2 s guarded: the guard has ended, the new version stays",
    ]);
    assert.deepEqual(newsOf((await unguarded()).events), ["0 s promoted: Version 1.1.0 was promoted"]);
  });

  it("is news once where somebody resumes in the guard: that it has ended", async () => {
    const { events } = await guarded();
    const after = events.slice(events.findIndex(({ type }) => type === "guarding") + 1);
    const [{ at } = { at: 0 }] = after;
    const resumed: ReleaseEvent = { at, type: "resumed", phase: "guard", by: "b", awayMs: 0 };
    assert.match(newsOf([resumed, ...after]).join(), /^2 m \d s guarded: the guard has ended, the new version stays$/);
  });

  it("is news that a promoted version was taken back", async () => {
    const { events } = await guarded({ failing: (ms) => ({ blue: 0, green: ms > 120_000 ? 0.2 : 0 }) });
    assert.deepEqual(
      newsOf(events).map((line) => line.replace(/^.* s /, "")),
      ["promoted: Version 1.1.0 was promoted", "rolled-back: rolled back from 100 % of the traffic"],
    );
  });

  it("counts down on the terminal", async () => {
    const { events } = await guarded();
    const begins = events.findIndex(({ type }) => type === "guarding");
    const state = events.slice(0, begins + 1).reduce(follow, NOTHING_YET);
    const [, , doing = ""] = drawLive(state, (state.doing?.since ?? 0) + 20_000, 120, plain);
    assert.equal(doing.trim(), "guarding, 20 s; ends in 1 m 40 s");
    const end = events.findIndex(({ at, type }) => type === "decided" && at > (state.doing?.since ?? 0));
    assert.equal(events.slice(0, end + 1).reduce(follow, NOTHING_YET).doing?.what, "finishing");
  });
});
