import assert from "node:assert/strict";
import { lnEvidence, multiply, startPlain } from "../../../release/gate/e-process.ts";
import {
  alternativesAbove,
  oneSampleIncrements,
  RELATIVE_ALTERNATIVES,
  relativeIncrements,
} from "../../../release/gate/likelihood.ts";

type Row = readonly [failedCanary: number, canary: number, failedStable: number, stable: number];

function relative(rows: readonly Row[], tolerate: number): number {
  const start = startPlain(RELATIVE_ALTERNATIVES);
  const end = rows.reduce(
    (process, [ec, nc, es, ns]) =>
      multiply(
        process,
        relativeIncrements({ canary: { requests: nc, failed: ec }, stable: { requests: ns, failed: es } }, tolerate),
        0,
      ),
    start,
  );
  return lnEvidence(end);
}

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 5e-7, `${actual} is not ${expected}`);
}

describe("golden vectors of the evidence (ln E, all staked at the start)", () => {
  it("relative, one scrape, tolerate 1", () => near(relative([[2, 30, 0, 2970]], 1), 7.867992));
  it("relative, two scrapes, tolerate 1.25", () =>
    near(
      relative(
        [
          [2, 30, 3, 2970],
          [1, 31, 2, 2969],
        ],
        1.25,
      ),
      6.58989,
    ));
  it("relative, a change of weight between scrapes", () =>
    near(
      relative(
        [
          [0, 30, 3, 2970],
          [4, 150, 3, 2850],
        ],
        1.25,
      ),
      4.610428,
    ));
  it("one-sample against 1 %, 3 failed of 60", () => {
    const alternatives = alternativesAbove(0.01);
    const increments = oneSampleIncrements({ requests: 60, failed: 3 }, 0.01, alternatives);
    near(lnEvidence(multiply(startPlain(alternatives.length), increments, 0)), 1.221545);
  });
  it("looks for doublings of the threshold below 0.9, and 0.97", () => {
    assert.deepEqual(alternativesAbove(0.1), [0.2, 0.4, 0.8, 0.97]);
    assert.equal(alternativesAbove(0.001).length, 10);
  });
});
