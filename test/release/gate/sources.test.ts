import assert from "node:assert/strict";
import { metricSource } from "../../../config/metric-presets.ts";
import { counterPreset } from "../../../config/metric-source.ts";
import type { MetricPreset } from "../../../config/metrics.ts";
import type { Slot } from "../../../config/release-state.ts";
import {
  isOnlyCandidateSilent,
  takeCounters,
  type CounterState,
  type RawSeries,
} from "../../../release/gate/counters.ts";
import type { Reading } from "../../../release/gate/scrapes.ts";
import { STACK, stackConfig } from "../world.ts";

function presetOf(preset: MetricPreset): Reading {
  const source = metricSource(stackConfig({ metrics: { ...STACK.metrics, preset } }));
  return { preset: counterPreset(source), edges: [], coldRequests: 0, bornAfter: Infinity };
}

const NOTHING: CounterState = {};

describe("counters of Istio's standard metrics", () => {
  const preset = presetOf("istio");
  const series = (slot: Slot, response_code: string, samples: [number, number][], further = {}): RawSeries => ({
    labels: {
      __name__: "istio_requests_total",
      job: "edge",
      instance: "a",
      reporter: "source",
      destination_service_namespace: "shop",
      destination_service_name: `checkout-${slot}`,
      response_code,
      ...further,
    },
    samples,
  });
  const blue = series("blue", "200", [
    [1_000, 100],
    [3_000, 300],
    [5_000, 500],
  ]);

  it("are the sum of a slot's series; failures are requests too", () => {
    const more = [
      series("blue", "404", [
        [3_000, 2],
        [5_000, 3],
      ]),
      series("green", "200", [
        [1_000, 10],
        [3_000, 20],
        [5_000, 30],
      ]),
      series("green", "503", [[5_000, 4]]),
      series("green", "500", [[5_000, 1]], { response_flags: "DC" }),
    ];
    assert.deepEqual(
      takeCounters(NOTHING, [blue, ...more], preset, "green").samples.map(({ canary, stable }) => [canary, stable]),
      [
        [
          { requests: 10, failed: 0 },
          { requests: 202, failed: 0 },
        ],
        [
          { requests: 15, failed: 5 },
          { requests: 201, failed: 0 },
        ],
      ],
    );
  });

  it("are 0 for a candidate that has had no request yet", () => {
    const green = series("green", "500", [[5_000, 2]]);
    assert.deepEqual(
      takeCounters(NOTHING, [blue, green], preset, "green").samples.map(({ canary }) => canary),
      [
        { requests: 0, failed: 0 },
        { requests: 2, failed: 2 },
      ],
    );
  });
});

describe("counters of pods", () => {
  const preset = presetOf("spring");
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
  const preset = counterPreset(metricSource(stackConfig({ metrics: { ...STACK.metrics, preset: "spring" } })), ["0.1"]);
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

describe("a silent candidate", () => {
  const edge = { slots: ["blue", "green"] as const };
  const blue = { slots: ["blue"] as const };
  const green = { slots: ["green"] as const };
  for (const [title, fresh, counted, expected] of [
    ["an edge that counts both", [edge], "edge", false],
    ["an edge that has lost one", [edge, blue], "edge", true],
    ["an edge that counts the candidate only", [green], "edge", false],
    ["pods of both slots", [blue, green], "pods", false],
    ["pods of stable only", [blue, blue], "pods", true],
    ["pods of the candidate only", [green], "pods", false],
    ["nobody", [], "pods", false],
  ] as const) {
    it(`is told from silence of all: ${title}`, () => {
      assert.equal(isOnlyCandidateSilent(fresh, counted, "green"), expected);
    });
  }
});
