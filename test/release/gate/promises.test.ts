import assert from "node:assert/strict";
import fc from "fast-check";
import { decide, type Standing } from "../../../release/decide.ts";
import type { Decision, Evidence, Sample } from "../../../release/events.ts";
import { evidenceOf, observe, openGate, thresholdsOf, type GateState } from "../../../release/gate/gate.ts";

const PARAMETERS = { falseAlarm: 0.01, limit: 0.01, tolerate: 1.25, ignoreBelow: 0.001 };
const THRESHOLDS = thresholdsOf(PARAMETERS);

type Row = readonly [failedCanary: number, canary: number, failedStable: number, stable: number];

function sampleOf([failedCanary, canary, failedStable, stable]: Row, at: number): Sample {
  return {
    at,
    spanMs: 15_000,
    canary: { requests: canary, failed: failedCanary },
    stable: { requests: stable, failed: failedStable },
  };
}

const gateAfter = (rows: readonly Row[]): GateState =>
  rows.reduce((gate, row, i) => observe(PARAMETERS, gate, sampleOf(row, (i + 1) * 15_000)), openGate(PARAMETERS, 0));

const arm = fc.nat(300).chain((requests) => fc.tuple(fc.nat(Math.min(requests, 12)), fc.constant(requests)));
const row = fc.tuple(arm, arm).map(([canary, stable]): Row => [...canary, ...stable]);
const history = fc.array(row, { maxLength: 30 });

/** Probabilities of 0 to n successes. */
function binomial(n: number, p: number): readonly number[] {
  const probabilities = [(1 - p) ** n];
  for (let k = 1; k <= n; k += 1) probabilities.push(((probabilities[k - 1] ?? 0) * (n - k + 1) * p) / (k * (1 - p)));
  return probabilities;
}

/** The expected evidence after one more sample, over everything that may come of it. */
function expectNext(rows: readonly Row[], name: keyof Evidence, outcomes: readonly (readonly [number, Row])[]): number {
  const gate = gateAfter(rows);
  const at = (rows.length + 1) * 15_000;
  const evidence = (next: Row) => Math.exp(evidenceOf(observe(PARAMETERS, gate, sampleOf(next, at)))[name] ?? 0);
  return outcomes.reduce((sum, [probability, next]) => sum + probability * evidence(next), 0);
}

describe("what the gate promises", () => {
  const share = (max: number) => fc.double({ min: 1e-5, max, noNaN: true });
  const noLarger = (next: number, now: number) => assert.ok(next <= now * (1 + 1e-9), `${next} > ${now}`);

  for (const [name, highest] of [
    ["floor", PARAMETERS.ignoreBelow],
    ["limit", PARAMETERS.limit],
  ] as const) {
    it(`${name}: whatever it has seen, its evidence is not expected to grow while no more than ${highest} fail`, () => {
      fc.assert(
        fc.property(history, fc.integer({ min: 1, max: 40 }), share(highest), (rows, requests, p) => {
          const outcomes = binomial(requests, p).map((q, failed) => [q, [failed, requests, 0, 100]] as const);
          noLarger(expectNext(rows, name, outcomes), Math.exp(evidenceOf(gateAfter(rows))[name]));
        }),
      );
    });
  }

  it("pass: its evidence is not expected to grow while the limit is reached", () => {
    const rate = fc.double({ min: PARAMETERS.limit, max: 0.9, noNaN: true });
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 40 }), rate, (rows, requests, p) => {
        const outcomes = binomial(requests, p).map((q, failed) => [q, [failed, requests, 0, 100]] as const);
        noLarger(expectNext(rows, "pass", outcomes), Math.exp(evidenceOf(gateAfter(rows)).pass));
      }),
    );
  });

  it("relative: its evidence is not expected to grow while the odds are tolerated, at any weight, in any incident", () => {
    const odds = fc.double({ min: 0.01, max: PARAMETERS.tolerate, noNaN: true });
    const requests = fc.integer({ min: 30, max: 5_000 });
    fc.assert(
      fc.property(history, requests, requests, fc.nat(30), odds, (rows, canary, stable, failed, r) => {
        // Given how many failed in all, so many of them are the candidate's.
        const canarys = (r * canary) / (r * canary + stable);
        const outcomes = binomial(failed, canarys).map((q, k) => [q, [k, canary, failed - k, stable]] as const);
        noLarger(expectNext(rows, "relative", outcomes), Math.exp(evidenceOf(gateAfter(rows)).relative));
      }),
    );
  });

  it("one more failure of the candidate never makes a verdict milder", () => {
    const severity: Readonly<Record<Decision, number>> = { advance: 0, wait: 1, hold: 1, pause: 1, rollback: 2 };
    const standing = fc.record({
      weight: fc.constantFrom(5, 100),
      kind: fc.constantFrom("step" as const, "bake" as const),
      dwellMs: fc.constantFrom(0, 90_000, 700_000),
      onInconclusive: fc.constantFrom("advance" as const, "pause" as const),
      silentMs: fc.constantFrom(0, 60_000),
    });
    const verdict = (rows: readonly Row[], given: Partial<Standing>) =>
      decide(gateAfter(rows), PARAMETERS, THRESHOLDS, { ...STANDING, ...given }).decision;
    const withSpare = fc
      .array(row, { minLength: 1, maxLength: 30 })
      .chain((rows) => fc.tuple(fc.constant(rows), fc.nat(rows.length - 1)));
    fc.assert(
      fc.property(withSpare, standing, ([rows, index], given) => {
        const worse = rows.map(([failed, requests, ...stable], i): Row =>
          i === index ? [Math.min(failed + 1, requests), requests, ...stable] : [failed, requests, ...stable],
        );
        assert.ok(severity[verdict(worse, given)] >= severity[verdict(rows, given)]);
      }),
      { numRuns: 500 },
    );
  });
});

const STANDING: Standing = {
  weight: 5,
  kind: "step",
  dwellMs: 0,
  minStepTimeMs: 60_000,
  maxStepTimeMs: 600_000,
  onInconclusive: "advance",
  silentMs: 0,
  silence: "all",
  scrapeIntervalMs: 15_000,
  pausedMs: undefined,
  pauseDeadlineMs: 600_000,
  silentDeadlineMs: 120_000,
};
