import assert from "node:assert/strict";
import { experimentSchema } from "../../config/experiment.ts";
import { STACK } from "../release/world.ts";
import { problemsOf } from "./problems.ts";

const problems = (strategy: Record<string, unknown>) =>
  problemsOf({ ...STACK, strategy: { kind: "experiment", ...strategy } });

describe("an experiment", () => {
  it("takes its rule from the schema", () => {
    const { analysis, duration, percent, start } = experimentSchema.parse({
      kind: "experiment",
      start: "2026-03-02T10:00:00+01:00",
    });
    assert.deepEqual([percent, start, duration], [50, Date.UTC(2026, 2, 2, 9), 14 * 86_400_000]);
    assert.deepEqual(analysis, {
      better: "higher",
      decide: "anytime",
      alpha: 0.05,
      power: 0.8,
      minimumEffect: 0.05,
      tightestAt: 10_000,
      groups: { label: "slot" },
    });
  });

  const CONVERSION = { users: 'shop_users_total{job="shop", path!~"/admin.*"}', conversions: '{__name__="bought"}' };

  it("may name its counters as Prometheus does", () => {
    assert.deepEqual(problems({ analysis: { conversion: CONVERSION } }), []);
  });

  const analysis = "sluice:strategy.analysis";
  const counter = 'select raw counters, without a function or range, for example checkout_users_total{job="shop"}';
  const faults: readonly (readonly [Record<string, unknown>, string])[] = [
    [
      { start: "2026-03-02" },
      'sluice:strategy.start: write a moment with its offset from UTC: 2026-03-02T09:00:00Z (is "2026-03-02")',
    ],
    [{ analysis: { decide: "atEnd" } }, "sluice:strategy.start: is missing: analysis.decide atEnd counts from it"],
    [
      { analysis: { conversion: { ...CONVERSION, users: "increase(users_total[5m])" } } },
      `${analysis}.conversion.users: ${counter} (is "increase(users_total[5m])")`,
    ],
    [
      { analysis: { conversion: { ...CONVERSION, users: "users_total[5m]" } } },
      `${analysis}.conversion.users: ${counter} (is "users_total[5m]")`,
    ],
    [{ analysis: { value: { count: "n", sum: "s" } } }, `${analysis}.value.sumOfSquares: is missing (string)`],
    [
      { analysis: { primary: "value", conversion: CONVERSION } },
      `${analysis}.primary: is not measured: declare analysis.value (is "value")`,
    ],
    [{ analysis: { alpha: 5 } }, `${analysis}.alpha: Too big: expected number to be <1 (is 5)`],
  ];
  for (const [strategy, problem] of faults) {
    it(`is refused: ${problem}`, () => assert.deepEqual(problems(strategy), [problem]));
  }
});
