import assert from "node:assert/strict";
import { envoyCluster, metricSource } from "../../../config/metric-presets.ts";
import { counterPreset } from "../../../config/metric-source.ts";
import type { RawSeries } from "../../../release/gate/counters.ts";
import { dispersionOf } from "../../../release/gate/dispersion.ts";
import { estimateDispersion, findIncident } from "../../../release/gate/hour.ts";
import { stackConfig } from "../world.ts";

const SCRAPE_MS = 15_000;
const repeat = <T>(times: number, values: readonly T[]): T[] => Array.from({ length: times }, () => values).flat();
const scrapes = (failures: readonly number[]) => failures.map((failed) => ({ requests: 100, failed }));

interface Answered {
  readonly failed?: number;
  /** Of 100 answers, those over 50 ms and over 100 ms. */
  readonly slow?: readonly [over50: number, over100: number];
}

/** 15-second readings of stable's counters at one edge, 100 requests between two. */
function readings(answered: readonly Answered[]): RawSeries[] {
  const { app } = stackConfig();
  const series = (name: string, each: (scrape: Answered) => number, le?: string): RawSeries => {
    let sum = 0;
    const samples = [{ failed: -Infinity }, ...answered].map((scrape, i) => {
      if (i > 0) sum += each(scrape);
      return [i * SCRAPE_MS, sum] as const;
    });
    const labels = { __name__: name, cluster_name: envoyCluster(app, "blue"), job: "edge", instance: "a" };
    return { labels: le === undefined ? labels : { ...labels, le }, samples };
  };
  const bucket = "envoy_cluster_upstream_rq_time_bucket";
  return [
    series("envoy_cluster_upstream_rq_completed", () => 100),
    series("envoy_cluster_upstream_rq_xx", ({ failed = 0 }) => failed),
    series(bucket, ({ slow = [0, 0] }) => 100 - slow[0], "50"),
    series(bucket, ({ slow = [0, 0] }) => 100 - slow[1], "100"),
    series(bucket, () => 100, "+Inf"),
  ];
}

const failing = (failures: readonly number[]) => readings(failures.map((failed) => ({ failed })));
const preset = counterPreset(metricSource(stackConfig()), ["50", "100"]);
const errors = { limit: 0.01 };
const times = { ...errors, latency: { compared: [50], limit: 100, limitShare: 0.01, tolerateSlow: 1.25 } };

describe("what an hour of counters tells of scatter", () => {
  it("is that of the slot's failures", () => {
    const failures = repeat(10, [0, 4]);
    const { failed, slower } = estimateDispersion(failing(failures), preset, "blue", errors);
    assert.deepEqual([failed, slower], [dispersionOf([scrapes(failures)]), []]);
    assert.equal(estimateDispersion(failing(failures), preset, "green", errors).failed, 1);
    assert.equal(estimateDispersion([], preset, "blue", errors).failed, 1);
  });

  it("is that of the slow answers at each edge, each for itself", () => {
    const slow = [...repeat(9, [[10, 0] as const]), [10, 20] as const];
    const hour = readings(repeat(24, slow).map((over) => ({ slow: over })));
    const { failed, slower } = estimateDispersion(hour, preset, "blue", times);
    assert.deepEqual([failed, slower.length, slower[0]], [1, 2, 1]);
    assert.ok((slower[1] ?? 0) > 15 && (slower[1] ?? 0) < 21, String(slower[1]));
  });

  it("leaves out the scrapes that reach into a declared incident", () => {
    const bursts = repeat(5, [0, 0, 0, 40]);
    const hour = failing([...repeat(12, [0, 4]), ...bursts, ...repeat(12, [0, 4])]);
    const period = { from: 24 * SCRAPE_MS + 1, until: 44 * SCRAPE_MS - 1 };
    assert.ok(estimateDispersion(hour, preset, "blue", errors).failed > 10);
    assert.ok(estimateDispersion(hour, preset, "blue", errors, [period]).failed < 2.5);
  });
});

describe("a young service after an incident", () => {
  const calm: readonly Answered[] = repeat(5, [{}, { failed: 1 }, {}, {}, { slow: [5, 1] as const }, {}]);
  const scatterOf = (bad: readonly Answered[]) => {
    const { failed, slower } = estimateDispersion(readings([...calm, ...bad, ...calm]), preset, "blue", times);
    return [failed, ...slower];
  };

  it("scatters as it did before and after, in failures and in times", () => {
    const usual = scatterOf([]);
    const starved: readonly Answered[] = repeat(3, [
      { failed: 90, slow: [95, 95] },
      { failed: 20, slow: [60, 30] },
    ]);
    scatterOf(starved).forEach((by, i) => {
      assert.ok(Math.abs(by / (usual[i] ?? NaN) - 1) < 0.1, `${by}, not ${String(usual[i])}`);
    });
  });

  it("is not blind when answers were only slow, or failed only", () => {
    assert.ok(scatterOf(repeat(3, [{ slow: [95, 95] }, { slow: [60, 30] }])).every((by) => by < 6));
    // Slow as they came, but within the limit: what failed tells that it was an incident.
    assert.ok(
      scatterOf(
        repeat(3, [
          { failed: 90, slow: [95, 0] },
          { failed: 20, slow: [10, 0] },
        ]),
      ).every((by) => by < 6),
    );
  });
});

describe("an incident in the hour before", () => {
  const how = { dispersion: 1, limit: 0.01, declared: [] };
  const calm = repeat(100, [0, 0, 0, 0, 1]);

  it("is where stable failed more than the limit, beyond chance", () => {
    const hour = [...calm.slice(0, 300), ...repeat(20, [3]), ...calm.slice(300)];
    assert.deepEqual(findIncident(failing(hour), preset, "blue", how), {
      counts: { requests: 2_000, failed: 60 },
      ms: 300_000,
    });
    assert.equal(findIncident(failing(hour), preset, "green", how).ms, 0);
  });

  it("is none where the limit is passed by chance, or where failures come in clusters", () => {
    assert.equal(findIncident(failing(repeat(24, [0, 0, 0, 0, 0, 0, 0, 0, 9, 0])), preset, "blue", how).ms, 0);
    const clusters = failing(repeat(12, [...repeat(19, [0]), 36]));
    assert.ok(findIncident(clusters, preset, "blue", how).ms > 0);
    assert.equal(findIncident(clusters, preset, "blue", { ...how, dispersion: 30 }).ms, 0);
  });

  it("is none where there is nothing else: then that is how stable is", () => {
    assert.equal(findIncident(failing(repeat(240, [5])), preset, "blue", how).ms, 0);
  });

  it("is what was declared as one", () => {
    const declared = [{ from: 0, until: 150_000 }];
    assert.equal(findIncident(failing(calm), preset, "blue", { ...how, declared }).ms, 150_000);
  });
});
