import assert from "node:assert/strict";
import fc from "fast-check";
import { envoyCluster, metricSource } from "../../config/metric-presets.ts";
import { SLOTS } from "../../config/release-state.ts";
import type { Verdict } from "../../release/decide.ts";
import type { Sample } from "../../release/events.ts";
import { readFrom, type RawSeries } from "../../release/gate/counters.ts";
import {
  judge,
  openWatch,
  readingOf,
  silenceOf,
  startWatch,
  takeSample,
  takeSeries,
  tellOnce,
  type StepStanding,
  type Watched,
  type WatchState,
} from "../../release/watch-state.ts";
import { STACK, stackConfig } from "./world.ts";

const SCRAPE_MS = 2_000;
const BASELINE = {
  before: { requests: 10_000, failed: 5 },
  latency: { compared: [10, 50], ends: ["10", "50", "100"], timed: { requests: 10_000, failed: 2 } },
};

const EDGE_LES = ["10", "50", "100", "+Inf"];
const POD_LES = ["0.01", "0.05", "0.1", "+Inf"];

function watchedBy(preset: "envoy" | "spring"): Watched {
  const checks = { ...STACK.checks, warmup: { requests: 30 } };
  const config = stackConfig({ checks, metrics: { ...STACK.metrics, preset } });
  return { config, source: metricSource(config), candidate: "green" };
}

/** What one target counts in a scrape: for each slot, requests and failed, and how many were quick; a negative one restarts it. */
type Rise = readonly [requests: number, failed: number, quick: number];

interface History {
  readonly scrapes: readonly { readonly at: number; readonly target: number; readonly rise: Rise }[];
}

const targets = [0, 1, 2, 3];

const history: fc.Arbitrary<History> = fc
  .array(
    fc.record({
      target: fc.constantFrom(...targets),
      gap: fc.integer({ min: 1, max: 2_500 }),
      rise: fc.tuple(fc.integer({ min: -1, max: 60 }), fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 60 })),
    }),
    { minLength: 1, maxLength: 60 },
  )
  .map((items) => {
    let at = 0;
    return { scrapes: items.map(({ gap, rise, target }) => ({ at: (at += gap), target, rise })) };
  });

/** Raw series as Prometheus has them; targets are edges, or pods of which the even ones are blue. */
function seriesOf({ scrapes }: History, preset: "envoy" | "spring"): RawSeries[] {
  return targets.flatMap((target) => {
    const slots = preset === "envoy" ? SLOTS : [target % 2 === 0 ? ("blue" as const) : ("green" as const)];
    return slots.flatMap((slot) => {
      let [requests, failed, quick] = [0, 0, 0];
      const own = scrapes.filter((scrape) => scrape.target === target);
      const points = own.map(({ at, rise }) => {
        if (rise[0] < 0) [requests, failed, quick] = [0, 0, 0];
        else
          [requests, failed, quick] = [
            requests + rise[0],
            failed + Math.min(rise[0], rise[1]),
            quick + Math.min(...rise),
          ];
        return { at, requests, failed, quick };
      });
      const line = (labels: Record<string, string>, value: (point: (typeof points)[number]) => number): RawSeries => ({
        labels: { job: "j", instance: String(target), ...labels },
        samples: points.map((point) => [point.at, value(point)] as const),
      });
      if (preset === "envoy") {
        const cluster_name = envoyCluster({ ...stackConfig().app }, slot);
        return [
          line({ __name__: "envoy_cluster_upstream_rq_completed", cluster_name }, (p) => p.requests),
          line({ __name__: "envoy_cluster_upstream_rq_xx", cluster_name }, (p) => p.failed),
          ...EDGE_LES.map((le) =>
            line({ __name__: "envoy_cluster_upstream_rq_time_bucket", cluster_name, le }, (p) =>
              le === "+Inf" ? p.requests : p.quick,
            ),
          ),
        ];
      }
      const pod = { namespace: "shop", app: "checkout", slot, uri: "/api/quote", status: "200" };
      return [
        line({ __name__: "http_server_requests_seconds_count", ...pod }, (p) => p.requests),
        ...POD_LES.map((le) =>
          line({ __name__: "http_server_requests_seconds_bucket", ...pod, le }, (p) =>
            le === "+Inf" ? p.requests : p.quick,
          ),
        ),
      ];
    });
  });
}

interface Told {
  readonly samples: readonly Sample[];
  readonly verdict: Verdict;
  readonly isNews: boolean;
}

const standingAt = (now: number): StepStanding => ({
  step: { weight: now < 20_000 ? 5 : 25, minStepTimeMs: 15_000, maxStepTimeMs: 60_000, onInconclusive: "pause" },
  kind: "step",
  since: now < 3_000 || (now >= 20_000 && now < 23_000) ? undefined : now < 20_000 ? 3_000 : 23_000,
});

