import { envoyCluster, metricSource } from "../../config/metric-presets.ts";
import { SLOTS, slotWeights, type ReleaseState, type Slot } from "../../config/release-state.ts";
import type { DrivenConfig } from "../../config/schema.ts";
import type { RawSeries } from "../../release/gate/counters.ts";
import type { MetricValue } from "../../release/ports.ts";

type Rates = Record<Slot, number>;

/** The share of all answers that come within so many ms, where nothing is slow. */
const WITHIN: readonly (readonly [le: string, share: number])[] = [
  ["10", 0.5],
  ["25", 0.9],
  ["50", 0.99],
  ["100", 0.999],
  ["+Inf", 1],
];

/** What each slot has counted: its buckets by their `le`, beside the rest. */
type Totals = Record<Slot, Record<string, number>>;

/** What a test may change about the traffic, also while the release runs. */
export interface TrafficOptions {
  /** The failing share of each slot at a time (ms since the start) and weight. */
  readonly failing?: (elapsedMs: number, weights: Rates) => Rates;
  /** The share of each slot's answers that take over 100 ms, beside one in a thousand. */
  readonly slow?: (elapsedMs: number, weights: Rates) => Rates;
  /** The share of the requests that reach the candidate, of those that its weight gives it. */
  readonly reaching?: (elapsedMs: number) => number;
  readonly rps?: number;
}

/** Requests and what counts them, as numbers: spread evenly, no chance. */
export class TrafficModel {
  readonly #options: TrafficOptions;
  readonly #config: DrivenConfig;
  readonly #startedAt: number;
  #scrapes: { at: number; totals: Totals }[] = [];

  constructor(options: TrafficOptions, config: DrivenConfig, startedAt: number) {
    this.#options = options;
    this.#config = config;
    this.#startedAt = startedAt;
  }

  /** One scrape every 2 s, with whatever weights were in force until then. */
  runUntil(now: number, inForce: ReleaseState): void {
    const none = () => ({ blue: 0, green: 0 });
    const { failing = none, reaching = () => 1, rps = 200, slow = none } = this.#options;
    const everyMs = this.#config.metrics.scrapeInterval;
    for (;;) {
      const last = this.#scrapes.at(-1) ?? {
        at: this.#startedAt - 4 * everyMs,
        totals: { blue: {}, green: {} },
      };
      const at = last.at + everyMs;
      if (at > now) return;
      const weights = slotWeights(inForce);
      const shares = failing(at - this.#startedAt, weights);
      const slowShares = slow(at - this.#startedAt, weights);
      const totals: Totals = { blue: {}, green: {} };
      for (const slot of SLOTS) {
        const lost = slot === inForce.live ? 0 : 1 - reaching(at - this.#startedAt);
        const requests = (rps * everyMs * weights[slot] * (1 - lost)) / 100_000;
        const risen: Record<string, number> = { requests, failed: requests * shares[slot] };
        for (const [le, share] of WITHIN) risen[le] = requests * (le === "+Inf" ? 1 : share * (1 - slowShares[slot]));
        const before = last.totals[slot];
        totals[slot] = Object.fromEntries(Object.entries(risen).map(([name, by]) => [name, (before[name] ?? 0) + by]));
      }
      this.#scrapes.push({ at, totals });
    }
  }

  readCounters(since: number): readonly RawSeries[] {
    const scrapes = this.#scrapes.filter(({ at }) => at >= since);
    if (metricSource(this.#config).counted === "pods") return this.#podSeries(scrapes);
    return SLOTS.flatMap((slot): RawSeries[] => {
      const labels = { job: "edge", instance: "1", cluster_name: envoyCluster(this.#config.app, slot) };
      const points = (counts: string) =>
        scrapes.map(({ at, totals }) => [at, Math.floor((totals[slot][counts] ?? 0) + 1e-6)] as const);
      const timed = { ...labels, __name__: "envoy_cluster_upstream_rq_time_bucket" };
      return [
        { labels: { ...labels, __name__: "envoy_cluster_upstream_rq_completed" }, samples: points("requests") },
        { labels: { ...labels, __name__: "envoy_cluster_upstream_rq_xx" }, samples: points("failed") },
        ...WITHIN.map(([le]) => ({ labels: { ...timed, le }, samples: points(le) })),
      ];
    });
  }

  /** One pod for each slot, scraped half an interval apart, that counts by status what it was asked by users. */
  #podSeries(scrapes: readonly { at: number; totals: Totals }[]) {
    const { app, metrics } = this.#config;
    return SLOTS.flatMap((slot, i): RawSeries[] => {
      const labels = { __name__: "http_server_requests_seconds_count", namespace: app.namespace, app: app.name, slot };
      const points = (count: (totals: { requests: number; failed: number }) => number) =>
        scrapes.map(({ at, totals }) => {
          return [
            at - (i * metrics.scrapeInterval) / 2,
            Math.floor(count({ requests: 0, failed: 0, ...totals[slot] }) + 1e-6),
          ] as const;
        });
      const pod = { ...labels, job: "pods", instance: slot, uri: "/api/quote" };
      return [
        { labels: { ...pod, status: "200" }, samples: points(({ failed, requests }) => requests - failed) },
        { labels: { ...pod, status: "500" }, samples: points(({ failed }) => failed) },
      ];
    });
  }
}

/** What the live slot was in the hour before: 200 requests a second, none of which failed. */
export function answerBefore(query: string, { app, release }: DrivenConfig): readonly MetricValue[] {
  const ofLive = [envoyCluster(app, release.live), `slot="${release.live}"`];
  if (!ofLive.some((name) => query.includes(name))) throw new Error(`not about the live slot: ${query}`);
  if (query.includes("_rq_xx") || query.includes('status=~"5..')) return [];
  if (!query.includes("by (le)")) return [{ labels: {}, value: 720_000 }];
  return WITHIN.map(([le, share]) => ({ labels: { le }, value: 720_000 * share }));
}
