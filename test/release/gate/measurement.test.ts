import assert from "node:assert/strict";
import type { DeclaredGate } from "../../../config/gate-presets.ts";
import { describeGate, judge, type Answer } from "../../../release/gate/measurement.ts";
import { error, GATE, none, number } from "./sample-gate.ts";

describe("a measurement", () => {
  const lower = { ...GATE, worse: "lower" } as const;
  const satisfaction = { ...lower, limit: 3, passAt: 4 };
  const cases: readonly (readonly [string, DeclaredGate, Answer, Answer | undefined, string, string?])[] = [
    ["at the limit", GATE, number(10), undefined, "passed"],
    ["above the limit", GATE, number(10.5), undefined, "failed", "10.5 is above 10"],
    ["in percent", { ...GATE, limit: 0.8, unit: "share" }, number(0.931), undefined, "failed", "93.1 % is above 80 %"],
    ["below, where lower is worse", lower, number(9), undefined, "failed", "9 is below 10"],
    ["good enough to go on", satisfaction, number(4), undefined, "passed"],
    ["between", satisfaction, number(3.4), undefined, "inconclusive", "3.4 is below 4, at which it would pass"],
    ["bad enough to go back", satisfaction, number(2.9), undefined, "failed", "2.9 is below 3"],
    ["no series", GATE, none, undefined, "inconclusive", "there is no number for the candidate"],
    ["NaN", GATE, number(NaN), undefined, "inconclusive", "there is no number for the candidate"],
    ["infinity", GATE, number(Infinity), undefined, "inconclusive", "there is no number for the candidate"],
    [
      "no series that is an error",
      { ...GATE, onNoData: "error" },
      none,
      undefined,
      "error",
      "there is no number for the candidate",
    ],
    ["an error", GATE, error, undefined, "error", "no answer"],
    ["nothing for stable", GATE, number(1), none, "inconclusive", "there is no number for stable"],
  ];
  const ratio = { ...GATE, limit: undefined, compare: { by: "ratio", limit: 1.2 } } as const;
  const conversion = { ...ratio, worse: "lower", compare: { by: "ratio", limit: 0.9, passAt: 1 } } as const;
  const difference = { ...ratio, compare: { by: "difference", limit: 2 } } as const;
  const compared: typeof cases = [
    ["a ratio at its limit", ratio, number(12), number(10), "passed"],
    ["a ratio beyond", ratio, number(12.5), number(10), "failed", "12.5 against 10 on stable, beyond 1.2 times"],
    ["both at 0", ratio, number(0), number(0), "passed"],
    ["something against nothing", ratio, number(1), number(0), "failed", "1 against 0 on stable, beyond 1.2 times"],
    ["below 0", ratio, number(1), number(-1), "inconclusive", "1 against -1 on stable: no ratio below 0"],
    ["not below stable", conversion, number(0.05), number(0.05), "passed"],
    [
      "a little below",
      conversion,
      number(0.048),
      number(0.05),
      "inconclusive",
      "0.048 against 0.05 on stable, beyond 1 times, at which it would pass",
    ],
    ["far below", conversion, number(0.04), number(0.05), "failed", "0.04 against 0.05 on stable, beyond 0.9 times"],
    ["a difference at its limit", difference, number(12), number(10), "passed"],
    ["a difference beyond", difference, number(13), number(10), "failed", "13 against 10 on stable, beyond 2 worse"],
    [
      "a difference where lower is worse",
      { ...difference, worse: "lower" },
      number(7),
      number(10),
      "failed",
      "7 against 10 on stable, beyond 2 worse",
    ],
    [
      "the worse of limit and comparison",
      { ...ratio, limit: 100 },
      number(20),
      number(10),
      "failed",
      "20 against 10 on stable, beyond 1.2 times",
    ],
  ];
  for (const [title, gate, candidate, stable, result, reason] of [...cases, ...compared]) {
    it(`is ${result}: ${title}`, () => {
      const judged = judge(gate, { candidate, ...(stable === undefined ? {} : { stable }) });
      assert.deepEqual([judged.result, judged.reason], [result, reason]);
    });
  }

  it("is described by what it asks for", () => {
    assert.equal(describeGate({ ...GATE, limit: 0.8, unit: "share" }), "at most 80 %");
    assert.equal(describeGate(satisfaction), "at least 3 (4 to go on)");
    assert.equal(describeGate(conversion), "at least 0.9 times stable's (1 to go on)");
    assert.equal(describeGate({ ...difference, limit: 9 }), "at most 9, at most 2 worse than stable");
  });
});
