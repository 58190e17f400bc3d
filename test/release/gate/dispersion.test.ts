import assert from "node:assert/strict";
import fc from "fast-check";
import type { Counts } from "../../../release/events.ts";
import { dispersionOf, withoutScatter } from "../../../release/gate/dispersion.ts";
import { evidenceOf, observe, openGate } from "../../../release/gate/gate.ts";

const repeat = <T>(times: number, values: readonly T[]): T[] => Array.from({ length: times }, () => values).flat();

/** Scrapes of 100 requests each, so many of which failed. */
const scrapes = (failures: readonly number[]): Counts[] => failures.map((failed) => ({ requests: 100, failed }));

const within = (value: number, expected: number, by: number) =>
  assert.ok(Math.abs(value / expected - 1) <= by, `${value}, not ${expected}`);

describe("dispersion", () => {
  it("is variance over mean", () => {
    // In each of two parts: mean 2, squared distances 4 and 4, of 10 scrapes: variance 40/9.
    within(dispersionOf([scrapes(repeat(10, [0, 4]))]), 40 / 9 / 2, 1e-9);
  });

  it("is at least 1", () => {
    assert.equal(dispersionOf([scrapes(repeat(30, [2]))]), 1);
  });

  it("is 1 where nothing failed, and where fewer than 20 scrapes are known", () => {
    assert.equal(dispersionOf([scrapes(repeat(40, [0]))]), 1);
    assert.equal(dispersionOf([scrapes([...repeat(9, [0, 40]), 0])]), 1);
    assert.equal(dispersionOf([]), 1);
  });

  it("gives each target its own mean, and does not count what is too short", () => {
    assert.equal(dispersionOf([scrapes(repeat(30, [2])), scrapes(repeat(30, [90]))]), 1);
    const history = scrapes(repeat(10, [0, 4]));
    assert.equal(dispersionOf([history, scrapes([0, 1_000])]), dispersionOf([history]));
  });

  it("is no matter of the requests: failures that rise and fall with them do not scatter", () => {
    const busy = Array.from({ length: 240 }, (_, i) => ({ requests: 100 * (1 + (i % 5)), failed: 2 * (1 + (i % 5)) }));
    assert.equal(dispersionOf([busy]), 1);
  });

  it("is that of the calm hour, wherever an incident begins and however long it is", () => {
    const calm = repeat(120, [0, 4]);
    const usual = dispersionOf([scrapes(calm)]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 239 }), fc.integer({ min: 1, max: 240 }), (from, length) => {
        const failures = calm.map((failed, i) => (i >= from && i < from + length ? 80 + failed : failed));
        const found = dispersionOf([scrapes(failures)]);
        // In the incident itself the same scatter is a smaller part of more failures.
        assert.ok(found >= 1 && found <= usual * 1.01, `${found} after ${usual}`);
      }),
    );
  });

  it("keeps what really comes in clusters", () => {
    within(dispersionOf([scrapes(repeat(24, [0, 0, 0, 0, 10, 0, 0, 0, 0, 0]))]), 10 - 1, 0.12);
  });

  it("does not depend on the order of the targets", () => {
    const history = fc.array(fc.nat(50), { minLength: 20, maxLength: 60 }).map(scrapes);
    fc.assert(fc.property(history, history, (a, b) => within(dispersionOf([a, b]), dispersionOf([b, a]), 1e-9)));
  });

  it("divides every count that becomes evidence, and none that is told", () => {
    const parameters = { falseAlarm: 0.01, limit: 0.01, tolerate: 1.25, ignoreBelow: 0.001 };
    const sample = (by: number) => ({
      at: 15_000,
      spanMs: 15_000,
      canary: { requests: 300 / by, failed: 12 / by },
      stable: { requests: 2_700 / by, failed: 6 / by },
    });
    const clustered = { ...parameters, dispersion: 3 };
    const gate = observe(clustered, openGate(clustered, 0), sample(1));
    assert.deepEqual(evidenceOf(gate), evidenceOf(observe(parameters, openGate(parameters, 0), sample(3))));
    assert.deepEqual(gate.canary, { requests: 300, failed: 12 });
    assert.equal(withoutScatter(sample(1), 1).canary.failed, 12);
  });
});
