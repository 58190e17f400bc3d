import assert from "node:assert/strict";
import { experimentSchema } from "../../../config/experiment.ts";
import { checkSplit } from "../../../release/experiment/split.ts";
import { measureConversion, measureValue } from "../../../release/experiment/measure.ts";
import { NO_USERS, withUser } from "../../../release/experiment/moments.ts";
import { seeded } from "./random.ts";

const rule = experimentSchema.parse({ kind: "experiment", analysis: { tightestAt: 1_000 } }).analysis;

interface Rates {
  readonly a: number;
  readonly b: number;
  /** Share of the users in B. */
  readonly percent: number;
}

/** In how many of the experiments each test ever found something, by a look after each user. */
function peek(runs: number, users: number, { a, b, percent }: Rates, seed: number) {
  const random = seeded(seed);
  const found = { anytime: 0, classic: 0, atEnd: 0 };
  for (let run = 0; run < runs; run += 1) {
    const groups = { a: { users: 0, conversions: 0 }, b: { users: 0, conversions: 0 } };
    const ever = { anytime: false, classic: false };
    let atEnd = false;
    for (let user = 0; user < users; user += 1) {
      const group = random() * 100 < percent ? "b" : "a";
      groups[group].users += 1;
      if (random() < { a, b }[group]) groups[group].conversions += 1;
      // What was found once stays found: only the last look is of interest then.
      if (ever.anytime && ever.classic && user < users - 1) continue;
      const { comparison } = measureConversion(groups, rule);
      if (comparison === undefined) continue;
      ever.anytime ||= comparison.anytime.p <= rule.alpha;
      atEnd = comparison.classic.p <= rule.alpha;
      ever.classic ||= atEnd;
    }
    found.anytime += ever.anytime ? 1 : 0;
    found.classic += ever.classic ? 1 : 0;
    found.atEnd += atEnd ? 1 : 0;
  }
  return { anytime: found.anytime / runs, classic: found.classic / runs, atEnd: found.atEnd / runs };
}

describe("looking after every user", () => {
  for (const rates of [
    { a: 0.1, b: 0.1, percent: 50 },
    { a: 0.5, b: 0.5, percent: 50 },
    { a: 0.2, b: 0.2, percent: 20 },
  ]) {
    it(`finds nothing that is not there: ${rates.a * 100} % convert, ${rates.percent} % in B`, () => {
      const found = peek(150, 2_000, rates, 7);
      assert.ok(found.anytime <= rule.alpha, `anytime ${found.anytime}`);
      // The classic test is right at the end, and wrong several times as often when one stops at the first p below α.
      assert.ok(found.classic >= 4 * rule.alpha, `classic ${found.classic}`);
      assert.ok(found.atEnd <= 2 * rule.alpha, `at the end ${found.atEnd}`);
    });
  }

  it("finds what is there", () => {
    const found = peek(100, 2_000, { a: 0.1, b: 0.2, percent: 50 }, 11);
    assert.ok(found.anytime >= 0.95, `anytime ${found.anytime}`);
  });

  it("finds nothing in values that are not there, also where a few users bring most of them", () => {
    const random = seeded(5);
    const revenue = () => {
      const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return random() < 0.3 ? Math.exp(3 + normal) : 0;
    };
    const runs = 60;
    let [compared, found] = [0, 0];
    for (let run = 0; run < runs; run += 1) {
      let groups = { a: NO_USERS, b: NO_USERS };
      let ever = false;
      for (let user = 0; user < 3_000 && !ever; user += 1) {
        const group = random() < 0.5 ? "b" : "a";
        groups = { ...groups, [group]: withUser(groups[group], revenue()) };
        const { comparison } = measureValue(groups, rule);
        ever = comparison !== undefined && comparison.anytime.p <= rule.alpha;
        if (user === 2_999 && comparison !== undefined) compared += 1;
      }
      found += ever ? 1 : 0;
    }
    assert.ok(found / runs <= rule.alpha, `${found} of ${runs}`);
    assert.ok(compared >= runs / 2, `there was enough to compare in ${compared} of ${runs}`);
  });

  it("does not doubt a split that is as declared, and does one that is not", () => {
    const random = seeded(3);
    const everDoubted = (share: number, users: number) => {
      const seen = { a: 0, b: 0 };
      for (let user = 0; user < users; user += 1) {
        seen[random() < share ? "b" : "a"] += 1;
        if (checkSplit(seen, 0.5).mismatch) return true;
      }
      return false;
    };
    const runs = Array.from({ length: 200 }, () => everDoubted(0.5, 3_000));
    assert.equal(runs.filter((doubted) => doubted).length, 0);
    assert.equal(everDoubted(0.45, 10_000), true);
  });
});
