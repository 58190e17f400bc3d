import assert from "node:assert/strict";
import { metricSource } from "../../../config/metric-presets.ts";
import { counterPreset } from "../../../config/metric-source.ts";
import type { Slot } from "../../../config/release-state.ts";
import {
  isOnlyCandidateSilent,
  takeCounters,
  type CounterState,
  type RawSeries,
} from "../../../release/gate/counters.ts";
import type { Reading } from "../../../release/gate/scrapes.ts";
import { STACK, stackConfig } from "../world.ts";

const NOTHING: CounterState = {};

describe("counters of Istio's standard metrics", () => {
  const source = metricSource(stackConfig({ metrics: { ...STACK.metrics, preset: "istio" } }));
  const preset: Reading = { preset: counterPreset(source), edges: [], coldRequests: 0, bornAfter: Infinity };
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
