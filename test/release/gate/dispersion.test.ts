import assert from "node:assert/strict";
import fc from "fast-check";
import { envoyCluster, metricSource } from "../../../config/metric-presets.ts";
import { counterPreset } from "../../../config/metric-source.ts";
import type { RawSeries } from "../../../release/gate/counters.ts";
import { dispersionOf, estimateDispersion, withoutScatter } from "../../../release/gate/dispersion.ts";
import { evidenceOf, observe, openGate } from "../../../release/gate/gate.ts";
import { stackConfig } from "../world.ts";

const repeat = <T>(times: number, values: readonly T[]): T[] => Array.from({ length: times }, () => values).flat();

/** 15-second readings of stable's counters at one edge, from the failures between them. */
function readings(failures: readonly number[], instance = "a"): RawSeries[] {
  const { app } = stackConfig();
  const series = (name: string, each: (failed: number) => number): RawSeries => {
    let sum = 0;
    const samples = [0, ...failures].map((failed, i) => [i * 15_000, (sum += each(failed))] as const);
    const labels = { __name__: name, cluster_name: envoyCluster(app, "blue"), job: "edge", instance };
    return { labels, samples };
  };
  return [series("envoy_cluster_upstream_rq_completed", () => 100), series("envoy_cluster_upstream_rq_xx", (n) => n)];
}

const preset = counterPreset(metricSource(stackConfig()));

describe("dispersion", () => {
  it("is variance over mean", () => {
    // Mean 2, squared distances 4 and 4, of 20 scrapes: variance 80/19.
    assert.equal(dispersionOf([repeat(10, [0, 4])]), 80 / 19 / 2);
  });

  it("is at least 1", () => {
    assert.equal(dispersionOf([repeat(30, [2])]), 1);
  });

  it("is 1 where nothing failed, and where fewer than 20 scrapes are known", () => {
    assert.equal(dispersionOf([repeat(40, [0])]), 1);
    assert.equal(dispersionOf([[...repeat(9, [0, 40]), 0]]), 1);
    assert.equal(dispersionOf([]), 1);
  });

  it("gives each target its own mean, and does not count what is too short", () => {
    assert.equal(dispersionOf([repeat(30, [2]), repeat(30, [90])]), 1);
    assert.equal(dispersionOf([repeat(10, [0, 4]), [0, 1_000]]), dispersionOf([repeat(10, [0, 4])]));
  });

  it("does not depend on the order of the scrapes", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(50), { minLength: 20, maxLength: 60 }), (counts) => {
        assert.ok(Math.abs(dispersionOf([counts]) - dispersionOf([counts.toReversed()])) < 1e-9);
      }),
    );
  });

  it("is estimated from raw counters, for the slot that is asked for", () => {
    const failures = repeat(10, [0, 4]);
    assert.equal(estimateDispersion(readings(failures), preset, "blue"), dispersionOf([failures]));
    assert.equal(estimateDispersion(readings(failures), preset, "green"), 1);
    assert.equal(estimateDispersion([], preset, "blue"), 1);
  });

  it("leaves out the scrapes that reach into an incident", () => {
    const incident = [...repeat(12, [0, 4]), ...repeat(20, [90]), ...repeat(12, [0, 4])];
    const period = { from: 24 * 15_000 + 1, until: 44 * 15_000 - 1 };
    assert.ok(estimateDispersion(readings(incident), preset, "blue") > 30);
    assert.equal(estimateDispersion(readings(incident), preset, "blue", [period]), dispersionOf([repeat(24, [0, 4])]));
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
