import assert from "node:assert/strict";
import { experimentSchema } from "../../../config/experiment.ts";
import { analyzeExperiment, type Observations } from "../../../release/experiment/analysis.ts";

const START = "2026-03-02T09:00:00Z";
const DAY = 86_400_000;
const day = (days: number) => Date.parse(START) + days * DAY;

const experiment = (changes: Record<string, unknown> = {}, analysis: Record<string, unknown> = {}) =>
  experimentSchema.parse({ kind: "experiment", start: START, duration: "336h", analysis, ...changes });

/** So many users, and how many of them converted. */
const converted = (a: [number, number], b: [number, number]): Observations => ({
  users: { a: a[0], b: b[0] },
  conversion: { a: { users: a[0], conversions: a[1] }, b: { users: b[0], conversions: b[1] } },
});

const CLEAR = converted([10_000, 1_000], [10_000, 1_300]);
const SLIGHT = converted([10_000, 1_000], [10_000, 1_100]);
const NONE = converted([10_000, 1_000], [10_000, 1_003]);

describe("the recommendation", () => {
  const cases: readonly (readonly [string, Parameters<typeof experiment>, Observations, number, unknown])[] = [
    ["B when it is clearly better", [], CLEAR, 5, { keep: "B", basis: "anytime", reason: "difference" }],
    [
      "A when B is more where less is better",
      [{}, { better: "lower" }],
      CLEAR,
      5,
      { keep: "A", basis: "anytime", reason: "difference" },
    ],
    [
      "undecided though the classic test is below α: nobody may peek at it",
      [],
      SLIGHT,
      5,
      { keep: "undecided", basis: "anytime", reason: "not-yet" },
    ],
    [
      "A at the end, where the anytime-valid result was to decide and does not",
      [],
      SLIGHT,
      14,
      { keep: "A", basis: "anytime", reason: "not-found" },
    ],
    [
      "B by the classic test, at the end, where that was declared",
      [{}, { decide: "atEnd" }],
      SLIGHT,
      14,
      { keep: "B", basis: "classic", reason: "difference" },
    ],
    [
      "undecided before the end, however clear, where the end was declared",
      [{}, { decide: "atEnd" }],
      CLEAR,
      13.99,
      { keep: "undecided", basis: "none", reason: "before-the-end" },
    ],
    [
      "A by the classic test where it finds nothing",
      [{}, { decide: "atEnd" }],
      NONE,
      15,
      { keep: "A", basis: "classic", reason: "not-found" },
    ],
    [
      "A when no difference that matters is left",
      [{}, { minimumEffect: 0.5 }],
      NONE,
      5,
      { keep: "A", basis: "anytime", reason: "too-small-to-matter" },
    ],
    [
      "undecided where the split is not as declared, however clear",
      [{ percent: 40 }],
      CLEAR,
      14,
      { keep: "undecided", basis: "none", reason: "split-mismatch" },
    ],
    [
      "undecided with too few conversions",
      [],
      converted([1_000, 24], [1_000, 80]),
      5,
      { keep: "undecided", basis: "none", reason: "too-few" },
    ],
    [
      "undecided with too few who do not convert",
      [],
      converted([1_000, 990], [1_000, 900]),
      5,
      { keep: "undecided", basis: "none", reason: "too-few" },
    ],
    [
      "undecided where few bring most of the value",
      [{}, { primary: "value" }],
      { ...CLEAR, value: { a: { users: 2_000, mean: 1, variance: 50 }, b: { users: 2_000, mean: 2, variance: 50 } } },
      5,
      { keep: "undecided", basis: "none", reason: "too-few" },
    ],
    [
      "undecided with nobody",
      [],
      converted([0, 0], [0, 0]),
      1,
      { keep: "undecided", basis: "none", reason: "too-few" },
    ],
  ];
  for (const [what, [changes, analysis], seen, days, expected] of cases) {
    it(`is ${what}`, () => {
      assert.deepEqual(analyzeExperiment(experiment(changes, analysis), seen, day(days)).recommendation, expected);
    });
  }
});

describe("the analysis of an experiment", () => {
  it("says how many users the minimal effect takes, and when they will be there", () => {
    const { measures, remainingMs } = analyzeExperiment(experiment(), SLIGHT, day(5));
    const foresight = measures[0].comparison?.foresight;
    assert.ok(foresight?.usersNeeded !== undefined && remainingMs !== undefined);
    assert.ok(Math.abs(foresight.minimumEffect - 0.005) < 1e-12);
    // A quarter of the effect would need about 16 times as many users: the threshold grows a little beside.
    const quarter = analyzeExperiment(experiment({}, { minimumEffect: 0.0125 }), SLIGHT, day(5));
    const ratio = (quarter.measures[0].comparison?.foresight.usersNeeded ?? 0) / foresight.usersNeeded;
    assert.ok(ratio > 16 && ratio < 20, String(ratio));
    assert.equal(remainingMs, ((foresight.usersNeeded - 20_000) / 20_000) * 5 * DAY);
  });

  it("foresees what a classic calculation does, where the classic test decides", () => {
    const { measures } = analyzeExperiment(experiment({}, { decide: "atEnd" }), SLIGHT, day(5));
    // (1.959964 + 0.841621)² · 20,000 (0.1·0.9/9,999 + 0.11·0.89/9,999) / 0.005²
    assert.equal(measures[0].comparison?.foresight.usersNeeded, 117_997);
  });

  it("is decided by the declared measure, which comes first, and else by conversion", () => {
    const value = { a: { users: 500, mean: 3, variance: 4 }, b: { users: 500, mean: 6, variance: 4 } };
    const seen = { ...NONE, value };
    const order = (analysis: Record<string, unknown>) => {
      const { measures, recommendation } = analyzeExperiment(experiment({}, analysis), seen, day(5));
      return [measures.map(({ measure }) => measure), recommendation.keep];
    };
    assert.deepEqual(order({}), [["conversion", "value"], "undecided"]);
    assert.deepEqual(order({ primary: "value" }), [["value", "conversion"], "B"]);
    assert.throws(() => analyzeExperiment(experiment(), { users: NONE.users }, day(1)), /was not measured/);
  });

  it("does not check a split that nobody declared", () => {
    const byRegion = experiment({ assignment: { by: "header", header: "region", values: ["eu"] } });
    assert.equal(analyzeExperiment(byRegion, converted([9_000, 900], [1_000, 100]), day(5)).split, undefined);
  });
});
