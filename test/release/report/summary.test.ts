import assert from "node:assert/strict";
import { NO_EVIDENCE, raiseHighest, towardsAdvance, towardsRollback } from "../../../release/report/progress.ts";
import { findSteps, findStops } from "../../../release/report/steps.ts";
import { findDetectionMs, findReturnMs, summarise } from "../../../release/report/summary.ts";
import {
  counts,
  decided,
  event,
  evidence,
  planned,
  PROMOTED,
  REFUSED,
  ROLLED_BACK,
  sampled,
  SILENT,
  START,
  THRESHOLDS,
  type Odds,
} from "./stories.ts";

describe("progress", () => {
  const towards = (odds: Odds, mode: "comparing" | "solo" = "comparing", before: Odds = {}) => {
    const sample = { evidence: evidence(odds), mode };
    const highest = [{ evidence: evidence(before) }, sample].reduce(raiseHighest, NO_EVIDENCE);
    const { by, fraction } = towardsRollback(sample, highest, THRESHOLDS);
    return [by, Number(fraction.toFixed(3))];
  };

  it("is held up by the evidence that has the longest way to go", () => {
    assert.deepEqual(towards({ relative: 4_000, floor: Math.sqrt(200) }), ["floor", 0.5]);
    assert.deepEqual(towards({ relative: Math.sqrt(200), floor: 4_000 }), ["relative", 0.5]);
    assert.deepEqual(towards({ relative: 0.1, floor: 0.1 }), ["relative", 0]);
    assert.deepEqual(towards({ relative: 200, floor: 200 }), ["relative", 1]);
  });

  it("follows the nearer of the two rules", () => {
    assert.deepEqual(towards({ relative: 20, floor: 1, limit: 200 }), ["limit", 1]);
    assert.deepEqual(towards({ relative: Math.sqrt(20), floor: 1, limit: 200 }), ["relative", 0.5]);
  });

  it("goes by the limit alone when stable has no traffic", () => {
    assert.deepEqual(towards({ limit: Math.sqrt(200) }, "solo"), ["limit", 0.5]);
    assert.deepEqual(towards({ limit: Math.sqrt(200) }), ["relative", 0]);
  });

  it("keeps what has ever been reached, as the rule does", () => {
    assert.deepEqual(towards({ relative: 2, floor: 200 }, "comparing", { relative: 200 }), ["relative", 1]);
    assert.equal(towards({ relative: 2, floor: 200 }, "comparing", { relative: 199 })[1], 0.131);
  });

  it("measures the way forward by the proof", () => {
    const { by, fraction } = towardsAdvance({ evidence: evidence({ pass: Math.sqrt(20) }) }, THRESHOLDS);
    assert.deepEqual([by, Number(fraction.toFixed(3))], ["pass", 0.5]);
  });
});

describe("steps", () => {
  it("gives each weight its time, its requests and its end", () => {
    const rows = findSteps(PROMOTED).map(({ weight, dwellMs, bakedMs, canary, stable, ending, setAt }) => ({
      weight,
      set: (setAt - START) / 1000,
      dwellMs,
      bakedMs,
      canary,
      stable,
      ending,
    }));
    assert.deepEqual(rows, [
      {
        weight: 5,
        set: 11,
        dwellMs: 15_000,
        bakedMs: undefined,
        canary: counts([40, 0]),
        stable: counts([760, 1]),
        ending: "advanced to 50 %",
      },
      {
        weight: 50,
        set: 30,
        dwellMs: 16_000,
        bakedMs: undefined,
        canary: counts([400, 2]),
        stable: counts([400, 1]),
        ending: "held 12 s, advanced to 100 %",
      },
      {
        weight: 100,
        set: 50,
        dwellMs: 15_000,
        bakedMs: 30_000,
        canary: counts([400, 0]),
        stable: counts([0, 0]),
        ending: "baked 30 s, promoted",
      },
    ]);
  });

  it("counts for the first weight what came before it was told to be set", () => {
    const early = sampled(10, 0, [8, 1], [392, 0]);
    const before = sampled(8, 0, [0, 0], [400, 3]);
    const set = event(11, "weight-set", { weight: 5, serial: 2, tookMs: 2_000 });
    const [step] = findSteps([before, early, set, sampled(12, 5, [20, 0], [380, 0])]);
    assert.deepEqual([step?.canary, step?.stable], [counts([28, 1]), counts([772, 0])]);
    assert.deepEqual([step?.dwellMs, step?.ending], [undefined, "no verdict"]);
  });

  it("ends a hold or a pause with the next decision, or with the events", () => {
    const events = [decided(1, 5, "hold", "h"), decided(3, 5, "pause", "p"), sampled(9, 5, [0, 0], [0, 0])];
    assert.deepEqual(findStops(events), [
      { decision: "hold", from: START + 1_000, to: START + 3_000 },
      { decision: "pause", from: START + 3_000, to: START + 9_000 },
    ]);
  });
});

describe("summary", () => {
  it("tells a rollback by evidence, and its times", () => {
    const summary = summarise(ROLLED_BACK);
    assert.deepEqual(summary.verdict, { kind: "rollback", at: START + 19_200, weight: 5, by: "relative" });
    assert.equal(findDetectionMs(summary), 4_200);
    assert.equal(findReturnMs(summary), 310);
    assert.deepEqual(summary.known?.evidence, evidence({ relative: 4_500, floor: 2e7, limit: 150, pass: 0.0001 }));
  });

  it("judges by what was known when it was decided, not by what came later", () => {
    const { known } = summarise([...ROLLED_BACK, sampled(30, 0, [0, 0], [400, 0], { relative: 9_999 })]);
    assert.equal(known?.evidence.relative, Math.log(4_500));
  });

  it("takes the last write that put traffic on stable, when an update had to be overruled", () => {
    const again = [...ROLLED_BACK, event(25, "traffic-back", { serial: 16, tookMs: 200 })];
    assert.equal(findReturnMs(summarise(again)), 5_800);
  });

  it("tells a rollback for another reason", () => {
    assert.equal(summarise(SILENT).verdict?.by, undefined);
    assert.equal(findDetectionMs(summarise(SILENT)), undefined);
  });

  it("knows evidence as the rules count it", () => {
    const { known } = summarise([
      planned(),
      sampled(2, 5, [20, 4], [380, 0], { relative: 250, floor: 150 }),
      sampled(4, 5, [20, 0], [380, 0], { relative: 100, floor: 100 }),
    ]);
    assert.deepEqual(known?.evidence, evidence({ relative: 250, floor: 100 }));
  });

  it("has no steps for a version that never got traffic", () => {
    const { outcome, reason, steps, verdict } = summarise(REFUSED);
    assert.deepEqual([outcome, steps.length, verdict?.weight], ["refused", 0, 0]);
    assert.equal(reason, "checks before any traffic: GET /orders failed 17 of 20 times");
  });

  it("sums the samples when the events end early", () => {
    const { canary, outcome, stable } = summarise([planned(), sampled(2, 5, [20, 1], [380, 2])]);
    assert.deepEqual([outcome, canary, stable], ["unfinished", counts([20, 1]), counts([380, 2])]);
  });

  it("makes do with no events", () => {
    const { outcome, startAt, endAt, verdict } = summarise([]);
    assert.deepEqual([outcome, startAt, endAt, verdict], ["unfinished", 0, 0, undefined]);
  });
});
