import assert from "node:assert/strict";
import fc from "fast-check";
import { metricSource } from "../../config/metric-presets.ts";
import { judgeShare, splitsByChance } from "../../release/weight-check.ts";
import { STACK, stackConfig } from "./world.ts";

const counted = (canary: number, stable: number) => ({ canary, requests: canary + stable });

describe("weight check", () => {
  const cases: readonly (readonly [string, number, number, number, number, boolean])[] = [
    ["the exact share", 20, 380, 5, 0, true],
    ["chance around the share", 14, 386, 5, 0, true],
    ["nothing on the candidate", 0, 400, 5, 0, false],
    ["still the share of the step before", 20, 380, 25, 5, false],
    ["far more than the weight", 200, 200, 25, 5, false],
    ["everything on the candidate", 400, 0, 100, 50, true],
    ["a few stray requests at 100 %", 398, 2, 100, 50, true],
    ["half at 100 %", 200, 200, 100, 50, false],
    ["too few requests to tell 50 from 25 %", 2, 2, 50, 25, false],
    ["no requests", 0, 0, 5, 0, false],
    ["back to nothing", 0, 400, 0, 5, true],
  ];
  for (const [name, canary, stable, weight, previous, observed] of cases) {
    it(`${observed ? "believes" : "does not believe"} ${previous} → ${weight} %: ${name}`, () => {
      const reading = judgeShare(counted(canary, stable), weight, previous);
      assert.equal(reading.observed, observed);
      assert.equal(reading.requests, canary + stable);
    });
  }

  it("expects no exact share where users or connections are drawn, but the new weight rather than the old", () => {
    const judge = (canary: number, stable: number, weight: number, before: number) =>
      judgeShare(counted(canary, stable), weight, before, false).observed;
    assert.equal(judge(300, 100, 100, 0), true);
    assert.equal(judgeShare(counted(300, 100), 100, 0).observed, false);
    assert.equal(judge(100, 300, 100, 0), false);
    assert.equal(judge(60, 340, 5, 0), true);
    assert.equal(judge(0, 400, 5, 0), false);
  });

  it("is not there before anything was scraped", () => {
    assert.deepEqual(judgeShare(counted(0, 0), 5, 0), { observed: false, share: 0, requests: 0 });
  });

  it("never believes a weight while the requests still follow the one before", () => {
    const weight = fc.integer({ min: 0, max: 100 });
    fc.assert(
      fc.property(weight, weight, fc.integer({ min: 1, max: 100_000 }), (before, now, requests) => {
        fc.pre(before !== now);
        const canary = Math.round((requests * before) / 100);
        assert.equal(judgeShare(counted(canary, requests - canary), now, before).observed, false);
      }),
    );
  });

  it("takes the candidate's requests for enough where the share need not be the weight", () => {
    const reading = (canary: number) => judgeShare(counted(canary, 400 - canary), 50, 25, false).observed;
    assert.deepEqual([0, 1, 100, 400].map(reading), [false, true, true, true]);
  });

  it("knows where the share is the weight, but for chance", () => {
    const preset = (name: string) => stackConfig({ metrics: { ...STACK.metrics, preset: name } });
    const sticky = stackConfig({ audience: { sticky: { header: "x-user-bucket" } } });
    const expected = [
      [preset("envoy"), true],
      [preset("istio"), true],
      [preset("spring"), false],
      [sticky, false],
      [stackConfig({ router: { kind: "selector" }, strategy: { kind: "blueGreen", replicas: 2 } }), false],
    ] as const;
    for (const [config, byChance] of expected) {
      assert.equal(splitsByChance(config, metricSource(config)), byChance);
    }
  });
});
