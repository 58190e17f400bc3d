import assert from "node:assert/strict";
import fc from "fast-check";
import {
  formatAmount,
  formatClock,
  formatElapsed,
  formatEvidence,
  formatMoment,
  formatShare,
} from "../../../release/report/format.ts";

describe("format", () => {
  it("writes measured times with what matters of them", () => {
    const cases = [0, 4, 309, 994, 995, 2_100, 59_400, 134_000];
    assert.deepEqual(cases.map(formatElapsed), ["0 s", "0 s", "0.31 s", "0.99 s", "1 s", "2.1 s", "59 s", "2 m 14 s"]);
  });

  it("writes the time since the start as a clock", () => {
    const cases = [-5, 4_260, 59_990, 60_000, 3_599_900, 3_723_400];
    assert.deepEqual(cases.map(formatClock), ["0:00.0", "0:04.2", "0:59.9", "1:00.0", "59:59.9", "1:02:03.4"]);
  });

  it("writes shares in percent, and keeps 0 % and 100 % for none and all", () => {
    const cases = [0, 0.00004, 0.0005, 0.00123, 0.049, 0.2, 0.9995, 0.99999, 1];
    const expected = ["0 %", "< 0.01 %", "0.05 %", "0.12 %", "4.9 %", "20 %", "> 99.9 %", "> 99.9 %", "100 %"];
    assert.deepEqual(cases.map(formatShare), expected);
  });

  it("writes counts with their noun", () => {
    assert.deepEqual([formatAmount(1, "request"), formatAmount(12_345, "step")], ["1 request", "12,345 steps"]);
  });

  it("writes evidence as odds", () => {
    const cases = [-Infinity, Math.log(0.05), Math.log(0.46), 0, Math.log(9.99), Math.log(41.7), Math.log(12_345), 99];
    const expected = ["< 0.1", "< 0.1", "0.4", "1", "9.9", "41", "12,345", "> 1 million"];
    assert.deepEqual(cases.map(formatEvidence), expected);
  });

  it("never lets evidence read as a threshold that it has not reached", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000 }), fc.double({ min: 1e-6, max: 5, noNaN: true }), (odds, less) => {
        assert.equal(formatEvidence(Math.log(odds)), odds.toLocaleString("en-US"));
        assert.notEqual(formatEvidence(Math.log(odds) - less), odds.toLocaleString("en-US"));
      }),
    );
  });

  it("writes moments in UTC", () => {
    assert.equal(formatMoment(Date.UTC(2026, 2, 1, 12, 0, 7, 900)), "2026-03-01 12:00:07 UTC");
  });
});
