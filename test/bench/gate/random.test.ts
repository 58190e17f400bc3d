import assert from "node:assert/strict";
import { lnFactorial, poisson, seeded } from "../../../bench/gate/random.ts";

describe("random numbers of the gate's bench", () => {
  it("are the same for a seed and a stream, and others for another", () => {
    const draw = (seed: number, stream: number) => Array.from({ length: 5 }, seeded(seed, stream));
    assert.deepEqual(draw(1, 3), draw(1, 3));
    assert.notDeepEqual(draw(1, 3), draw(1, 4));
    assert.notDeepEqual(draw(1, 3), draw(2, 3));
  });

  it("know ln(n!), by table and by series alike", () => {
    const exact = (n: number) => Array.from({ length: n }, (_, i) => Math.log(i + 1)).reduce((a, b) => a + b, 0);
    for (const n of [0, 1, 5, 15, 16, 17, 40, 170]) assert.ok(Math.abs(lnFactorial(n) - exact(n)) < 1e-9, String(n));
  });

  for (const mean of [0, 0.003, 0.7, 4, 9.99, 10, 30, 750, 30_000]) {
    it(`are Poisson with mean ${mean}`, () => {
      const random = seeded(11);
      const draws = 20_000;
      const counts = new Map<number, number>();
      for (let i = 0; i < draws; i += 1) {
        const k = poisson(random, mean);
        counts.set(k, (counts.get(k) ?? 0) + 1);
      }
      // Pearson's statistic over bins that expect five draws at least; its mean is the number of bins, less one.
      let [bins, statistic, expected, seen] = [0, 0, 0, 0];
      const close = () => {
        bins += 1;
        statistic += (seen - expected) ** 2 / expected;
        [expected, seen] = [0, 0];
      };
      const reach = 8 * Math.sqrt(mean) + 8;
      for (let k = Math.max(0, Math.floor(mean - reach)); k <= mean + reach; k += 1) {
        expected += mean === 0 ? (k === 0 ? draws : 0) : draws * Math.exp(k * Math.log(mean) - mean - lnFactorial(k));
        seen += counts.get(k) ?? 0;
        counts.delete(k);
        if (expected >= Math.max(5, draws / 200)) close();
      }
      assert.equal(counts.size, 0, "draws beyond eight deviations");
      assert.ok(statistic < bins + 5 * Math.sqrt(2 * bins), `${statistic} over ${bins} bins`);
    });
  }
});
