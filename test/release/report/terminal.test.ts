import assert from "node:assert/strict";
import type { ReleaseEvent } from "../../../release/events.ts";
import { createTerminalReporter } from "../../../release/report/terminal.ts";
import { Screen } from "./screen.ts";
import { CUT_OFF, decided, event, planned, PROMOTED, ROLLED_BACK, sampled, START, STUCK } from "./stories.ts";

const ESCAPE = String.fromCharCode(27);

function tell(events: readonly ReleaseEvent[], screen: Screen, secondsSince = 0): Screen {
  const last = events.at(-1)?.at ?? START;
  const reporter = createTerminalReporter(screen.stream, { now: () => last + secondsSince * 1000, tickMs: 0 });
  for (const each of events) reporter.report(each);
  return screen;
}

describe("terminal reporter", () => {
  const kept = { FORCE_COLOR: process.env.FORCE_COLOR, NO_COLOR: process.env.NO_COLOR, TERM: process.env.TERM };

  beforeEach(() => {
    delete process.env.FORCE_COLOR;
    process.env.NO_COLOR = "1";
    process.env.TERM = "xterm-256color";
  });

  after(() => {
    for (const [name, value] of Object.entries(kept)) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
  });

  describe("where nobody watches", () => {
    it("writes one line for each event, and the verdict at the end", () => {
      const screen = tell(ROLLED_BACK, new Screen({ isTTY: false }));
      assert.deepEqual(screen.raw.split("\n"), [
        " 0:00.0  ● release of shop 1.2.0 (green) on stack production, stable is 1.0.0 (blue); weights 5 → 50 → 100 %, 15 s to 10 m each, bake 30 s",
        " 0:00.1  … deploying 1.2.0 to green, without traffic",
        " 0:08.0  ✔ 1.2.0 is ready in green, after 7.9 s",
        " 0:08.5  ✔ check passed: GET /health, 20 of 20 answers as expected",
        " 0:11.0  → weight 5 % set (serial 13), after 2.1 s",
        " 0:13.0  → weight 5 % in force: 5 % of 400 requests, after 2 s",
        " 0:19.2  ▼ roll back from 5 %: fails more than 1.25 times as often as stable",
        " 0:19.2  ▼ rolling back from 5 %",
        " 0:19.5  ✔ all traffic is on stable (serial 14), after 0.31 s",
        " 0:23.0  ✔ stack and cluster agree, after 3.4 s",
        " 0:23.0  ✖ rolled back after 23 s; candidate 9 of 60 requests failing (15 %), stable 1 of 1,140 requests failing (0.09 %) (exit 2)",
        "",
        "  Version 1.2.0 was rolled back within 4.2 s of its first failing request",
        "  At up to 5 % of the traffic: candidate 9 of 60 requests failing (15 %), stable 1 of 1,140 requests failing (0.09 %). All traffic was back on stable 0.31 s after the decision.",
        "",
        "",
      ]);
    });

    it("shows life about every 10 s, with what was counted since", () => {
      const samples = Array.from({ length: 11 }, (_, k) =>
        sampled(2 * k + 2, 5, [20, k % 2], [380, 0], { pass: k + 1 }),
      );
      const screen = tell([planned(), ...samples], new Screen({ isTTY: false }));
      assert.deepEqual(screen.raw.split("\n").slice(1), [
        " 0:10.0  · 5 %: candidate 2 of 100 failing, stable 0 of 1,900; to roll back odds 1, needs 200, to advance odds 5, needs 20",
        " 0:20.0  · 5 %: candidate 3 of 100 failing, stable 0 of 1,900; to roll back odds 1, needs 200, to advance odds 10, needs 20",
        "",
      ]);
    });

    it("uses no control codes", () => {
      delete process.env.NO_COLOR;
      assert.equal(tell(PROMOTED, new Screen({ isTTY: false })).raw.includes(ESCAPE), false);
    });

    it("treats a terminal that knows no control codes alike", () => {
      process.env.TERM = "dumb";
      assert.equal(tell(PROMOTED, new Screen({ isTTY: true, columns: 80 })).raw.includes(ESCAPE), false);
    });
  });

  describe("on a terminal", () => {
    const live = (events: readonly ReleaseEvent[], secondsSince = 0, columns = 100) => {
      const { text } = tell(events, new Screen({ isTTY: true, columns }), secondsSince);
      return text.slice(text.lastIndexOf("\n\n") + 2).split("\n");
    };

    it("shows what is being done while there is no traffic", () => {
      assert.deepEqual(live(PROMOTED.slice(0, 2), 6), ["  deploying 1.1.0 to green, 6 s"]);
      assert.deepEqual(live(PROMOTED.slice(0, 3)), ["  checking it before any traffic, 0 s"]);
      assert.deepEqual(live(PROMOTED.slice(0, 4), 1), ["  setting weight 5 %, 1 s"]);
    });

    it("shows where a step stands", () => {
      assert.deepEqual(live(PROMOTED.slice(0, 9), 3.5), [
        "  weight 5 %        ━───────────────────────────  step 1 of 3",
        "                    in force, 5 s; may go on in 10 s",
        "  candidate 1.1.0   0 of 40 failing               now 10/s, 0 % failing",
        "  stable 1.0.0      1 of 760 failing, 0.13 %      now 190/s, 0.13 % failing",
        "  towards rollback  ────────────────────────────  odds 1, needs 200 worse than stable",
        "  towards advance   ━━━━━━━━━━━━━━━━━━━━━━━━━━━━  odds 25, needs 20 proved below the limit",
        "  wait              no decision yet",
      ]);
    });

    it("counts down to the end of the step once the least time is over", () => {
      assert.equal(live(PROMOTED.slice(0, 9), 18)[1], "                    in force, 20 s; to be decided in 9 m 40 s");
    });

    it("shows a hold, and no time at which it might end", () => {
      const lines = live(
        CUT_OFF.concat(
          sampled(34, 50, [200, 2], [200, 0], { relative: 12, floor: 3, pass: 15 }),
          decided(34, 50, "hold", "may be worse than stable"),
        ),
      );
      assert.deepEqual(lines.slice(1), [
        "                    in force, 2 s",
        "  candidate 1.1.0   2 of 240 failing, 0.83 %      now 100/s, 1 % failing",
        "  stable 1.0.0      1 of 960 failing, 0.1 %       now 100/s, 0 % failing",
        "  towards rollback  ━━━━━━──────────────────────  odds 3, needs 200 above the ignorable",
        "  towards advance   ━━━━━━━━━━━━━━━━━━━━━━━━━───  odds 15, needs 20 proved below the limit",
        "  hold              may be worse than stable",
      ]);
    });

    it("shows the bake with its end", () => {
      const baking = PROMOTED.findIndex(({ at, type }) => type === "decided" && at === START + 67_000) + 2;
      const lines = live(PROMOTED.slice(0, baking), 12);
      assert.deepEqual(lines.slice(0, 2), [
        "  weight 100 %      ━━━━━━━━━━━━━━━━━━━━━━━━━━━━  step 3 of 3",
        "                    baking, 12 s; ends in 18 s",
      ]);
    });

    it("keeps to the width of the terminal", () => {
      const screen = tell(ROLLED_BACK.slice(0, 10), new Screen({ isTTY: true, columns: 60 }));
      const lines = screen.text.split("\n");
      assert.deepEqual(
        lines.filter((line) => line.length >= 60),
        [],
      );
      assert.deepEqual(lines.slice(0, 3), [
        " 0:00.0  ● release of shop 1.2.0 (green) on stack",
        "           production, stable is 1.0.0 (blue); weights 5 →",
        "           50 → 100 %, 15 s to 10 m each, bake 30 s",
      ]);
      assert.deepEqual(lines.slice(-7), [
        "  weight 5 %        ━───────────────────────────  step 1 o…",
        "                    in force, 6 s; may go on in 9 s",
        "  candidate 1.2.0   9 of 60 failing, 15 %         now 10/s…",
        "  stable 1.0.0      1 of 1,140 failing, 0.09 %    now 190/…",
        "  towards rollback  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━  odds 4,5…",
        "  towards advance   ────────────────────────────  odds < 0…",
        "  roll back         fails more than 1.25 times as often as…",
      ]);
    });

    it("leaves the lines of the log and the verdict when the release is over", () => {
      const { text } = tell(ROLLED_BACK, new Screen({ isTTY: true, columns: 100 }));
      assert.deepEqual(text.split("\n").slice(-9), [
        " 0:19.2  ▼ rolling back from 5 %",
        " 0:19.5  ✔ all traffic is on stable (serial 14), after 0.31 s",
        " 0:23.0  ✔ stack and cluster agree, after 3.4 s",
        " 0:23.0  ✖ rolled back after 23 s; candidate 9 of 60 requests failing (15 %), stable 1 of 1,140",
        "           requests failing (0.09 %) (exit 2)",
        "",
        "  Version 1.2.0 was rolled back within 4.2 s of its first failing request",
        "  At up to 5 % of the traffic: candidate 9 of 60 requests failing (15 %), stable 1 of 1,140",
        "  requests failing (0.09 %). All traffic was back on stable 0.31 s after the decision.",
      ]);
    });

    it("takes the live view away when it is closed", () => {
      const screen = new Screen({ isTTY: true, columns: 100 });
      const reporter = createTerminalReporter(screen.stream, { now: () => START, tickMs: 0 });
      for (const each of CUT_OFF) reporter.report(each);
      assert.match(screen.text, /step 2 of 3/);
      reporter.close();
      assert.match(screen.text.split("\n").at(-1) ?? "", /^ 0:32\.0 {2}→ weight 50 % in force/);
    });

    it("counts on between events", async () => {
      const screen = new Screen({ isTTY: true, columns: 100 });
      let now = START + 1_000;
      const reporter = createTerminalReporter(screen.stream, { now: () => now, tickMs: 5 });
      for (const each of PROMOTED.slice(0, 2)) reporter.report(each);
      assert.match(screen.text, /deploying 1\.1\.0 to green, 0 s$/);
      now = START + 4_200;
      while (!screen.text.endsWith("deploying 1.1.0 to green, 4 s"))
        await new Promise((resolve) => setTimeout(resolve, 5));
      reporter.close();
    });

    it("has colours, unless NO_COLOR is set", () => {
      const red = `${ESCAPE}[31m`;
      assert.equal(tell(STUCK, new Screen({ isTTY: true, columns: 100 })).raw.includes(red), false);
      delete process.env.NO_COLOR;
      const { raw } = tell(STUCK, new Screen({ isTTY: true, columns: 100 }));
      assert.ok(raw.includes(`${red}✖`));
      assert.ok(raw.includes(`${red}traffic is NOT back on stable`));
    });

    it("tells events that have no plan before them", () => {
      const back = event(0, "rolling-back", { weight: 5, reason: "asked for by the operator" });
      const { text } = tell(
        [back, event(0.2, "traffic-back", { serial: 9, tookMs: 200 })],
        new Screen({ isTTY: true, columns: 100 }),
      );
      assert.deepEqual(text.split("\n"), [
        " 0:00.0  ▼ rolling back from 5 %: asked for by the operator",
        " 0:00.2  ✔ all traffic is on stable (serial 9), after 0.2 s",
        "",
        "  bringing the stack up to date, 0 s",
      ]);
    });
  });
});
