import assert from "node:assert/strict";
import { shareBefore, upperBound } from "../../../release/gate/before.ts";
import { evidenceOf, observe, openGate, type GateParameters } from "../../../release/gate/gate.ts";

const PARAMETERS = { falseAlarm: 0.01, limit: 0.01, tolerate: 1.25, ignoreBelow: 0.001 };

const alone = (requests: number, failed: number, stable = 0) => ({
  at: 2_000,
  spanMs: 2_000,
  canary: { requests, failed },
  stable: { requests: stable, failed: 0 },
});

const near = (actual: number | undefined, expected: number, within: number) =>
  assert.ok(actual !== undefined && Math.abs(actual - expected) < within, `${actual} is not ${expected}`);

describe("what stable was before", () => {
  // The exact bound λ solves P(Poisson(λ) ≤ k) = 1 %.
  for (const [count, exact] of [
    [0, 4.60517],
    [10, 20.14468],
    [100, 125.83865],
  ] as const) {
    it(`is bounded from above: ${count} failures`, () => near(upperBound(count), exact, 0.02));
  }

  it("gives the share that the candidate may have alone: tolerate times the bound, at least what is ignored", () => {
    const share = (before?: GateParameters["before"]) =>
      shareBefore({ ...PARAMETERS, ...(before === undefined ? {} : { before }) });
    near(share({ requests: 20_000, failed: 100 }), 0.007864966, 1e-8);
    assert.equal(share({ requests: 72_000, failed: 36 }), 0.001);
    assert.equal(share({ requests: 3, failed: 3 }), 0.4);
    assert.equal(share({ requests: 0, failed: 0 }), undefined);
    assert.equal(share(), undefined);
  });

  // ln(0.5·mean_p exp(5 ln(p/τ) + 95 ln((1-p)/(1-τ))) + 0.5), τ = 0.0078649…
  it("is compared with what the candidate answers alone", () => {
    const parameters = { ...PARAMETERS, before: { requests: 20_000, failed: 100 } };
    const gate = observe(parameters, openGate(parameters, 0), alone(100, 5));
    near(evidenceOf(gate).thanBefore, 2.9846009903982345, 5e-7);
    assert.deepEqual(gate.solo?.canary, { requests: 100, failed: 5 });
  });

  it("is not used while stable has requests, to compare with at the same time", () => {
    const parameters = { ...PARAMETERS, before: { requests: 20_000, failed: 100 } };
    const open = openGate(parameters, 0);
    assert.deepEqual(observe(parameters, open, alone(100, 50, 1)).solo, open.solo);
  });
});
