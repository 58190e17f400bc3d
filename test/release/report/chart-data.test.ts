import assert from "node:assert/strict";
import type { ReleaseEvent } from "../../../release/events.ts";
import { findBands, findEvidence, findIntervals, findMarks, findWeights } from "../../../release/report/chart-data.ts";
import { chooseTicks } from "../../../release/report/chart-frame.ts";
import { scaleEvidence, scaleFromZero } from "../../../release/report/scales.ts";
import { summarise } from "../../../release/report/summary.ts";
import { counts, event, evidence, planned, PROMOTED, ROLLED_BACK, sampled, START, STUCK } from "./stories.ts";

const intervalsOf = (events: readonly ReleaseEvent[]) => findIntervals(summarise(events));

describe("chart data", () => {
  it("gives the rates of each sample, and the failing shares over the 10 s before", () => {
    const events = [1, 2, 3, 4, 5, 6, 7].map((k) => sampled(2 * k, 5, [20, k === 1 ? 2 : 0], [380, k]));
    const intervals = intervalsOf([planned(), ...events]);
    assert.deepEqual(
      intervals.map(({ from, t, canaryPerS, stablePerS }) => [from, t, canaryPerS, stablePerS]),
      [1, 2, 3, 4, 5, 6, 7].map((k) => [2 * k - 2, 2 * k, 10, 190]),
    );
    assert.deepEqual(
      intervals.map(({ canaryShare }) => canaryShare),
      [2 / 20, 2 / 40, 2 / 60, 2 / 80, 2 / 100, 0, 0],
    );
    assert.equal(intervals[6]?.stableShare, (3 + 4 + 5 + 6 + 7) / 1_900);
  });

  it("draws no line over missing data", () => {
    const intervals = intervalsOf([planned(), sampled(2, 5, [20, 0], [380, 0]), sampled(8, 5, [20, 0], [380, 0])]);
    assert.deepEqual(
      intervals.map(({ from, t, run }) => [from, t, run]),
      [
        [0, 2, 0],
        [6, 8, 2],
      ],
    );
  });

  it("has no share where there are no requests", () => {
    const [interval] = intervalsOf([planned(), sampled(2, 100, [400, 4], [0, 0])]);
    assert.deepEqual([interval?.canaryShare, interval?.stableShare, interval?.stablePerS], [0.01, undefined, 0]);
  });

  it("adds up what several edges counted at the same time", () => {
    const edge = (endS: number) => sampled(endS, 5, [10, 0], [190, 0]);
    const intervals = intervalsOf([planned(), edge(2), edge(3), edge(4), edge(5), edge(6), edge(7)]);
    assert.deepEqual(
      intervals.map(({ from, t, canaryPerS, stablePerS }) => [from, t, canaryPerS, stablePerS]),
      [
        [0, 2, 10, 190],
        [2, 4, 10, 190],
        [4, 6, 10, 190],
        [6, 7, 10, 190],
      ],
    );
  });

  it("keeps the number of points within what a chart can show, and all requests", () => {
    const events = Array.from({ length: 3_000 }, (_, k) => sampled(2 * k + 2, 5, [20, 0], [380, 0]));
    const summary = summarise([planned(), ...events]);
    const intervals = findIntervals(summary);
    assert.equal(intervals.length, 600);
    const total = intervals.reduce((sum, { from, t, canaryPerS }) => sum + canaryPerS * (t - from), 0);
    assert.equal(Math.round(total), 60_000);
    const points = findEvidence(summary);
    assert.equal(points.length, 601);
    assert.equal(points.at(-1)?.t, 6_000);
  });

  it("takes a sample without length for nothing", () => {
    const sample = { at: START + 2_000, spanMs: 0, canary: counts([1, 0]), stable: counts([1, 0]) };
    const instant = event(2, "sampled", { weight: 5, sample, evidence: evidence(), mode: "comparing" });
    assert.deepEqual(
      intervalsOf([planned(), instant]).filter(({ canaryPerS }) => !Number.isFinite(canaryPerS)),
      [],
    );
  });

  it("starts the evidence where nothing was known", () => {
    const points = findEvidence(summarise(ROLLED_BACK));
    assert.deepEqual(points[0], { t: 13, evidence: evidence() });
    assert.deepEqual(
      points.map(({ t }) => t),
      [13, 15, 17, 19],
    );
  });

  it("follows the weight through promotion and rollback", () => {
    const corners = (events: readonly ReleaseEvent[]) =>
      findWeights(events, summarise(events)).map(({ t, weight }) => [t, weight]);
    assert.deepEqual(corners(PROMOTED), [
      [0, 0],
      [11, 5],
      [30, 50],
      [50, 100],
      [100, 100],
    ]);
    assert.deepEqual(corners(ROLLED_BACK), [
      [0, 0],
      [11, 5],
      [19.51, 0],
      [23, 0],
    ]);
    assert.deepEqual(corners(STUCK).at(-1), [79.2, 5]);
  });

  it("marks decisions and what came of them", () => {
    const marks = (events: readonly ReleaseEvent[]) =>
      findMarks(events, summarise(events)).map(({ t, kind }) => `${kind} ${t}`);
    assert.deepEqual(marks(PROMOTED), ["advance 28", "advance 48", "advance 67", "advance 97", "promoted 100"]);
    assert.deepEqual(marks(ROLLED_BACK), ["traffic-back 19.51", "rollback 19.2"]);
    assert.deepEqual(marks(STUCK), ["traffic-stuck 79.2", "rollback 19.2"]);
    assert.deepEqual(findBands(PROMOTED, summarise(PROMOTED)), [{ decision: "hold", from: 34, to: 46 }]);
  });
});

describe("axes", () => {
  it("have round times", () => {
    assert.deepEqual(chooseTicks(23), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22]);
    assert.deepEqual(chooseTicks(100), [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
    assert.deepEqual(chooseTicks(795).slice(0, 3), [0, 120, 240]);
    assert.equal(chooseTicks(1_000_000).length, 12);
  });

  it("have few round values, with room above the highest", () => {
    assert.deepEqual(scaleFromZero(200, "").ticks, [0, 50, 100, 150, 200]);
    assert.deepEqual(scaleFromZero(5.2, "").ticks, [0, 2, 4]);
    assert.deepEqual(scaleFromZero(1.6, "").ticks, [0, 0.5, 1, 1.5]);
    assert.deepEqual(scaleFromZero(100, "").domain, [0, 106]);
  });

  it("hold every threshold of the evidence", () => {
    assert.deepEqual(scaleEvidence(200).domain, [0.1, 1_000]);
    assert.deepEqual(scaleEvidence(200).ticks, [0.1, 1, 10, 100, 1_000]);
    assert.deepEqual(scaleEvidence(2_000).domain, [0.1, 10_000]);
  });
});
