import assert from "node:assert/strict";
import fc from "fast-check";
import { countIn, NOTHING_COUNTED, type Reading } from "../../../release/experiment/counted.ts";
import type { RawSeries } from "../../../release/gate/counters.ts";

const GROUPS = { label: "slot", a: "blue", b: "green" };
const START = 100_000;
const SCRAPE = 2_000;

const series = (slot: string, pod: string, samples: [number, number][]): RawSeries => ({
  labels: { __name__: "users_total", pod, slot },
  samples,
});
const users = (...all: readonly RawSeries[]): Reading => ({ counter: "users", series: all });
const count = (...readings: readonly Reading[]) => countIn(NOTHING_COUNTED, readings, GROUPS, START, SCRAPE).totals;

describe("counting an experiment's users", () => {
  it("begins with what each series had counted by the start", () => {
    const blue = series("blue", "1", [
      [95_000, 40],
      [99_000, 50],
      [101_000, 53],
      [103_000, 60],
    ]);
    assert.deepEqual(count(users(blue)), { a: { users: 10 }, b: {} });
  });

  it("counts from 0 what is born later, and after a restart", () => {
    const blue = series("blue", "1", [
      [99_000, 50],
      [105_000, 60],
      [107_000, 4],
      [109_000, 9],
    ]);
    const green = series("green", "2", [
      [130_000, 7],
      [132_000, 8],
    ]);
    assert.deepEqual(count(users(blue, green)), { a: { users: 19 }, b: { users: 8 } });
  });

  it("takes what it finds first for there before, when Prometheus had no samples at the start", () => {
    const blue = series("blue", "1", [
      [200_000, 500],
      [202_000, 510],
    ]);
    const green = series("green", "2", [
      [201_500, 400],
      [203_500, 403],
    ]);
    const counted = countIn(NOTHING_COUNTED, [users(blue, green)], GROUPS, START, SCRAPE);
    assert.deepEqual(counted.totals, { a: { users: 10 }, b: { users: 3 } });
    assert.equal(counted.since, 200_000);
  });

  it("counts the first conversion, though its series is born with it", () => {
    const reading = users(series("blue", "1", [[99_000, 50], [101_000, 53]])); // prettier-ignore
    const conversions: Reading = { counter: "conversions", series: [series("blue", "1", [[103_000, 1]])] };
    assert.deepEqual(count(reading, conversions), { a: { users: 3, conversions: 1 }, b: {} });
  });

  it("passes over other groups, and values that are no numbers", () => {
    const other = series("purple", "1", [[99_000, 50], [101_000, 53]]); // prettier-ignore
    const blue = series("blue", "1", [[99_000, 50], [101_000, NaN], [103_000, 51]]); // prettier-ignore
    assert.deepEqual(count(users(other, blue)), { a: { users: 1 }, b: {} });
  });

  it("gives the same, wherever the span is cut and however much the cuts overlap", () => {
    const increments = fc.array(fc.integer({ min: -3, max: 9 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        increments,
        fc.integer({ min: 0, max: 25 }),
        fc.integer({ min: 0, max: 3 }),
        (steps, cut, overlap) => {
          const samples: [number, number][] = [];
          let value = 10;
          steps.forEach((step, i) => {
            value = step < 0 ? Math.max(0, value + step) : value + step;
            samples.push([98_000 + 2_000 * i, value]);
          });
          const whole = countIn(NOTHING_COUNTED, [users(series("blue", "1", samples))], GROUPS, START, SCRAPE);
          const parts = [samples.slice(0, cut), samples.slice(Math.max(0, cut - overlap))];
          const cutUp = parts.reduce(
            (counted, part) =>
              countIn(counted, part.length === 0 ? [] : [users(series("blue", "1", part))], GROUPS, START, SCRAPE),
            NOTHING_COUNTED,
          );
          assert.deepEqual(cutUp.totals, whole.totals);
        },
      ),
    );
  });
});
