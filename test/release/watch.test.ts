import assert from "node:assert/strict";
import { envoyCluster, metricSource } from "../../config/metric-presets.ts";
import { SLOTS } from "../../config/release-state.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import { isScrapeDue, readFrom, type CounterState } from "../../release/gate/counters.ts";
import type { Ports } from "../../release/ports.ts";
import { GateWatch } from "../../release/watch.ts";
import type { StepStanding, WatchState } from "../../release/watch-state.ts";
import { VirtualClock } from "./virtual-clock.ts";
import { stackConfig } from "./world.ts";

const config = stackConfig({ gate: { latency: "off", minStepTime: "15s", maxStepTime: "3m" } });
const START = 1_000_000;
const SCRAPE_MS = 2_000;
const HOUR = 3_600_000 / SCRAPE_MS;

/** An edge that counts 20 requests of the candidate in each scrape, of which some fail, and 380 of stable. */
class Edge {
  readonly clock = new VirtualClock(START);
  readonly events: ReleaseEvent[] = [];
  readonly asked: number[] = [];
  /** The failing requests of the candidate in each scrape from the start on. */
  readonly failing: readonly number[];
  refusing = 0;
  /** Whether the counters cannot be read. */
  silent = false;

  constructor(failing: readonly number[]) {
    this.failing = failing;
  }

  get ports(): Ports {
    const { clock, events } = this;
    return {
      clock,
      reporter: { report: (event: ReleaseEvent) => void events.push(event), close: () => undefined },
      metrics: {
        readCounters: (_selector: string, since: number) => {
          const series = this.#read(since);
          return this.silent ? Promise.reject(new Error("Prometheus is away")) : Promise.resolve(series);
        },
        ask: () => {
          this.refusing -= 1;
          if (this.refusing >= 0) return Promise.reject(new Error("Prometheus is away"));
          return Promise.resolve([{ labels: {}, value: 100 }]);
        },
      },
    } as unknown as Ports;
  }

  #read(since: number) {
    this.asked.push((this.clock.now() - since) / SCRAPE_MS);
    const scrapes = Array.from({ length: 40 }, (_, i) => START + (i - 9) * SCRAPE_MS);
    const seen = scrapes.filter((at) => at >= since && at <= this.clock.now());
    const index = (at: number) => (at - START) / SCRAPE_MS;
    return SLOTS.flatMap((slot) => {
      const labels = { job: "edge", instance: "1", cluster_name: envoyCluster(config.app, slot) };
      const perScrape = slot === "green" ? 20 : 380;
      const failed = (at: number) => this.failing.slice(0, Math.max(0, index(at))).reduce((sum, n) => sum + n, 0);
      const line = (name: string, value: (at: number) => number) => ({
        labels: { ...labels, __name__: `envoy_cluster_upstream_rq_${name}` },
        samples: seen.map((at) => [at, value(at)] as const),
      });
      return [
        line("completed", (at) => (index(at) + 9) * perScrape),
        line("xx", (at) => (slot === "green" ? failed(at) : 0)),
      ];
    });
  }
}

const standing: StepStanding = {
  step: { weight: 5, minStepTimeMs: 15_000, maxStepTimeMs: 180_000, onInconclusive: "pause" },
  kind: "step",
  since: START,
};

const never = new AbortController().signal;
const source = metricSource(config);

