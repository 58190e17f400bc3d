import assert from "node:assert/strict";
import { cohensH, hedgesG, testMeans, testProportions } from "../../../release/experiment/classic.ts";
import { anytimeP, confidenceSequence, sequenceFactor } from "../../../release/experiment/confidence-sequence.ts";
import {
  criticalNormal,
  criticalT,
  normalQuantile,
  normalTails,
  tTails,
} from "../../../release/experiment/distributions.ts";
import { momentsOfConversions, standardError } from "../../../release/experiment/moments.ts";
import { checkSplit } from "../../../release/experiment/split.ts";

// Expected values come from Python's math module: erfc for the normal distribution, Simpson's rule over the densities of
// Student's t, of the normal mixture and of the beta mixture, bisection for quantiles; none of them uses the code here.

function near(actual: number, expected: number, relative = 1e-6): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual}, not ${expected}`);
}

describe("distributions", () => {
  it("of the normal, far into the tails", () => {
    near(normalTails(1.96), 0.04999579029644097, 1e-12);
    near(normalTails(-8), 1.2441921148543639e-15, 1e-12);
    near(criticalNormal(0.05), 1.959963984540053, 1e-12);
    near(normalQuantile(0.8), 0.8416212335729141, 1e-12);
  });

  it("of Student's t, with broken degrees of freedom, towards the normal", () => {
    near(tTails(-2.5, 7.3), 0.0396502346656189, 1e-9);
    near(criticalT(0.05, 7.3), 2.3450667, 1e-6);
    near(criticalT(0.05, 1e6), 1.9599664, 1e-6);
  });
});

const SHARES = { a: { users: 10_000, conversions: 1_100 }, b: { users: 10_000, conversions: 1_240 } };
const MEANS = { a: { users: 120, mean: 10, variance: 4 }, b: { users: 150, mean: 11.2, variance: 9 } };

describe("classic tests", () => {
  it("two-proportion z with pooled variance", () => {
    const { p, statistic } = testProportions(SHARES, 0.05);
    near(statistic, 3.079922263743082);
    near(p, 0.0020705462933048886);
  });

  it("Newcombe's interval, also of the example in his paper", () => {
    const { interval } = testProportions(SHARES, 0.05);
    near(interval.low, 0.0050914096929232395);
    near(interval.high, 0.022911782956916163);
    // Newcombe 1998, table II, example (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339.
    const paper = { a: { users: 80, conversions: 48 }, b: { users: 70, conversions: 56 } };
    const { high, low } = testProportions(paper, 0.05).interval;
    assert.deepEqual([low.toFixed(4), high.toFixed(4)], ["0.0524", "0.3339"]);
  });

  it("Welch's t", () => {
    const { degreesOfFreedom, interval, p, statistic } = testMeans(MEANS, 0.05);
    near(statistic, 3.9279220242478607);
    near(degreesOfFreedom ?? 0, 260.0475905417539);
    near(p, 0.00010983975802536516);
    near(interval.low, 0.5984213619114207);
    near(interval.high, 1.8015786380885792);
  });

  it("effect sizes with their intervals", () => {
    const h = cohensH(SHARES, 0.05);
    near(h.value, 0.04357481646395489);
    near(h.high - h.value, 0.027718076486993544);
    const g = hedgesG(MEANS, 0.05);
    near(g.value, 0.45957136548243815);
    near(g.low, 0.21641635097004253);
    near(g.high, 0.7027263799948338);
  });
});

describe("the confidence sequence", () => {
  const moments = { a: momentsOfConversions(SHARES.a), b: momentsOfConversions(SHARES.b) };
  const estimate = { difference: 0.014, error: standardError(moments), users: 20_000 };
  const mixture = { alpha: 0.05, tightestAt: 10_000 };

  it("is that of the paper, in the paper's own form", () => {
    near(estimate.error, 0.0045447184122390525);
    near(sequenceFactor(20_000, mixture), 3.0614772188674166);
    const { high, low } = confidenceSequence(estimate, mixture);
    near(low, 8.644811476284271e-5, 1e-5);
    near(high, 0.027913551885237156);
  });

  it("has a p-value that is the mixture, integrated", () => near(anytimeP(estimate, mixture), 0.04732647655944021));

  it("reaches to where p is α, at every size", () => {
    for (const users of [50, 1_000, 10_000, 1e6, 1e9]) {
      const difference = sequenceFactor(users, mixture) * 0.3;
      near(anytimeP({ difference, error: 0.3, users }, mixture), 0.05, 1e-9);
    }
  });

  it("reaches the fewest standard errors about where it is declared to, and never as few as a classic interval", () => {
    const factors = [1e2, 1e3, 1e4, 1e5, 1e6, 1e7].map((users) => sequenceFactor(users, mixture));
    assert.deepEqual(
      factors.map((factor) => factor.toFixed(2)),
      ["9.08", "3.86", "3.04", "3.24", "3.56", "3.87"],
    );
  });
});

describe("the split of the users", () => {
  it("is tested by a beta mixture, which is exact", () => {
    near(checkSplit({ a: 9_700, b: 10_300 }, 0.5).p, 0.0009830048343102817, 1e-5);
    near(checkSplit({ a: 4_900, b: 5_100 }, 0.5).p, 0.68227591114507, 1e-5);
  });

  it("is a mismatch only when there is next to no doubt", () => {
    assert.equal(checkSplit({ a: 9_700, b: 10_300 }, 0.5).mismatch, true);
    assert.equal(checkSplit({ a: 4_900, b: 5_100 }, 0.5).mismatch, false);
    assert.deepEqual(checkSplit({ a: 0, b: 0 }, 0.3), { declared: 0.3, observed: 0.3, p: 1, mismatch: false });
  });

  it("is compared with the share that is declared", () => {
    assert.deepEqual(checkSplit({ a: 9_050, b: 950 }, 0.1), { declared: 0.1, observed: 0.095, p: 1, mismatch: false });
    assert.equal(checkSplit({ a: 9_050, b: 950 }, 0.5).mismatch, true);
  });
});
