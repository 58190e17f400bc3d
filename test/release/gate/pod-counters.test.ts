import assert from "node:assert/strict";
import { metricSource } from "../../../config/metric-presets.ts";
import { counterPreset } from "../../../config/metric-source.ts";
import type { Slot } from "../../../config/release-state.ts";
import { takeCounters, type CounterState, type RawSeries } from "../../../release/gate/counters.ts";
import type { Reading } from "../../../release/gate/scrapes.ts";
import { STACK, stackConfig } from "../world.ts";

const SOURCE = metricSource(stackConfig({ metrics: { ...STACK.metrics, preset: "spring" } }));
const NOTHING: CounterState = {};

describe("counters of pods", () => {
  const preset: Reading = { preset: counterPreset(SOURCE), edges: [], coldRequests: 0, bornAfter: Infinity };
  const pod = (slot: Slot, instance: string, samples: [number, number][], status = "200"): RawSeries => ({
    labels: {
      __name__: "http_server_requests_seconds_count",
      job: "pods",
      instance,
      namespace: "shop",
      app: "checkout",
      slot,
      uri: "/api/quote",
      status,
    },
    samples,
  });
  // Scraped every 2 s, each at its own moment.
  const blue1 = pod("blue", "b1", [
    [1_000, 100],
    [3_000, 110],
    [5_000, 130],
    [7_000, 160],
  ]);
  const blue2 = pod("blue", "b2", [
    [1_500, 200],
    [3_500, 205],
    [5_500, 211],
  ]);
  const green = pod("green", "g1", [
    [2_000, 0],
    [4_000, 3],
    [6_000, 7],
  ]);
  const failed = pod("green", "g1", [[6_000, 2]], "500");
  const rounds = [
    { at: 4_000, spanMs: 3_000, canary: { requests: 3, failed: 0 }, stable: { requests: 15, failed: 0 } },
    { at: 6_000, spanMs: 3_000, canary: { requests: 6, failed: 2 }, stable: { requests: 26, failed: 0 } },
  ];

  it("make one sample of a round of scrapes, over all pods of both slots", () => {
    assert.deepEqual(takeCounters(NOTHING, [blue1, blue2, green, failed], preset, "green").samples, rounds);
  });

  it("make the same samples however often one looks", () => {
    const all = [blue1, blue2, green, failed];
    let state = NOTHING;
    const samples = [1_700, 3_200, 4_000, 5_100, 6_900, 7_000].flatMap((until) => {
      const seen = all.map((series) => ({ ...series, samples: series.samples.filter(([at]) => at <= until) }));
      const reading = takeCounters(state, seen, preset, "green");
      state = reading.state;
      return reading.samples;
    });
    assert.deepEqual(samples, rounds);
  });

  it("say nothing of a round without one of the slots", () => {
    assert.deepEqual(takeCounters(NOTHING, [blue1, blue2], preset, "green").samples, []);
  });

  it("keep what a pod counted before it was gone, and begin anew with its successor", () => {
    const gone = pod("green", "g0", [
      [2_000, 50],
      [4_000, 55],
    ]);
    const successor = pod("green", "g9", [
      [5_900, 9],
      [7_900, 10],
      [9_900, 10],
    ]);
    const blue = pod("blue", "b1", [
      [1_000, 0],
      [3_000, 1],
      [5_000, 2],
      [7_000, 3],
      [9_000, 4],
    ]);
    assert.deepEqual(
      takeCounters(NOTHING, [gone, successor, blue], preset, "green").samples.map(({ at, canary }) => [at, canary]),
      [
        [4_000, { requests: 5, failed: 0 }],
        [7_900, { requests: 1, failed: 0 }],
      ],
    );
  });
});

describe("pods of the candidate", () => {
  const preset = counterPreset(SOURCE, ["0.1"]);
  const reading: Reading = { preset, edges: [100], coldRequests: 100, bornAfter: 4_500 };
  const labels = (slot: Slot, instance: string) => {
    return { job: "pods", instance, namespace: "shop", app: "checkout", slot, uri: "/api/quote", status: "200" };
  };
  const pod = (slot: Slot, instance: string, ...scrapes: [at: number, requests: number, quick: number][]) => {
    const name = (suffix: string) => ({
      ...labels(slot, instance),
      __name__: `http_server_requests_seconds_${suffix}`,
    });
    return [
      { labels: name("count"), samples: scrapes.map(([at, requests]) => [at, requests] as const) },
      { labels: { ...name("bucket"), le: "0.1" }, samples: scrapes.map(([at, , quick]) => [at, quick] as const) },
      { labels: { ...name("bucket"), le: "+Inf" }, samples: scrapes.map(([at, requests]) => [at, requests] as const) },
    ];
  };
  const stable = pod(
    "blue",
    "b1",
    [1_000, 900, 900],
    [3_000, 950, 949],
    [5_000, 960, 959],
    [7_000, 970, 969],
    [9_000, 980, 979],
  );

  it("that appear during the release began at 0; those of stable may have counted long before", () => {
    const born = pod("green", "g2", [5_500, 7, 7], [7_500, 9, 9], [9_500, 9, 9]);
    const joined = pod("blue", "b2", [5_600, 5_000, 5_000], [7_600, 5_001, 5_001], [9_600, 5_001, 5_001]);
    const { samples } = takeCounters(NOTHING, [...stable, ...born, ...joined], reading, "green");
    assert.deepEqual(
      samples.map(({ at, canary, stable: other }) => [at, canary.requests, other.requests]),
      [
        [5_500, 7, 10],
        [7_600, 2, 11],
      ],
    );
  });

  it("are timed only once they are warm, and counted from the first", () => {
    const cold = pod(
      "green",
      "g1",
      [1_500, 40, 10],
      [3_500, 99, 20],
      [5_500, 120, 30],
      [7_500, 130, 40],
      [9_500, 140, 45],
    );
    const { samples } = takeCounters(NOTHING, [...stable, ...cold], reading, "green");
    assert.deepEqual(
      samples.map(({ canary, latency }) => [canary.requests, latency?.canary, latency?.stable]),
      [
        [59, { requests: 0, slower: [0] }, { requests: 50, slower: [1] }],
        [21, { requests: 0, slower: [0] }, { requests: 10, slower: [0] }],
        [10, { requests: 10, slower: [0] }, { requests: 10, slower: [0] }],
      ],
    );
  });

  it("are cold again after a restart", () => {
    const restarted = pod("green", "g1", [1_500, 500, 400], [3_500, 510, 410], [5_500, 30, 5], [7_500, 40, 10]);
    const { samples } = takeCounters(NOTHING, [...stable, ...restarted], reading, "green");
    assert.deepEqual(
      samples.map(({ canary, latency }) => [canary.requests, latency?.canary.requests]),
      [
        [10, 10],
        [30, 0],
        [10, 0],
      ],
    );
  });
});
