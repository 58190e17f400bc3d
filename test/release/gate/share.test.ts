import assert from "node:assert/strict";
import fc from "fast-check";
import { evidenceOf, observe, openGate, thresholdsOf } from "../../../release/gate/gate.ts";
import { lnShare, observeShare, openShare, shareIncrements } from "../../../release/gate/share.ts";

const sample = (canary: number, stable: number, weight?: number) => ({
  at: 2_000,
  spanMs: 2_000,
  canary: { requests: canary, failed: 0 },
  stable: { requests: stable, failed: 0 },
  ...(weight === undefined ? {} : { weight }),
});

const near = (actual: number, expected: number) =>
  assert.ok(Math.abs(actual - expected) < 5e-7, `${actual} is not ${expected}`);

describe("evidence about the share", () => {
  // ln(0.5·mean_m exp(n_c ln(p/w) + n_s ln((1-p)/(1-w))) + 0.5), p/(1-p) = m·w/(1-w), m = 2^-1 … 2^-5 or 2 … 2^5.
  it("for fewer requests than the weight's: 5 of 400 at 5 %", () => {
    const { fewer, more } = lnShare(observeShare(openShare(), sample(5, 395, 5), 0));
    near(fewer, 6.5611326764570235);
    near(more, -0.6931471591576505);
  });

  it("for more: 40 of 400 at 5 %", () => {
    const { fewer, more } = lnShare(observeShare(openShare(), sample(40, 360, 5), 0));
    near(fewer, -0.6931471760102336);
    near(more, 5.908768029774553);
  });

  it("has expectation 1 for every alternative at the weight itself", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.constantFrom(1 / 32, 1 / 2, 2, 32), (weight, by) => {
        const share = weight / 100;
        const [one, none] = [
          { requests: 1, failed: 0 },
          { requests: 0, failed: 0 },
        ];
        const [hit = 0] = shareIncrements(one, none, share, [by]);
        const [miss = 0] = shareIncrements(none, one, share, [by]);
        const mean = share * Math.exp(hit) + (1 - share) * Math.exp(miss);
        assert.ok(Math.abs(mean - 1) < 1e-9, String(mean));
      }),
    );
  });

  it("is not fed where the share is not known to be the weight, nor at 0 and 100 %", () => {
    for (const none of [sample(0, 400), sample(0, 400, 0), sample(400, 0, 100)]) {
      assert.deepEqual(observeShare(openShare(), none, 0), openShare());
    }
  });

  it("never grows from a share a fifth off the weight, however many requests follow it", () => {
    let state = openShare();
    for (let i = 1; i <= 500; i += 1) state = observeShare(state, sample(200, 4_800, 5), i * 2_000);
    for (let i = 1; i <= 500; i += 1) state = observeShare(state, sample(300, 4_700, 5), i * 2_000);
    assert.ok(lnShare(state).fewer < 0 && lnShare(state).more < 0);
  });

  it("proves within two scrapes that nothing arrives, and remembers what was seen at this weight", () => {
    const parameters = { falseAlarm: 0.01, limit: 0.01, tolerate: 1.25, ignoreBelow: 0.001 };
    const gate = [sample(4, 396, 1), sample(0, 400, 5), sample(1, 399, 5)].reduce(
      (state, each) => observe(parameters, state, each),
      openGate(parameters, 0),
    );
    assert.ok((evidenceOf(gate).fewer ?? 0) > (thresholdsOf(parameters).share ?? Infinity));
    assert.deepEqual([gate.share.weight, gate.share.canary, gate.share.requests], [5, 1, 800]);
  });
});
