import assert from "node:assert/strict";
import type { Sample } from "../../../release/events.ts";
import { chooseEdges } from "../../../release/gate/baseline.ts";
import { lnEvidence } from "../../../release/gate/e-process.ts";
import { isShared } from "../../../release/gate/incident.ts";
import { evidenceOf, observe, openGate, thresholdsOf, type GateParameters } from "../../../release/gate/gate.ts";

const PARAMETERS: GateParameters = {
  falseAlarm: 0.01,
  limit: 0.01,
  tolerate: 1.25,
  ignoreBelow: 0.001,
  latency: { compared: [10, 25], limit: 100, limitShare: 0.01, tolerateSlow: 1.25 },
};

type Times = readonly [timed: number, ...slower: number[]];

function sample(canary: Times | undefined, stable: Times, at = 2_000): Sample {
  const times = ([requests, ...slower]: Times) => ({ requests, slower });
  const counts = { canary: { requests: 100, failed: 0 }, stable: { requests: 1_900, failed: 0 } };
  if (canary === undefined) return { at, spanMs: 2_000, ...counts };
  return { at, spanMs: 2_000, ...counts, latency: { canary: times(canary), stable: times(stable) } };
}

const after = (...samples: Sample[]) =>
  samples.reduce((gate, each) => observe(PARAMETERS, gate, each), openGate(PARAMETERS, 0));

function near(actual: number | undefined, expected: number): void {
  assert.ok(actual !== undefined && Math.abs(actual - expected) < 5e-7, `${actual} is not ${expected}`);
}

