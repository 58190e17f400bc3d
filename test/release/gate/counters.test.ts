import assert from "node:assert/strict";
import { envoyCluster, metricSource } from "../../../config/metric-presets.ts";
import { counterPreset } from "../../../config/metric-source.ts";
import type { Slot } from "../../../config/release-state.ts";
import { takeCounters, type CounterState, type RawSeries } from "../../../release/gate/counters.ts";
import { stackConfig } from "../world.ts";

const config = stackConfig();
const { app } = config;
const preset = counterPreset(metricSource(config));
const NOTHING: CounterState = {};
const READING = { preset, edges: [], coldRequests: 0, bornAfter: Infinity };

function series(slot: Slot, counts: "completed" | "xx", samples: [number, number][], instance = "a"): RawSeries {
  return {
    labels: {
      __name__: `envoy_cluster_upstream_rq_${counts}`,
      cluster_name: envoyCluster(app, slot),
      job: "edge",
      instance,
    },
    samples,
  };
}

const at = (spanMs: number, time: number, canary: [number, number], stable: [number, number]) => ({
  at: time,
  spanMs,
  canary: { requests: canary[0], failed: canary[1] },
  stable: { requests: stable[0], failed: stable[1] },
});

function take(all: RawSeries[], state: CounterState = NOTHING, candidate: Slot = "green") {
  return takeCounters(state, all, READING, candidate);
}

describe("counters", () => {
  const blue = series("blue", "completed", [
    [1_000, 100],
    [3_000, 300],
    [5_000, 500],
  ]);
  const green = series("green", "completed", [
    [1_000, 10],
    [3_000, 20],
    [5_000, 35],
  ]);

  it("gives what happened between scrapes; the first only gives the start", () => {
    assert.deepEqual(take([blue, green]).samples, [
      at(2_000, 3_000, [10, 0], [200, 0]),
      at(2_000, 5_000, [15, 0], [200, 0]),
    ]);
  });

  it("knows which slot is the candidate", () => {
    assert.deepEqual(take([blue, green], NOTHING, "blue").samples[0], at(2_000, 3_000, [200, 0], [10, 0]));
  });

  it("counts a failure series born between scrapes from 0", () => {
    const failed = series("green", "xx", [[5_000, 3]]);
    assert.deepEqual(
      take([blue, green, failed]).samples.map(({ canary }) => canary.failed),
      [0, 3],
    );
  });

  it("takes a counter that went back as a restart from 0", () => {
    const restarted = series("blue", "completed", [
      [1_000, 100],
      [3_000, 40],
    ]);
    const failed = series("blue", "xx", [
      [1_000, 7],
      [3_000, 2],
    ]);
    assert.deepEqual(take([restarted, failed, green]).samples, [at(2_000, 3_000, [10, 0], [40, 2])]);
  });

  it("says nothing for a scrape that lacks one slot's requests", () => {
    const late = series("green", "completed", [
      [3_000, 20],
      [5_000, 35],
    ]);
    assert.deepEqual(take([blue, late]).samples, [at(2_000, 5_000, [15, 0], [200, 0])]);
    assert.deepEqual(take([blue]).samples, []);
  });

  it("reads no scrape twice, and none is lost between two reads", () => {
    const first = take([
      series("blue", "completed", [
        [1_000, 100],
        [3_000, 300],
      ]),
      series("green", "completed", [
        [1_000, 10],
        [3_000, 20],
      ]),
    ]);
    const second = take([blue, green], first.state);
    assert.deepEqual([...first.samples, ...second.samples], take([blue, green]).samples);
    assert.deepEqual(take([blue, green], second.state).samples, []);
  });

  it("differences each edge for itself, and orders their scrapes by time", () => {
    const other = [
      series(
        "blue",
        "completed",
        [
          [2_000, 5],
          [4_000, 6],
        ],
        "b",
      ),
      series(
        "green",
        "completed",
        [
          [2_000, 0],
          [4_000, 1],
        ],
        "b",
      ),
    ];
    assert.deepEqual(take([blue, green, ...other]).samples, [
      at(2_000, 3_000, [10, 0], [200, 0]),
      at(2_000, 4_000, [1, 0], [1, 0]),
      at(2_000, 5_000, [15, 0], [200, 0]),
    ]);
  });

  it("leaves out what the testers' route and other services count", () => {
    const direct = {
      ...green,
      labels: { ...green.labels, cluster_name: envoyCluster(app, "green").replace("green", "preview") },
    };
    const foreign = {
      ...green,
      labels: { ...green.labels, cluster_name: "outbound|80|green|cart.shop.svc.cluster.local" },
    };
    assert.deepEqual(take([blue, green, direct, foreign]).samples, take([blue, green]).samples);
  });

  it("selects exactly its own clusters", () => {
    assert.equal(
      preset.selector,
      '{__name__=~"envoy_cluster_upstream_rq_completed|envoy_cluster_upstream_rq_xx",envoy_response_code_class=~"|5",' +
        String.raw`cluster_name=~"outbound\\|8080\\|\\|checkout-blue\\.shop\\.svc\\.cluster\\.local|outbound\\|8080\\|\\|checkout-green\\.shop\\.svc\\.cluster\\.local"}`,
    );
  });

  it("differences each series before it sums: one that begins anew hides nothing of another", () => {
    const of = (code: string, samples: [number, number][]): RawSeries => ({
      labels: { ...series("green", "xx", []).labels, envoy_response_code_class: "5", code },
      samples,
    });
    const failures = [
      of("500", [
        [1_000, 9],
        [3_000, 2],
      ]),
      of("503", [
        [1_000, 10],
        [3_000, 20],
      ]),
    ];
    assert.deepEqual(take([blue, green, ...failures]).samples[0]?.canary, { requests: 10, failed: 12 });
  });

  it("begins anew, and counts nothing twice, where the scrape taken last is not given again", () => {
    const first = take([blue, green].map((each) => ({ ...each, samples: each.samples.slice(0, 2) })));
    const later = [blue, green].map((each) => ({ ...each, samples: each.samples.slice(2) }));
    assert.deepEqual(take(later, first.state).samples, []);
  });

  it("forgets a target that is gone for half an hour", () => {
    const late = [blue, green].map((each) => ({
      ...each,
      labels: { ...each.labels, instance: "b" },
      samples: [[1_900_000, 5]] as [number, number][],
    }));
    assert.deepEqual(Object.keys(take([blue, green, ...late]).state), ["edge/b"]);
  });
});

