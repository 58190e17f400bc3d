import assert from "node:assert/strict";
import { FAULT_CASES } from "../../../bench/release/faults.ts";
import { findMisses, renderTable, type ReleaseBench } from "../../../bench/release/report.ts";
import { ProcessWatch, readUsage } from "../../../bench/release/process.ts";

const good: ReleaseBench = {
  faults: FAULT_CASES.map(({ fault }) => ({
    fault,
    runs: 3,
    detectionS: [3, 2, 40],
    decisionToZeroS: [0.1, 0.2, 0.1],
    failingRequests: [9, 8, 7],
    outcome: ["rolled-back", "rolled-back", "rolled-back"],
  })),
  good: { runs: 2, durationS: [140, 150], failedRequests: [0, 0], outcome: ["promoted", "promoted"] },
  watchdogOverLeaseS: 1.2,
  gateCpuShare: 0.004,
  peakMiB: 180,
};

describe("the bench of releases", () => {
  it("asks for the goals of each fault", () => {
    assert.deepEqual(
      FAULT_CASES.map(({ detectWithinS, fault }) => [fault, detectWithinS]),
      [
        ["100 % errors", 5],
        ["20 % errors", 10],
        ["5 % errors", 20],
        ["+200 ms", 15],
      ],
    );
  });

  it("tells medians beside goals, and finds nothing missed where all are reached", () => {
    assert.deepEqual(findMisses(good), []);
    const table = renderTable(good).split("\n");
    assert.equal(table[1], "100 % errors: found after           3 s      ≤ 5 s      3 2 40");
    assert.equal(table.at(-1), "peak memory                         180 MiB  ≤ 250 MiB  180");
  });

  it("misses a goal by its median, by what never came about, and by an outcome", () => {
    const [first, ...others] = good.faults;
    assert.ok(first !== undefined);
    const slow = { ...first, detectionS: [null, null, 2], outcome: ["rolled-back", "promoted", "promoted"] };
    const bench: ReleaseBench = {
      ...good,
      faults: [slow, ...others],
      good: { ...good.good, failedRequests: [0, 3], outcome: ["promoted", "rolled-back"] },
      gateCpuShare: null,
      peakMiB: 251,
    };
    assert.deepEqual(findMisses(bench), [
      "100 % errors: found after: never, goal 5 s",
      "good: failed requests: 3, goal 0",
      "processor while dwelling: never, goal 1 %",
      "peak memory: 251 MiB, goal 250 MiB",
      "100 % errors: a release was promoted, not rolled back",
      "100 % errors: a release was promoted, not rolled back",
      "good: a release was rolled-back, not promoted",
    ]);
  });

  it("reads what a process takes, and nothing of one that is gone", async () => {
    const own = await readUsage(process.pid);
    assert.ok(own !== undefined && own.cpuS > 0 && own.peakMiB > 10, JSON.stringify(own));
    assert.equal(await readUsage(2 ** 22 + 1), undefined);
    const { peakMiB, shareBetween } = await new ProcessWatch(2 ** 22 + 1).end();
    assert.deepEqual([peakMiB, shareBetween(0, 1)], [0, NaN]);
  });
});