describe("evidence of slow answers", () => {
  it("shares the false alarms with that of failing requests", () => {
    const odds = ({ limit, relative, slower = 0, tooSlow = 0 }: ReturnType<typeof thresholdsOf>) =>
      [relative, limit, slower, tooSlow].map((ln) => Math.round(Math.exp(ln)));
    assert.deepEqual(odds(thresholdsOf(PARAMETERS)), [250, 667, 333, 667]);
    assert.deepEqual(odds(thresholdsOf({ falseAlarm: 0.01, latency: "off" })), [200, 200, 1, 1]);
    const parts = [0, 1, 2, 3].map((i) => 1 / (odds(thresholdsOf(PARAMETERS))[i] ?? 0));
    assert.ok(Math.abs(parts.reduce((sum, part) => sum + part, 0) - 0.01) < 1e-5);
  });

  // Per edge ln(0.5·mean_i exp(l_i) + 0.5), l_i the relative increments for e = slower answers, r0 = 1.25; their mean.
  it("is the mean over the compared edges: equal versions", () => {
    const gate = after(sample([100, 60, 12, 3], [1_900, 900, 180, 19]));
    const edges = (gate.latency?.edges ?? []).map(({ relative, floor }) => [lnEvidence(relative), lnEvidence(floor)]);
    near(edges[0]?.[0], -0.6931471682882471);
    near(edges[1]?.[0], -0.6890082982895961);
    near(edges[0]?.[1], 342.6461703170186);
    near(edges[1]?.[1], 43.38447448457306);
    near(evidenceOf(gate).slower, -0.6910755920098416);
    // One-sample against 1 %: 3 of 100 over the limit.
    near(evidenceOf(gate).tooSlow, -0.026005661013898628);
  });

  it("counts each edge as so many independent answers as its clusters are worth", () => {
    const clustered = { ...PARAMETERS, latency: { ...PARAMETERS.latency, dispersion: [2, 4, 5] } } as GateParameters;
    const counted = sample([200, 80, 40, 20], [2_000, 400, 160, 50]);
    const { latency } = observe(clustered, openGate(clustered, 0), counted);
    assert.ok(latency !== undefined);
    const edgeOf = (by: number) =>
      after(sample([200 / by, 80 / by, 40 / by, 20 / by], [2_000 / by, 400 / by, 160 / by, 50 / by]));
    const worth = [2, 4].map((by, i) => edgeOf(by).latency?.edges[i]);
    assert.deepEqual(latency.edges, worth);
    assert.deepEqual(latency.limit, edgeOf(5).latency?.limit);
    assert.deepEqual(latency.canary, { requests: 200, slower: [80, 40, 20] }, "what is told is what was counted");
  });

  // ln((e^0.46522… + 1)/2): the second edge, e^2.33361…, counts as 1, for 2 slower answers of 100 may be ignorable.
  it("counts an edge with at most 1 while what is slower than it may be ignorable", () => {
    const gate = after(sample([100, 90, 2, 0], [1_900, 900, 1, 0]));
    assert.deepEqual(
      gate.latency?.edges.map(({ isShown }) => isShown),
      [true, false],
    );
    near(evidenceOf(gate).slower, 0.25942708920024676);
  });

  it("sees 200 ms on half of the requests within three scrapes of 2 s at 5 % of 200 rps", () => {
    const scrape = (at: number) => sample([20, 15, 11, 10], [380, 190, 38, 0], at);
    const gate = after(scrape(2_000), scrape(4_000), scrape(6_000));
    assert.ok((gate.latency?.highest ?? 0) >= (thresholdsOf(PARAMETERS).slower ?? Infinity));
  });

  describe("beside a stable that answers most requests within a millisecond, with a limit of 500 ms", () => {
    const ENDS = [1, 10, 50, 500, Infinity];
    const warm = [0.27, 0.02, 0.001, 0];
    const shown = (slower: readonly number[], compareFrom: number) => {
      const buckets = ENDS.map((upTo, i) => ({ le: String(upTo), upTo, count: 1e6 * (1 - (warm[i] ?? 0)) }));
      const { compared = [] } = chooseEdges(buckets, { limit: 500, compareFrom }) ?? {};
      const latency = { compared, limit: 500, limitShare: 0.01, tolerateSlow: 1.25 };
      const parameters = { ...PARAMETERS, latency };
      const at = (shares: readonly number[], requests: number): Times => [
        requests,
        ...[...compared, 500].map((edge) => Math.round(requests * (shares[ENDS.indexOf(edge)] ?? 0))),
      ];
      let gate = openGate(parameters, 0);
      // 5 % of 200 requests a second for 15 minutes, a scrape every 2 s.
      for (let ms = 2_000; ms <= 900_000; ms += 2_000) {
        gate = observe(parameters, gate, sample(at(slower, 20), at(warm, 380), ms));
        if ((gate.latency?.highest ?? 0) >= (thresholdsOf(parameters).slower ?? Infinity)) return ms / 1_000;
      }
      return undefined;
    };
    const cold = [0.64, 0.02, 0.001, 0];
    const slowHalf = [0.635, 0.51, 0.501, 0];

    it("does not accuse a cold JVM, 64 % of whose answers take over 1 ms", () => {
      assert.equal(shown(cold, 50), undefined);
    });

    it("would, were times compared at 1 ms", () => {
      assert.ok((shown(cold, 0) ?? Infinity) <= 60);
    });

    it("sees 200 ms more on half of the answers within three scrapes", () => {
      assert.ok((shown(slowHalf, 50) ?? Infinity) <= 6);
    });
  });

  it("is untouched by what slows both versions", () => {
    const gate = after(...[2, 4, 6].map((s) => sample([100, 90, 60, 50], [1_900, 1_710, 1_140, 950], s * 1_000)));
    assert.ok((evidenceOf(gate).slower ?? 1) < 0);
    assert.ok((evidenceOf(gate).tooSlow ?? 1) <= 0);
    assert.ok(gate.latency !== undefined && isShared(gate.latency.incident));
    const [canary, stable] = [150, 2_850].map((failed) => ({ requests: 2 * failed, failed }));
    assert.deepEqual(gate.latency.incident.answered, { canary, stable });
  });

  it("notes since when the candidate's answers are counted, but not timed", () => {
    const none: Times = [0, 0, 0, 0];
    const blind = after(sample(undefined, none, 2_000), sample(undefined, none, 4_000));
    assert.equal(blind.latency?.blindSince, 2_000);
    const seeing = observe(PARAMETERS, blind, sample([5, 1, 0, 0], [95, 20, 1, 0], 6_000));
    assert.equal(seeing.latency?.blindSince, undefined);
  });

  it("stands still where nothing was timed", () => {
    const gate = after(sample([0, 0, 0, 0], [0, 0, 0, 0]));
    assert.ok(Math.abs(evidenceOf(gate).slower ?? 1) < 1e-12);
    assert.ok(Math.abs(evidenceOf(gate).tooSlow ?? 1) < 1e-12);
  });

  it("accuses hardly any version whose answers are as quick as stable's, over an hour of looks", () => {
    const threshold = thresholdsOf(PARAMETERS).slower ?? Infinity;
    const blamed = Array.from({ length: 60 }, (_, seed) => {
      const random = seeded(seed + 1);
      let gate = openGate(PARAMETERS, 0);
      // The second edge is the trap: so rare on both sides that chance makes large ratios.
      const times = (n: number): Times => {
        const slower = [0, 0, 0];
        for (let i = 0; i < n; i += 1) {
          const u = random();
          if (u < 0.4) slower[0] = (slower[0] ?? 0) + 1;
          if (u < 0.0005) slower[1] = (slower[1] ?? 0) + 1;
        }
        return [n, ...slower];
      };
      for (let at = 15_000; at <= 3_600_000; at += 15_000)
        gate = observe(PARAMETERS, gate, sample(times(15), times(285), at));
      return (gate.latency?.highest ?? 0) >= threshold;
    }).filter(Boolean).length;
    assert.equal(blamed, 0);
  });
});

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
