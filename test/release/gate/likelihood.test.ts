import assert from "node:assert/strict";
import fc from "fast-check";
import {
  alternativesAbove,
  alternativesBelow,
  oneSampleIncrements,
  relativeIncrements,
} from "../../../release/gate/likelihood.ts";

const sample = (ec: number, nc: number, es: number, ns: number) => ({
  at: 0,
  spanMs: 2_000,
  canary: { requests: nc, failed: ec },
  stable: { requests: ns, failed: es },
});

describe("likelihood ratios", () => {
  it("say nothing when only one version has traffic, or none", () => {
    for (const solo of [sample(5, 100, 0, 0), sample(0, 0, 5, 100), sample(0, 0, 0, 0)]) {
      for (const increment of relativeIncrements(solo, 1.25)) assert.ok(Math.abs(increment) < 1e-12);
    }
  });

  it("have expectation 1 for every alternative when the odds are exactly the tolerated ones", () => {
    const count = fc.integer({ min: 1, max: 5_000 });
    fc.assert(
      fc.property(count, count, fc.double({ min: 1, max: 5, noNaN: true }), (nc, ns, tolerate) => {
        // Given that one request failed, it is the canary's with this probability.
        const rho = nc / (nc + ns);
        const canarys = (tolerate * rho) / (tolerate * rho + 1 - rho);
        const ifCanary = relativeIncrements(sample(1, nc, 0, ns), tolerate);
        const ifStable = relativeIncrements(sample(0, nc, 1, ns), tolerate);
        ifCanary.forEach((ln, i) => {
          const mean = canarys * Math.exp(ln) + (1 - canarys) * Math.exp(ifStable[i] ?? 0);
          assert.ok(Math.abs(mean - 1) < 1e-9, String(mean));
        });
      }),
    );
  });

  it("one-sample ratios have expectation 1 at the threshold", () => {
    for (const [threshold, alternatives] of [
      [0.01, alternativesAbove(0.01)],
      [0.001, alternativesAbove(0.001)],
      [0.01, alternativesBelow(0.01)],
    ] as const) {
      const failed = oneSampleIncrements({ requests: 1, failed: 1 }, threshold, alternatives);
      const passed = oneSampleIncrements({ requests: 1, failed: 0 }, threshold, alternatives);
      failed.forEach((ln, i) => {
        const mean = threshold * Math.exp(ln) + (1 - threshold) * Math.exp(passed[i] ?? 0);
        assert.ok(Math.abs(mean - 1) < 1e-12, String(mean));
      });
    }
  });

  it("an incident common to both versions is no evidence against the canary", () => {
    const increments = relativeIncrements(sample(30, 100, 570, 1_900), 1.25);
    for (const increment of increments) assert.ok(increment < 0, String(increment));
  });
});
