import assert from "node:assert/strict";
import fc from "fast-check";
import type { Counts } from "../../../release/events.ts";
import { dispersionOf, leaveOutIncidents, withoutScatter } from "../../../release/gate/dispersion.ts";
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

describe("incidents in a history", () => {
  const LIMIT = 0.01;
  const found = (...histories: number[][]) =>
    leaveOutIncidents(histories.map(scrapes), (counts) => counts, LIMIT).map((left) =>
      left.flatMap((counts, i) => (counts === undefined ? [i] : [])),
    );
  const from = (first: number, length: number) => Array.from({ length }, (_, i) => first + i);
  const without = (histories: readonly Counts[][]) =>
    leaveOutIncidents(histories, (counts) => counts, LIMIT).map((left) =>
      left.map((counts = { requests: 0, failed: 0 }) => counts),
    );

  it("are left out from their first scrape over the limit to their last, wherever and however long they are", () => {
    fc.assert(
      fc.property(fc.integer({ min: 20, max: 150 }), fc.nat(), fc.nat(), (length, a, b) => {
        const lasts = 3 + (a % (Math.floor(length / 2) - 2));
        const begins = b % (length - lasts + 1);
        const failures = from(0, length).map((i) => (i >= begins && i < begins + lasts ? 40 + 30 * (i % 3) : i % 2));
        assert.deepEqual(found(failures), [from(begins, lasts)]);
      }),
    );
  });

  it("do not count as scatter, though the history is short: a minute of five", () => {
    const starved = [...repeat(60, [0]), ...repeat(10, [95, 0, 60]), ...repeat(60, [0])];
    for (const history of [starved, starved.slice(45, 115), starved.slice(40, 75), starved.slice(30, 70)]) {
      assert.ok(dispersionOf([scrapes(history)]) > 25);
      assert.equal(dispersionOf(without([scrapes(history)])), 1);
    }
  });

  it("leave what comes in clusters beside them", () => {
    const calm = repeat(4, [0, 0, 5, ...repeat(12, [0])]);
    const usual = dispersionOf([scrapes([...calm, ...calm])]);
    within(usual, 5, 0.07);
    within(dispersionOf(without([scrapes([...calm, ...repeat(5, [90, 20, 60, 70]), ...calm])])), usual, 0.03);
  });

  it("are none where one cause fails many at once, be it twice in a row, now and then, or all the time", () => {
    const once = [...repeat(30, [0]), 80, ...repeat(30, [0])];
    const straddling = [...repeat(30, [0]), 60, 30, ...repeat(30, [0])];
    const rarely = [...repeat(30, [0]), 60, 0, 0, 60, ...repeat(30, [0])];
    assert.deepEqual(found(once, straddling, rarely), [[], [], []]);
    assert.deepEqual(found(repeat(8, [0, 0, 0, 9, 0, 0, 0, 0])), [[]]);
    assert.deepEqual(found(repeat(8, [0, 0, 0, 60, 0, 0, 0, 0])), [[]]);
  });

  it("are none at the limit by chance, and are found in several targets at once", () => {
    assert.deepEqual(found(repeat(20, [1, 2, 0, 0, 2])), [[]]);
    const sick = [...repeat(20, [0]), ...repeat(10, [30]), ...repeat(20, [0])];
    assert.deepEqual(found(sick, repeat(50, [0]), sick), [from(20, 10), [], from(20, 10)]);
  });

  it("may be several, one greater than the other", () => {
    const failures = [
      ...repeat(20, [0]),
      ...repeat(4, [50]),
      ...repeat(300, [0]),
      ...repeat(4, [9]),
      ...repeat(20, [0]),
    ];
    assert.deepEqual(found(failures), [[...from(20, 4), ...from(324, 4)]]);
  });

  it("are the exception: what lasts for more than half of a history is how stable is", () => {
    assert.deepEqual(found([...repeat(20, [0]), ...repeat(20, [30])]), [from(20, 20)]);
    assert.deepEqual(found([...repeat(20, [0]), ...repeat(21, [30])]), [[]]);
    assert.deepEqual(found(repeat(40, [30])), [[]]);
  });

  it("leave so short a history known", () => {
    const failures = [...repeat(4, [0, 0, 0, 3]), ...repeat(6, [60, 90])];
    assert.deepEqual(found(failures), [from(15, 13)], "with the failures right before");
    assert.ok(dispersionOf(without([scrapes(failures)])) > 1.5);
  });
});
