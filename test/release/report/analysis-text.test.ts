import assert from "node:assert/strict";
import { experimentSchema } from "../../../config/experiment.ts";
import { parseStackConfig } from "../../../config/parse.ts";
import { analyzeExperiment, type Observations } from "../../../release/experiment/analysis.ts";
import { formatP, formatSpan, numberFormat } from "../../../release/report/analysis-format.ts";
import { renderAnalysis } from "../../../release/report/analysis-text.ts";
import { STACK } from "../world.ts";

const START = Date.UTC(2026, 2, 2, 9);
const DAY = 86_400_000;

const seen: Observations = {
  users: { a: 20_000, b: 20_200 },
  conversion: { a: { users: 20_000, conversions: 2_200 }, b: { users: 20_200, conversions: 2_505 } },
  value: { a: { users: 20_000, mean: 12.5, variance: 400 }, b: { users: 20_200, mean: 12.25, variance: 441 } },
};

function words(days: number, changes: Record<string, unknown> = {}, observations = seen): string {
  const parsed = experimentSchema.parse({ kind: "experiment", start: "2026-03-02T09:00:00Z", ...changes });
  const text = renderAnalysis(analyzeExperiment(parsed, observations, START + days * DAY), parsed);
  return text.split("\n").at(-1) ?? "";
}

describe("the analysis of an experiment, in text", () => {
  it("is who was compared, all results, and last what to do", () => {
    const config = parseStackConfig(
      {
        ...STACK,
        strategy: { kind: "experiment", start: "2026-03-02T09:00:00Z" },
        release: {
          ...STACK.release,
          candidate: "green",
          weight: 50,
          green: { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 },
        },
      },
      "test",
    );
    assert.equal(config.strategy.kind, "experiment");
    const analysis = analyzeExperiment(config.strategy, seen, START + 5 * DAY);
    assert.deepEqual(renderAnalysis({ ...analysis, since: START + 3_600_000 }, config.strategy, config).split("\n"), [
      "Experiment of checkout: A is 1.0.0 in blue, B is 1.1.0 in green, begun 2026-03-02 09:00:00 UTC, 5 days of 14 days; " +
        "Prometheus has samples since 2026-03-02 10:00:00 UTC only.",
      "",
      "                          A        B",
      "users                20,000   20,200",
      "converted             2,200    2,505",
      "conversion           11.0 %   12.4 %",
      "users with a value   20,000   20,200",
      "mean value            12.50    12.25",
      "standard deviation    20.00    21.00",
      "",
      "B − A                                                         difference       95 % interval          p",
      "conversion, anytime-valid                          +1.4 points (+12.7 %)   0.4 to 2.4 points     0.0005   ← decides",
      "conversion, two-proportion z 4.37                                          0.8 to 2.0 points   < 0.0001",
      "conversion, Cohen's h                                              0.044      0.024 to 0.063",
      "value, anytime-valid                                        −0.25 (−2 %)       −0.89 to 0.39       1.00",
      "value, Welch t −1.22 (40,138 degrees of freedom)                               −0.65 to 0.15       0.22",
      "value, Hedges' g                                                  −0.012     −0.032 to 0.007",
      "",
      "Split: 50.2 % of the users in B, 50 % declared (anytime-valid p 1.00): as declared.",
      "",
      "B converts 12.4 % against 11.0 % (+1.4 points, 95 % confidence sequence 0.4 to 2.4 points): keep B.",
    ]);
  });

  const value = { analysis: { primary: "value" } };
  const cases: readonly (readonly [string, RegExp])[] = [
    [
      words(5, value),
      /^Not decided: B has a mean value of 12\.25 against 12\.50 \(−0\.25, 95 % confidence sequence −0\.89 to 0\.39\): either may be the better one\. By now a difference of 0\.81 would have been seen with 80 % probability\. The minimal effect of 5 % \(0\.63\) is seen with 80 % probability by about 70,000 users: 30,000 more, in about 4 days at the rate so far\.$/,
    ],
    [
      words(14, value),
      /95 % confidence sequence −0\.89 to 0\.39\): the time is over, and no difference was found\. Keep A: B has not been shown to be better\./,
    ],
    [
      words(5, { analysis: { decide: "atEnd" } }),
      /^Not decided: the experiment is decided at its end, which is 2026-03-16 09:00:00 UTC, and a look before that decides nothing\.$/,
    ],
    [
      words(14, { analysis: { decide: "atEnd" } }),
      /^B converts 12\.4 % against 11\.0 % \(\+1\.4 points, 95 % interval of the two-proportion z-test at the end 0\.8 to 2\.0 points\): keep B\.$/,
    ],
    [
      words(5, { analysis: { primary: "value", minimumEffect: 0.1 } }),
      /: whatever difference there is, it is below 10 % of A's\. Keep A\.$/,
    ],
    [words(5, { percent: 30 }), /^Not decided: 50\.2 % of the users are in group B, 30 % are declared\./],
    [
      words(
        5,
        {},
        { users: { a: 5, b: 7 }, conversion: { a: { users: 5, conversions: 0 }, b: { users: 7, conversions: 1 } } },
      ),
      /^Not decided: too few users\. Each group needs 25 who converted and 25 who did not\.$/,
    ],
  ];
  for (const [text, expected] of cases) it(`says: ${text.slice(0, 60)} …`, () => assert.match(text, expected));
});

describe("numbers of an experiment", () => {
  it("have as many digits as the data", () => {
    const coarse = numberFormat("conversion", { low: -0.2, high: 0.3 });
    assert.deepEqual(
      [coarse.level(0.1234), coarse.difference(-0.05), coarse.difference(0)],
      ["12 %", "−5 points", "0 points"],
    );
    assert.equal(numberFormat("value", { low: 0, high: 0.0003 }).level(1.23456), "1.23456");
    assert.equal(
      numberFormat("value", { low: 0, high: 30_000 }).interval({ low: -1_234.5, high: 30_000 }),
      "−1,235 to 30,000",
    );
  });

  it("are p-values and times as people write them", () => {
    assert.deepEqual([0.00001, 0.0004, 0.0123, 0.5, 1].map(formatP), ["< 0.0001", "0.0004", "0.012", "0.50", "1.00"]);
    assert.deepEqual([60_000, 5_400_000, 3 * 3_600_000, 13.6 * DAY].map(formatSpan), [
      "1 minute",
      "90 minutes",
      "3 hours",
      "14 days",
    ]);
  });
});
