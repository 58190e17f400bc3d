import assert from "node:assert/strict";
import type { Sample } from "../../../release/events.ts";
import { evidenceOf, observe, openGate, thresholdsOf } from "../../../release/gate/gate.ts";

const PARAMETERS = { falseAlarm: 0.01, limit: 0.01, tolerate: 1.25, ignoreBelow: 0.001 };

/** mulberry32: a small seeded generator, so that a simulation runs the same each time. */
function seeded(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A Poisson number, as counts of rare events in a scrape are. */
function poisson(random: () => number, mean: number): number {
  let [k, p] = [0, Math.exp(-mean) / random()];
  for (let term = p * mean; p < 1; term = (term * mean) / (k + 1)) {
    k += 1;
    p += term;
  }
  return k;
}

/** Runs one hour of 2-second scrapes; true when the relative or the limit rule would ever have rolled back. */
function everBlamed(seed: number, canaryRate: number, stableRate: (second: number) => number): boolean {
  const random = seeded(seed);
  const thresholds = thresholdsOf(PARAMETERS);
  let gate = openGate(PARAMETERS, 0);
  for (let second = 2; second <= 3_600; second += 2) {
    const common = stableRate(second);
    const sample: Sample = {
      at: second * 1_000,
      spanMs: 2_000,
      canary: { requests: 20, failed: Math.min(20, poisson(random, 20 * Math.max(canaryRate, common))) },
      stable: { requests: 380, failed: Math.min(380, poisson(random, 380 * common)) },
    };
    gate = observe(PARAMETERS, gate, sample);
    const evidence = evidenceOf(gate);
    const worse = gate.highest.relative >= thresholds.relative && gate.highest.floor >= thresholds.relative;
    if (worse || (evidence.limit >= thresholds.limit && evidence.relative >= thresholds.corroborate)) return true;
  }
  return false;
}

function blamed(runs: number, canaryRate: number, stableRate: (second: number) => number): number {
  return Array.from({ length: runs }, (_, i) => everBlamed(i + 1, canaryRate, stableRate)).filter(Boolean).length;
}

describe("gate", () => {
  it("acts at odds of 200 to 1 for a false alarm of 1 %", () => {
    const { hold, limit, pass, relative } = thresholdsOf(PARAMETERS);
    assert.deepEqual(
      [relative, limit].map((ln) => Math.round(Math.exp(ln))),
      [200, 200],
    );
    assert.deepEqual(
      [hold, pass].map((ln) => Math.round(Math.exp(ln))),
      [10, 20],
    );
  });

  it("knows nothing at the start", () => {
    const evidence = evidenceOf(openGate(PARAMETERS, 0));
    for (const ln of Object.values(evidence) as number[]) assert.ok(Math.abs(ln) < 1e-12);
  });

  it("adds up what it saw", () => {
    const sample = (ec: number) => ({
      at: 2_000,
      spanMs: 2_000,
      canary: { requests: 10, failed: ec },
      stable: { requests: 90, failed: 1 },
    });
    const gate = observe(PARAMETERS, observe(PARAMETERS, openGate(PARAMETERS, 0), sample(1)), sample(0));
    assert.deepEqual(
      [gate.canary, gate.stable],
      [
        { requests: 20, failed: 1 },
        { requests: 180, failed: 2 },
      ],
    );
  });

  it("keeps the highest evidence of the tests that act once reached", () => {
    const bad = { at: 2_000, spanMs: 2_000, canary: { requests: 20, failed: 4 }, stable: { requests: 380, failed: 0 } };
    const good = {
      at: 4_000,
      spanMs: 2_000,
      canary: { requests: 2_000, failed: 0 },
      stable: { requests: 3_800, failed: 9 },
    };
    const after = observe(PARAMETERS, openGate(PARAMETERS, 0), bad);
    const later = observe(PARAMETERS, after, good);
    assert.ok(evidenceOf(later).relative < evidenceOf(after).relative);
    assert.equal(later.highest.relative, evidenceOf(after).relative);
  });

  it("is plain data that can be written down and taken up again", () => {
    const sample = {
      at: 65_000,
      spanMs: 2_000,
      canary: { requests: 20, failed: 1 },
      stable: { requests: 380, failed: 2 },
    };
    const gate = observe(PARAMETERS, openGate(PARAMETERS, 0), sample);
    const revived = JSON.parse(JSON.stringify(gate)) as typeof gate;
    assert.deepEqual(observe(PARAMETERS, revived, sample), observe(PARAMETERS, gate, sample));
  });

  it("sees 20 % failing requests at 5 % of 200 rps within three scrapes of 2 s", () => {
    let gate = openGate(PARAMETERS, 0);
    for (let scrape = 1; scrape <= 3; scrape += 1) {
      gate = observe(PARAMETERS, gate, {
        at: scrape * 2_000,
        spanMs: 2_000,
        canary: { requests: 20, failed: scrape === 1 ? 2 : 4 },
        stable: { requests: 380, failed: 0 },
      });
    }
    const { relative } = thresholdsOf(PARAMETERS);
    assert.ok(gate.highest.relative >= relative && gate.highest.floor >= relative);
  });

  it("blames at most 0.5 % of equal versions over an hour of looks", () => {
    assert.ok(blamed(200, 0, () => 0.005) <= 1);
    assert.ok(blamed(200, 0, () => 0.001) <= 1);
  });

  it("does not blame the canary for an incident of both versions", () => {
    assert.ok(blamed(200, 0, (second) => (second > 600 && second < 900 ? 0.03 : 0.001)) <= 1);
  });

  it("blames nearly every canary that fails 5 % of its requests", () => {
    assert.equal(
      blamed(50, 0.05, () => 0.001),
      50,
    );
  });
});
