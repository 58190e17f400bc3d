import assert from "node:assert/strict";
import { formatDuration, parseDuration } from "../../config/duration.ts";
import { parseCpu, parseMemory } from "../../config/quantity.ts";

describe("durations and quantities", () => {
  const durations: readonly (readonly [string, number | undefined])[] = [
    ["250ms", 250],
    ["15s", 15_000],
    ["1.5m", 90_000],
    ["2h", 7_200_000],
    ["0s", 0],
    ["15", undefined],
    ["-5s", undefined],
    ["5 s", undefined],
    ["", undefined],
  ];
  for (const [text, ms] of durations) {
    it(`reads ${JSON.stringify(text)} as ${ms} ms`, () => assert.equal(parseDuration(text), ms));
  }

  const written: readonly (readonly [number, string])[] = [
    [400, "0.4 s"],
    [2_000, "2 s"],
    [15_400, "15 s"],
    [120_000, "2 m"],
    [125_000, "2 m 5 s"],
  ];
  for (const [ms, text] of written) {
    it(`writes ${ms} ms as ${text}`, () => assert.equal(formatDuration(ms), text));
  }

  it("reads memory and CPU as Kubernetes writes them", () => {
    assert.equal(parseMemory("512Mi"), 536_870_912);
    assert.equal(parseMemory("1G"), 1_000_000_000);
    assert.equal(parseMemory("1024"), 1024);
    assert.equal(parseCpu("250m"), 0.25);
    assert.equal(parseCpu("2"), 2);
    assert.throws(() => parseMemory("1GB"), RangeError);
  });
});
