import assert from "node:assert/strict";
import { envoyCluster } from "../../../config/metric-presets.ts";
import { chooseEdges, gateParameters, type Bucket } from "../../../release/gate/baseline.ts";
import { readBaseline } from "../../../release/read-baseline.ts";
import { STACK, stackConfig } from "../world.ts";

const buckets = (...counts: (readonly [upTo: number, count: number])[]): Bucket[] =>
  counts.map(([upTo, count]) => ({ le: upTo === Infinity ? "+Inf" : String(upTo), upTo, count }));

const LATENCY = { limit: 100, compareFrom: 5 };

describe("edges of the compared times", () => {
  const cases: readonly (readonly [string, Bucket[], readonly number[]])[] = [
    [
      "just above p50, p90 and p99",
      buckets([5, 40], [10, 55], [25, 91], [50, 99.5], [100, 100], [Infinity, 100]),
      [10, 25, 50],
    ],
    ["each once", buckets([5, 95], [10, 96], [100, 100], [Infinity, 100]), [5, 100]],
    ["exactly at the share", buckets([5, 50], [10, 90], [25, 99], [100, 100], [Infinity, 100]), [5, 10, 25]],
    ["none beyond the last bucket", buckets([50, 30], [100, 60], [Infinity, 100]), [100]],
    ["that of the limit without any request", buckets([50, 0], [100, 0], [Infinity, 0]), [100]],
    ["that of the limit where all is slower", buckets([50, 0], [100, 0], [Infinity, 7]), [100]],
  ];
  for (const [title, histogram, compared] of cases) {
    it(`are ${title}`, () => assert.deepEqual(chooseEdges(histogram, LATENCY)?.compared, compared));
  }

  const QUICK = buckets([1, 730], [5, 980], [10, 990], [50, 999], [100, 1_000], [500, 1_000], [Infinity, 1_000]);
  const floors: readonly (readonly [string, Bucket[], { limit: number; compareFrom: number }, readonly number[]])[] = [
    ["the first from compareFrom on, where stable is far quicker", QUICK, { limit: 500, compareFrom: 50 }, [50]],
    ["all three with compareFrom 0", QUICK, { limit: 500, compareFrom: 0 }, [1, 5, 10]],
    ["raised one by one", QUICK, { limit: 100, compareFrom: 10 }, [10]],
    [
      "above compareFrom where stable is slow itself",
      buckets([50, 60], [100, 95], [250, 99], [500, 100], [Infinity, 100]),
      { limit: 500, compareFrom: 100 },
      [100, 250],
    ],
    [
      "that of the limit, where none lies between it and compareFrom",
      buckets([1, 99], [100, 100], [Infinity, 100]),
      { limit: 100, compareFrom: 10 },
      [100],
    ],
    [
      "never below compareFrom, also where the limit's is the last",
      buckets([1, 50], [50, 60], [100, 60], [Infinity, 100]),
      { limit: 100, compareFrom: 100 },
      [100],
    ],
  ];
  for (const [title, histogram, latency, compared] of floors) {
    it(`are ${title}`, () => assert.deepEqual(chooseEdges(histogram, latency)?.compared, compared));
  }

  it("need a bucket that ends at the limit", () => {
    assert.equal(chooseEdges(buckets([50, 9], [250, 10], [Infinity, 10]), LATENCY), undefined);
  });

  it("are read by the labels that the source writes, however many ways it does", () => {
    const mixed = [
      { le: "10", upTo: 10, count: 30 },
      { le: "10.0", upTo: 10, count: 30 },
      { le: "100", upTo: 100, count: 48 },
      { le: "100.0", upTo: 100, count: 50 },
      { le: "+Inf", upTo: Infinity, count: 100 },
    ];
    assert.deepEqual(chooseEdges(mixed, LATENCY), {
      compared: [10, 100],
      ends: ["10", "10.0", "100", "100.0"],
      timed: { requests: 100, failed: 2 },
    });
  });
});

describe("the hour before a release", () => {
  const answers = (le: readonly string[]) => ({
    readCounters: () => Promise.resolve([]),
    ask: (query: string) =>
      Promise.resolve(
        query.includes("by (le)")
          ? le.map((end, i) => ({ labels: { le: end }, value: i + 1 }))
          : [{ labels: {}, value: query.includes("_xx") ? 7 : 7_000 }],
      ),
  });

  it("is a few sums over the live slot", async () => {
    const config = stackConfig();
    const baseline = await readBaseline(config, answers(["10", "100", "+Inf"]), 1_000_000);
    assert.deepEqual(baseline, {
      before: { requests: 7_000, failed: 7 },
      latency: { compared: [100], ends: ["100"], timed: { requests: 3, failed: 1 } },
    });
    assert.deepEqual(gateParameters(config.gate, baseline).latency, {
      compared: [100],
      limit: 100,
      limitShare: 0.01,
      tolerateSlow: 1.25,
    });
  });

  it("leaves out what stable was in an incident", async () => {
    const config = stackConfig({ gate: { ...STACK.gate, latency: "off" } });
    const labels = { cluster_name: envoyCluster(config.app, "blue"), job: "edge", instance: "1" };
    const readings = (each: (scrape: number) => number) => {
      let sum = 0;
      return Array.from({ length: 241 }, (_, i) => [i * 15_000, i === 0 ? 0 : (sum += each(i - 1))] as const);
    };
    const isBad = (scrape: number) => scrape >= 100 && scrape < 120;
    const series = [
      { labels: { ...labels, __name__: "envoy_cluster_upstream_rq_completed" }, samples: readings(() => 25) },
      { labels: { ...labels, __name__: "envoy_cluster_upstream_rq_xx" }, samples: readings((i) => (isBad(i) ? 5 : 0)) },
    ];
    const total = (query: string) => (query.includes("_xx") ? 100 : 6_000);
    const metrics = {
      readCounters: () => Promise.resolve(series),
      ask: (query: string) => Promise.resolve([{ labels: {}, value: total(query) }]),
    };
    assert.deepEqual(await readBaseline(config, metrics, 3_600_000), {
      before: { requests: 5_500, failed: 0 },
      incidentMs: 300_000,
    });
  });

  it("asks for no times where they are not judged", async () => {
    const config = stackConfig({ gate: { ...STACK.gate, latency: "off" } });
    assert.deepEqual(await readBaseline(config, answers([]), 1_000_000), { before: { requests: 7_000, failed: 7 } });
  });

  const refusals = [
    ["envoy", ["50", "250", "+Inf"], /no bucket of envoy_\w+ ends there; set it to one of 50ms, 250ms, or add 100 to/],
    [
      "spring",
      ["0.05", "+Inf"],
      /one of 50ms, or set management\.metrics\.distribution\.slo\.http\.server\.requests to 100ms/,
    ],
    [
      "istio",
      [],
      /istio_request_duration_milliseconds_bucket of the live slot is not there, .* set gate\.latency to off$/,
    ],
  ] as const;
  for (const [preset, le, message] of refusals) {
    it(`is refused without a bucket at the limit, with the setting that makes one: ${preset}`, async () => {
      const config = stackConfig({ metrics: { ...STACK.metrics, preset } });
      await assert.rejects(readBaseline(config, answers(le), 1_000_000), { name: "UserError", message });
    });
  }
});
