import assert from "node:assert/strict";
import { envoyCluster, metricSource } from "../../config/metric-presets.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import type { RawSeries } from "../../release/gate/counters.ts";
import type { Ports } from "../../release/ports.ts";
import { GateWatch } from "../../release/watch.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { stackConfig } from "./world.ts";

const NOW = Date.parse("2026-03-01T10:00:00Z");

/** What the watch tells when it opens after an hour in which stable failed like this, scrape by scrape. */
async function openAfter(failures: readonly number[], gate: Record<string, unknown> = {}) {
  const config = stackConfig({ gate: { latency: "off", ...gate } });
  const asked: number[] = [];
  const events: ReleaseEvent[] = [];
  const series = (name: string, each: (failed: number) => number): RawSeries => {
    let sum = 0;
    const first = NOW - failures.length * 2_000;
    const samples = [0, ...failures].map((failed, i) => [first + i * 2_000, (sum += each(failed))] as const);
    return { labels: { __name__: name, cluster_name: envoyCluster(config.app, "blue"), job: "edge" }, samples };
  };
  const watch = new GateWatch(config, metricSource(config), "green", {
    clock: new VirtualClock(NOW),
    metrics: {
      ask: (query: string) => Promise.resolve(query.includes("by (le)") ? [{ labels: { le: "100" }, value: 1 }] : []),
      readCounters: (selector: string, since: number) => {
        asked.push(since);
        if (selector.includes("_bucket"))
          return Promise.reject(new Error("query processing would load too many samples"));
        if (failures.length === 0) return Promise.reject(new Error("Prometheus is away"));
        return Promise.resolve([
          series("envoy_cluster_upstream_rq_completed", () => 400),
          series("envoy_cluster_upstream_rq_xx", (failed) => failed),
        ]);
      },
    },
    reporter: { report: (event: ReleaseEvent) => void events.push(event), close: () => undefined },
  } as unknown as Ports);
  await watch.open(1, new AbortController().signal);
  return { asked, events: events.filter((event) => event.type === "calibrated") };
}

const repeat = (times: number, values: readonly number[]) => Array.from({ length: times }, () => values).flat();

describe("the watch, when it opens", () => {
  it("learns from the hour before how much stable's failures scatter", async () => {
    const { asked, events } = await openAfter(repeat(900, [0, 4]));
    assert.equal(asked[0], NOW - 3_600_000);
    const [{ dispersion, ...event } = { dispersion: NaN }] = events;
    assert.deepEqual(event, { type: "calibrated", at: NOW });
    assert.ok(Math.abs(dispersion - 2) < 0.05, String(dispersion));
  });

  it("says nothing where they do not, where there is too little, and where nothing can be read", async () => {
    assert.deepEqual((await openAfter(repeat(1_800, [1]))).events, []);
    assert.deepEqual((await openAfter(repeat(5, [0, 9]))).events, []);
    assert.deepEqual((await openAfter([])).events, []);
  });

  it("learns of failures also where the buckets are too much to read", async () => {
    const { asked, events } = await openAfter(repeat(900, [0, 4]), { latency: { limit: "100ms" } });
    assert.equal(asked.length, 3, "with buckets, without, and where the counters stand now");
    assert.equal(events.length, 1);
  });

  it("is not blinded by an incident, however young the service is", async () => {
    assert.deepEqual((await openAfter([...repeat(300, [1]), ...repeat(100, [90]), ...repeat(300, [1])])).events, []);
    assert.deepEqual(
      (await openAfter([...repeat(60, [0]), ...repeat(10, [150, 20, 80]), ...repeat(20, [0])])).events,
      [],
    );
  });

  it("leaves out the incidents of the stack file", async () => {
    // Within the limit: nothing else tells that it was an incident.
    const failures = [...repeat(300, [1]), ...repeat(25, [12, 0, 0, 0]), ...repeat(300, [1])];
    const from = new Date(NOW - 800_000).toISOString();
    const until = new Date(NOW - 600_000).toISOString();
    assert.equal((await openAfter(failures)).events.length, 1);
    assert.deepEqual((await openAfter(failures, { incidents: [`${from}/${until}`] })).events, []);
  });
});
