import assert from "node:assert/strict";
import fc from "fast-check";
import { lnEvidence, multiply, startPlain, startWithOnset } from "../../../release/gate/e-process.ts";

function near(actual: number, expected: number, within = 1e-9): void {
  assert.ok(Math.abs(actual - expected) < within, `${actual} is not ${expected}`);
}

describe("e-process", () => {
  it("starts at 1", () => {
    near(lnEvidence(startPlain(7)), 0);
    near(lnEvidence(startWithOnset(7)), 0);
  });

  it("stays at 1 while nothing happens, however much time passes", () => {
    let process = startWithOnset(3);
    for (const minutes of [0.5, 1, 2, 10, 100]) {
      process = multiply(process, [0, 0, 0], minutes * 60_000);
      near(lnEvidence(process), 0);
    }
  });

  it("multiplies only what was staked: half at the start", () => {
    near(lnEvidence(multiply(startWithOnset(1), [Math.log(9)], 0)), Math.log(0.5 * 9 + 0.5));
  });

  it("stakes 0.5/(j(j+1)) at minute j, before that scrape counts", () => {
    const afterOne = multiply(startWithOnset(1), [Math.log(3)], 60_000);
    near(lnEvidence(afterOne), Math.log((0.5 + 0.25) * 3 + 0.25));
    const afterTwo = multiply(afterOne, [Math.log(2)], 120_000);
    near(lnEvidence(afterTwo), Math.log(((0.5 + 0.25) * 3 + 1 / 12) * 2 + 1 / 6));
  });

  it("catches up on minutes that it did not see", () => {
    near(
      lnEvidence(multiply(startWithOnset(1), [Math.log(4)], 180_000)),
      Math.log((0.5 + 0.25 + 1 / 12 + 1 / 24) * 4 + 1 / 8),
    );
  });

  it("does not go back when time does", () => {
    const process = multiply(startWithOnset(1), [0], 300_000);
    near(lnEvidence(multiply(process, [0], 60_000)), 0);
    assert.equal(multiply(process, [0], 60_000).minutes, 5);
  });

  it("forgets a good hour: a late fault needs about the evidence of an early one", () => {
    let process = startWithOnset(1);
    for (let minute = 1; minute <= 60; minute += 1) process = multiply(process, [-5], minute * 60_000);
    const late = lnEvidence(multiply(process, [20], 61 * 60_000));
    assert.ok(late > 20 - Math.log(2 * 61 * 62) - 1e-6, String(late));
  });

  it("neither overflows nor loses what is small", () => {
    near(lnEvidence(multiply(startPlain(2), [2_000, -2_000], 0)), 2_000 - Math.LN2);
    assert.equal(lnEvidence(multiply(startPlain(1), [-2_000], 0)), -2_000);
  });

  it("has expectation 1 under the hypothesis, at any threshold and alternative", () => {
    const share = fc.double({ min: 0.001, max: 0.4, noNaN: true });
    fc.assert(
      fc.property(
        share,
        fc.double({ min: 1.01, max: 2, noNaN: true }),
        fc.double({ min: 0, max: 1e7, noNaN: true }),
        (p, ratio, ms) => {
          // One request: it fails with probability p, the alternative says p·ratio. The mean over both answers is exact.
          const process = multiply(startWithOnset(1), [0], ms);
          const failed = Math.exp(lnEvidence(multiply(process, [Math.log(ratio)], ms)));
          const passed = Math.exp(lnEvidence(multiply(process, [Math.log((1 - p * ratio) / (1 - p))], ms)));
          near(p * failed + (1 - p) * passed, 1, 1e-9);
        },
      ),
    );
  });
});
