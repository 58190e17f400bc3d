import assert from "node:assert/strict";
import { renderReport } from "../../../release/report/html.ts";
import { follow, NOTHING_YET } from "../../../release/report/live-state.ts";
import { drawLive } from "../../../release/report/live-view.ts";
import { writeHeadline } from "../../../release/report/headline.ts";
import { summarise } from "../../../release/report/summary.ts";
import { createTeller } from "../../../release/report/teller.ts";
import { readable, rowsOf, textsOf } from "./page.ts";
import { describe as describeEvent } from "../../../release/report/words.ts";
import { event, SLOW, START } from "./stories.ts";

describe("a release that was too slow", () => {
  it("is told with what decided, and not with failing requests", () => {
    assert.deepEqual(writeHeadline(summarise(SLOW)), {
      title: "Version 1.3.0 was rolled back at 5 % of the traffic: it answers slower than stable",
      detail:
        "At up to 5 % of the traffic: candidate 0 of 60 requests failing, stable 0 of 1,140 requests failing. " +
        "Answers over 100 ms: candidate 30 of 60 (50 %), stable 2 of 1,140 (0.18 %). " +
        "All traffic was back on stable 0.3 s after the decision.",
      tone: "bad",
    });
  });

  it("shows in the live view what is slow, beside what fails", () => {
    const state = SLOW.filter(({ at }) => at <= START + 19_000).reduce(follow, NOTHING_YET);
    assert.deepEqual(drawLive(state, START + 19_000, 120, (_style, text) => text).slice(3, 6), [
      "  candidate 1.3.0   0 of 60 failing               now 15/s, 0 % failing, 50 % over 100 ms",
      "  stable 1.0.0      0 of 1,140 failing            now 285/s, 0 % failing, 0.18 % over 100 ms",
      "  towards rollback  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━  odds 4,000, needs 333 slower than stable",
    ]);
  });

  it("tells what comes in clusters, and what was left out of the hour before", () => {
    const lines = [
      event(1, "calibrated", { dispersion: 2.34 }),
      event(1, "calibrated", { dispersion: 1, slower: [1, 4.2, 3] }),
      event(1, "calibrated", { dispersion: 2, slower: [1, 4.2, 3] }),
      event(1, "baseline", { requests: 1_000, failed: 0, incidentMs: 300_000 }),
    ].map((told) => describeEvent(told));
    assert.deepEqual(lines, [
      "stable's failures scatter 2.3 times as much as independent ones: they weigh less",
      "stable's slow answers scatter up to 4.2 times as much as independent ones: they weigh less",
      "stable's failures scatter 2.0 times, its slow answers scatter up to 4.2 times as much as independent ones: they weigh less",
      "stable in the hour before: 0 of 1,000 requests failing, without 5 m of an incident",
    ]);
  });

  it("tells the warm-up and what stable was before", () => {
    const tell = createTeller();
    const lines = SLOW.map(tell);
    assert.deepEqual(lines.slice(3, 6), [
      "warming it up with 6,000 requests",
      "warmed up with 6,000 requests in 3 s, 2 FAILED; no answer within 2000 ms",
      "stable in the hour before: 36 of 720,000 requests failing (< 0.01 %); 0.05 % of its answers over the limit; times are compared at 10 ms, 25 ms",
    ]);
  });

  it("has its own charts, evidence and figure in the report; the others do not", async () => {
    const page = await renderReport(SLOW);
    const titles = textsOf(page, /<h3>([^]*?)<\/h3>/g);
    assert.ok(titles.includes("Slow share") && titles.includes("Evidence that it is slower"), titles.join());
    const rows = rowsOf(page, "Why").map(([name = "", odds, needed, , result]) => [
      name.slice(0, 20),
      odds,
      needed,
      result,
    ]);
    assert.deepEqual(rows.slice(3, 5), [
      ["slower than stable i", "4,000 : 1", "333 : 1", "shown"],
      ["above the latency li", "90,000 : 1", "666 : 1", "shown"],
    ]);
    assert.match(readable(page), /Over 100 ms ?50 % ?of its answers; stable 0\.18 %/);
  });
});
