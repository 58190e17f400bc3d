import assert from "node:assert/strict";
import type { EventOf, ReleaseEvent } from "../../../release/events.ts";
import { describeMeasured, followGates, type GateRow } from "../../../release/report/gates.ts";
import { renderReport } from "../../../release/report/html.ts";
import { follow, NOTHING_YET } from "../../../release/report/live-state.ts";
import { drawLive } from "../../../release/report/live-view.ts";
import { describe as tell } from "../../../release/report/words.ts";
import { event, PROMOTED } from "./stories.ts";

const GATES = event(9, "gates", {
  gates: [
    { name: "cpu", asks: "at most 80 %" },
    { name: "conversion", asks: "at least 0.9 times stable's" },
  ],
});

type Fields = Partial<Omit<EventOf<"measured">, "type" | "at">>;

function measured(seconds: number, fields: Fields = {}): EventOf<"measured"> {
  const made = event(seconds, "measured", {
    weight: 5,
    gate: "cpu",
    askedAt: 0,
    result: "passed",
    verdict: "successful",
    changed: true,
    asks: "at most 80 %",
    shown: "41 %",
    value: 0.41,
    ...fields,
  });
  assert.ok(made.type === "measured");
  return made;
}

const FAILING: Fields = { result: "failed", verdict: "open", shown: "93 %", reason: "93 % is above 80 %" };
const SILENT: Fields = {
  gate: "conversion",
  result: "inconclusive",
  shown: "",
  asks: "…",
  reason: "there is no number",
};

describe("declared gates in reports", () => {
  it("are told at the start", () => {
    assert.equal(tell(GATES), "declared gates: cpu at most 80 %; conversion at least 0.9 times stable's");
  });

  for (const [fields, line] of [
    [{}, "gate cpu, passes: 41 %, asked is at most 80 %"],
    [FAILING, "gate cpu, failing: 93 % is above 80 %"],
    [{ ...FAILING, verdict: "failed" }, "gate cpu, failed: 93 % is above 80 %"],
    [{ ...SILENT, verdict: "open" }, "gate conversion, inconclusive so far: there is no number"],
    [{ ...SILENT, verdict: "inconclusive" }, "gate conversion, inconclusive: there is no number"],
    [{ ...SILENT, result: "error", verdict: "open" }, "gate conversion, not measured: there is no number"],
    [{ ...SILENT, result: "error", verdict: "error" }, "gate conversion, cannot be measured: there is no number"],
    [{ changed: false }, undefined],
  ] as const) {
    it(`have a line when they change their mind: ${line ?? "none else"}`, () => {
      assert.equal(describeMeasured(measured(20, fields)), line);
    });
  }

  it("are followed in the order in which they were announced", () => {
    const events: readonly ReleaseEvent[] = [
      GATES,
      measured(20),
      measured(30, FAILING),
      measured(31, { gate: "other" }),
    ];
    const rows = events.reduce<readonly GateRow[]>(followGates, []);
    assert.deepEqual(
      rows.map(({ last, measurements, name }) => [name, measurements, last?.shown]),
      [
        ["cpu", 2, "93 %"],
        ["conversion", 0, undefined],
        ["other", 1, "41 %"],
      ],
    );
  });

  it("have a line each in the live view, once they are measured", () => {
    const events = [...PROMOTED.slice(0, 9), GATES, measured(20)];
    const lines = drawLive(events.reduce(follow, NOTHING_YET), events.at(-1)?.at ?? 0, 120, (_style, text) => text);
    const gates = lines.filter((line) => line.startsWith("  gate "));
    assert.deepEqual(gates, ["  gate cpu          41 %                          passes, asked is at most 80 %"]);
  });

  it("are listed in the HTML report with last value, limit and verdict", async () => {
    const page = await renderReport([...PROMOTED.slice(0, 9), GATES, measured(20), measured(30, FAILING)]);
    const section = /<h2>Declared gates<\/h2>[\s\S]*?<\/section>/.exec(page)?.[0] ?? "";
    const cells = [...section.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell = ""]) => cell.replaceAll("\u00a0", " "));
    assert.deepEqual(cells, [
      ...["<b>cpu</b>", "at most 80 %", "2 ×", "93 %", "failing", "93 % is above 80 %"],
      ...["<b>conversion</b>", "at least 0.9 times stable&#39;s", "0 ×", "–", "not measured", "–"],
    ]);
    assert.equal((await renderReport(PROMOTED)).includes("Declared gates"), false);
  });
});
