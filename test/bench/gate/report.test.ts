import assert from "node:assert/strict";
import { CELLS, isFaulty, type Cell } from "../../../bench/gate/cells.ts";
import { findMisses, renderTables, toJson } from "../../../bench/gate/report.ts";
import { listJobs, runJob } from "../../../bench/gate/simulate.ts";
import { summarise, upperBound } from "../../../bench/gate/summary.ts";

const FAULT: Cell = { scenario: "faulty", errorStable: 0.001, errorCanary: 0.2, rps: 200, weight: 5, runs: 20 };
const GOOD: Cell = { scenario: "good", errorStable: 0.001, errorCanary: 0.001, rps: 50, weight: 5, runs: 20 };
const CELLS_OF_TWO = [
  { ...FAULT, medianS: 10 },
  { ...GOOD, falseRollback: 0.003 },
];

describe("the report of the gate's bench", () => {
  const summaries = summarise(
    CELLS_OF_TWO,
    listJobs(3, CELLS_OF_TWO).map((job) => runJob(job, CELLS_OF_TWO)),
  );

  it("has a line for each cell and gate, with null for what a cell does not tell", () => {
    const { cells } = toJson(summaries);
    assert.equal(cells.length, 12);
    for (const cell of cells) {
      assert.deepEqual(Object.keys(cell), [
        "scenario",
        "errorStable",
        "errorCanary",
        "rps",
        "weight",
        "gate",
        "falseRollback",
        "detectedShare",
        "medianS",
        "meanFailing",
      ]);
      assert.equal(cell.falseRollback === null, cell.scenario === "faulty");
      assert.equal(cell.detectedShare === null, cell.scenario !== "faulty");
    }
    const [ours] = cells;
    assert.deepEqual([ours?.gate, ours?.detectedShare], ["sluice", 1]);
    assert.ok(ours?.medianS != null && ours.medianS > 5 && ours.medianS < 16);
  });

  it("does not depend on who simulates what", () => {
    const reversed = listJobs(3, CELLS_OF_TWO)
      .toReversed()
      .map((job) => runJob(job, CELLS_OF_TWO));
    assert.deepEqual(summarise(CELLS_OF_TWO, reversed), summaries);
  });

  it("shows all gates side by side", () => {
    const tables = renderTables(summaries);
    assert.match(
      tables,
      /^\| +\| sluice +\| naive-window +\| argo-like +\| flagger-like +\| kayenta-like +\| kayenta-like-5m \|$/m,
    );
    assert.match(tables, /^\| weight 5 %, 20 % fail +\| \d+ s \/ \d+ /m);
  });

  it("misses nothing where all is as asked, and tells what is not", () => {
    assert.deepEqual(findMisses(summaries), []);
    const worse = summaries.map((summary) => ({ ...summary, medianS: 11.6, blamed: 0.0031 }));
    assert.deepEqual(findMisses(worse), [
      "faulty, stable 0.1 %, candidate 20 %, 200 rps, weight 5 %: detected after 11.6 s, more than 15 % above 10 s",
      "good, stable 0.1 %, candidate 0.1 %, 50 rps, weight 5 %: 0.31 % blamed for nothing, more than 0.3 %",
    ]);
  });

  it("bounds a share from above with 95 % confidence", () => {
    assert.ok(Math.abs(upperBound(0, 1_000) - (1 - 0.05 ** (1 / 1_000))) < 1e-6);
    assert.ok(Math.abs(upperBound(10, 10_000) - 0.0016963) < 2e-6);
    assert.equal(upperBound(4, 4), 1);
  });

  it("asks something of every cell, with enough runs to mean it", () => {
    assert.equal(CELLS.length, 33);
    for (const cell of CELLS) {
      assert.equal(cell.medianS === undefined, !isFaulty(cell));
      assert.equal(cell.falseRollback === undefined, isFaulty(cell));
      assert.ok(cell.runs >= 4_000);
    }
  });
});