describe("the watch", () => {
  it("goes on in another process from what it knew, without losing evidence or reading anything twice", async () => {
    const failing = [0, 1, 0, 2, 0, 1, 0, 0, 1, 0];
    const run = async (cutAt: number | undefined) => {
      const edge = new Edge(failing);
      let watch = new GateWatch(config, source, "green", edge.ports);
      await watch.open(2, never);
      const told: string[] = [];
      for (let look = 0; look < 10; look += 1) {
        await edge.clock.sleep(SCRAPE_MS);
        if (look === cutAt) {
          const journaled = JSON.parse(JSON.stringify(watch.state)) as WatchState;
          // The program that takes over needs a while.
          watch = new GateWatch(config, source, "green", edge.ports, journaled);
        }
        const { decision, rule } = await watch.look(standing);
        told.push(`${decision}/${rule}`);
      }
      return { told, state: watch.state, sampled: edge.events.filter(({ type }) => type === "sampled") };
    };
    const whole = await run(undefined);
    assert.equal(whole.state.gate.canary.requests, 200);
    assert.equal(whole.state.gate.canary.failed, 5);
    for (const cutAt of [0, 3, 9]) assert.deepEqual(await run(cutAt), whole);
  });

  it("reads back to what it took last, however long nobody looked", async () => {
    const edge = new Edge([]);
    const watch = new GateWatch(config, source, "green", edge.ports);
    await watch.open(2, never);
    await edge.clock.sleep(SCRAPE_MS);
    await watch.look(standing);
    await edge.clock.sleep(8 * SCRAPE_MS);
    await watch.look(standing);
    assert.deepEqual(edge.asked, [HOUR, 5, 1, 8]);
    assert.equal(watch.totals.canary.requests, 9 * 20);
  });

  it("asks only once a scrape is due, as often as they come in truth, and at each look while Prometheus is away", async () => {
    const edge = new Edge([]);
    const seldom = { ...config, metrics: { ...config.metrics, scrapeInterval: 10_000 } };
    const watch = new GateWatch(seldom, source, "green", edge.ports);
    await watch.open(2, never);
    edge.asked.length = 0;
    const askedIn = async (looks: number) => {
      const before = edge.asked.length;
      for (let look = 0; look < looks; look += 1) {
        await edge.clock.sleep(500);
        await watch.look(standing);
      }
      return edge.asked.length - before;
    };
    assert.equal(await askedIn(16), 4);
    assert.equal(watch.totals.canary.requests, 4 * 20);
    edge.silent = true;
    assert.equal(await askedIn(8), 5);
    edge.silent = false;
    assert.equal(await askedIn(4), 2);
    assert.equal(watch.totals.canary.requests, 7 * 20);
  });

  it("asks again for what stable was, and gives up only after a minute", async () => {
    const edge = new Edge([]);
    edge.refusing = 4;
    await new GateWatch(config, source, "green", edge.ports).open(2, never);
    assert.equal(edge.events[0]?.type, "baseline");
    const gone = new Edge([]);
    gone.refusing = Infinity;
    await assert.rejects(new GateWatch(config, source, "green", gone.ports).open(2, never), {
      name: "AbortRelease",
      message: "stable's last hour cannot be read: Prometheus is away",
    });
    assert.equal(gone.clock.now() - START, 60_000);
  });
});

describe("new counters", () => {
  it("begin at the scrape that is taken last, without waiting for a target that is long gone", () => {
    const counted = { slots: ["blue"] as const };
    assert.equal(readFrom({}, 2_000), undefined);
    assert.equal(readFrom({ a: { at: 50_000, ...counted }, b: { at: 48_000, ...counted } }, 2_000), 48_000);
    assert.equal(readFrom({ a: { at: 50_000, ...counted }, b: { at: 29_999, ...counted } }, 2_000), 50_000);
  });

  it("are due with the next scrape of any target that is still scraped, and at any time where none is", () => {
    const state = (...ages: number[]): CounterState =>
      Object.fromEntries(ages.map((age, i) => [`target-${i}`, { at: 100_000 - age, slots: ["blue"] }]));
    const isDue = (...ages: number[]) => isScrapeDue(state(...ages), 2_000, 100_000);
    assert.equal(isDue(), true);
    assert.equal(isDue(1_999), false);
    assert.equal(isDue(2_000), true);
    assert.equal(isDue(500, 2_000), true);
    assert.equal(isDue(500, 4_000), true);
    assert.equal(isDue(500, 4_001), false);
    assert.equal(isDue(4_001), true);
    assert.equal(isDue(500, -3_600_000), true);
  });
});