describe("times of answers", () => {
  const timed = { preset: counterPreset(metricSource(config), ["10", "100"]), edges: [10, 100], coldRequests: 0 };
  const reading = { ...timed, bornAfter: Infinity };
  const both = (["blue", "green"] as const).map((slot) =>
    series(slot, "completed", [
      [1_000, 50],
      [3_000, 150],
    ]),
  );
  const bucket = (slot: Slot, le: string, samples: [number, number][]): RawSeries => ({
    labels: { ...series(slot, "xx", []).labels, __name__: "envoy_cluster_upstream_rq_time_bucket", le },
    samples,
  });
  const histogram = (slot: Slot, ...rises: readonly (readonly [le: string, before: number, after: number])[]) =>
    rises.map(([le, before, after]) =>
      bucket(slot, le, [
        [1_000, before],
        [3_000, after],
      ]),
    );

  it("are the answers slower than each edge, of those that were timed", () => {
    const all = [
      ...both,
      ...histogram("blue", ["10.0", 30, 90], ["100.0", 50, 149], ["+Inf", 50, 150]),
      ...histogram("green", ["10", 3, 4], ["100", 5, 10], ["+Inf", 5, 15]),
    ];
    assert.deepEqual(takeCounters(NOTHING, all, reading, "green").samples[0]?.latency, {
      canary: { requests: 10, slower: [9, 5] },
      stable: { requests: 100, slower: [40, 1] },
    });
  });

  it("are absent while the candidate is counted, but not timed at every edge", () => {
    const all = [
      ...both,
      ...histogram("blue", ["10", 30, 90], ["100", 50, 149], ["+Inf", 50, 150]),
      ...histogram("green", ["10", 3, 4], ["+Inf", 5, 15]),
    ];
    const [sample] = takeCounters(NOTHING, all, reading, "green").samples;
    assert.equal(sample?.canary.requests, 100);
    assert.equal(sample.latency, undefined);
  });

  it("are none where the candidate has had no request yet", () => {
    const idle = series("green", "completed", [
      [1_000, 0],
      [3_000, 0],
    ]);
    const all = [...both.slice(0, 1), idle, ...histogram("blue", ["10", 3, 4], ["100", 5, 10], ["+Inf", 5, 15])];
    assert.deepEqual(takeCounters(NOTHING, all, reading, "green").samples[0]?.latency, {
      canary: { requests: 0, slower: [0, 0] },
      stable: { requests: 10, slower: [9, 5] },
    });
  });

  it("are read with the counters, by one selector", () => {
    assert.match(
      reading.preset.selector,
      /^\{__name__=~"envoy_cluster_upstream_rq_completed\|envoy_cluster_upstream_rq_xx\|envoy_cluster_upstream_rq_time_bucket",/,
    );
    assert.ok(reading.preset.selector.includes(String.raw`le=~"|10|100|\\+Inf"`), reading.preset.selector);
  });
});