function lookAt(watched: Watched, before: WatchState, series: readonly RawSeries[], now: number): [WatchState, Told] {
  const since = readFrom(before.counters, SCRAPE_MS) ?? now - 5 * SCRAPE_MS;
  const seen = series
    .map(({ labels, samples }) => ({ labels, samples: samples.filter(([at]) => at >= since && at <= now) }))
    .filter(({ samples }) => samples.length > 0);
  const taken = takeSeries(watched, before, seen, readingOf(watched, before), now);
  let state = taken.state;
  const samples = taken.samples.map((plain) => {
    const fed = takeSample(watched, state, plain, standingAt(now));
    state = fed.state;
    return fed.sample;
  });
  const judged = judge(watched.config, state, standingAt(now), now, silenceOf(watched, state, now), []);
  const told = tellOnce(judged.state, judged.verdict);
  return [told.state, { samples, verdict: judged.verdict, isNews: told.isNews }];
}

function open(watched: Watched): WatchState {
  const state = openWatch(watched, startWatch(watched, 0), BASELINE, 0);
  return { ...state, sinceWritten: { at: 1_000, canary: 0, requests: 0 } };
}

const looks = fc
  .array(fc.integer({ min: 100, max: 4_000 }), { minLength: 1, maxLength: 40 })
  .map((gaps) => gaps.reduce<number[]>((times, gap) => [...times, (times.at(-1) ?? 0) + gap], []));

describe("what the watch knows", () => {
  for (const preset of ["envoy", "spring"] as const) {
    it(`is all that it takes: cut anywhere, written down and taken up again, it goes on as if nothing had been (${preset})`, () => {
      const watched = watchedBy(preset);
      fc.assert(
        fc.property(history, looks, fc.nat(), (past, times, at) => {
          const series = seriesOf(past, preset);
          const cut = at % times.length;
          let [straight, resumed] = [open(watched), open(watched)];
          times.forEach((now, i) => {
            if (i === cut) resumed = JSON.parse(JSON.stringify(resumed)) as WatchState;
            const [one, told] = lookAt(watched, straight, series, now);
            const [other, toldAgain] = lookAt(watched, resumed, series, now);
            assert.deepStrictEqual(toldAgain, told);
            assert.deepStrictEqual(other, one);
            [straight, resumed] = [one, other];
          });
        }),
        { numRuns: 60 },
      );
    });

    it(`loses no sample, and takes none twice, however often one looks (${preset})`, () => {
      const watched = watchedBy(preset);
      fc.assert(
        fc.property(history, looks, (past, times) => {
          const series = seriesOf(past, preset);
          const end = Math.max(...past.scrapes.map(({ at }) => at), ...times) + 1;
          // Scrapes of one target that lies far behind the others are given up on purpose.
          fc.pre(times.every((time, i) => time - (times[i - 1] ?? 0) <= 4_000));
          const collect = (moments: readonly number[]) => {
            let state = open(watched);
            return moments.flatMap((now) => {
              const reading = readingOf(watched, state);
              const seen = series.map(({ labels, samples }) => ({
                labels,
                samples: samples.filter(([time]) => time <= now),
              }));
              const taken = takeSeries(watched, state, seen, reading, now);
              state = taken.state;
              return taken.samples;
            });
          };
          assert.deepStrictEqual(collect([...times, end]), collect([end]));
        }),
        { numRuns: 60 },
      );
    });
  }

  it("stays small: an hour of a release is as many numbers as a minute", () => {
    const watched = watchedBy("envoy");
    const scrapes = Array.from({ length: 1_800 }, (_, i) => ({
      at: (i + 1) * SCRAPE_MS,
      target: i % 2,
      rise: [20 + (i % 7), i % 50 === 0 ? 1 : 0, 18] as const,
    }));
    const series = seriesOf({ scrapes }, "envoy");
    let state = open(watched);
    const sizes = new Map<number, number>();
    for (let now = 10_000; now <= 3_600_000; now += 10_000) {
      [state] = lookAt(watched, state, series, now);
      sizes.set(now, (JSON.stringify(state).match(/-?\d+(\.\d+)?(e-?\d+)?/g) ?? []).length);
    }
    assert.ok(state.gate.canary.requests > 40_000 && (state.gate.latency?.canary.requests ?? 0) > 40_000);
    assert.equal(sizes.get(3_600_000), sizes.get(60_000));
    assert.ok((sizes.get(3_600_000) ?? Infinity) < 200, String(sizes.get(3_600_000)));
    assert.ok(JSON.stringify(state).length < 6_000, String(JSON.stringify(state).length));
  });
});
