import { formatLatency } from "../config/duration.ts";
import { bucketSetting } from "../config/latency-buckets.ts";
import { metricSource, presetOf } from "../config/metric-presets.ts";
import { bucketEnd, counterPreset } from "../config/metric-source.ts";
import { bucketsWithin, failuresWithin, requestsWithin } from "../config/promql.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { UserError } from "./errors.ts";
import { chooseEdges, type Baseline, type Bucket, type LatencyBaseline } from "./gate/baseline.ts";
import { estimateDispersion } from "./gate/dispersion.ts";
import type { MetricsSource } from "./ports.ts";

const WINDOW = "1h";
const WINDOW_MS = 3_600_000;

/**
 * Reads what stable was in the last hour, or as long as it is there: a few sums, whatever the traffic.
 *
 * @throws UserError when the time of answers cannot be judged as it is set; it says by which setting it can
 */
export async function readBaseline(config: DrivenConfig, metrics: MetricsSource, now: number): Promise<Baseline> {
  const source = metricSource(config);
  const { live } = config.release;
  const sum = async (query: string) => (await metrics.ask(query)).reduce((all, { value }) => all + finite(value), 0);
  const [requests, failed, latency, dispersion] = await Promise.all([
    sum(requestsWithin(source, live, WINDOW)),
    sum(failuresWithin(source, live, WINDOW)),
    readLatency(config, metrics),
    readDispersion(config, metrics, now),
  ]);
  return {
    before: { requests, failed },
    ...(dispersion > 1 ? { dispersion } : {}),
    ...(latency === undefined ? {} : { latency }),
  };
}

/** How much more stable's failures scatter than independent ones. Where the hour cannot be read: not at all. */
async function readDispersion(config: DrivenConfig, metrics: MetricsSource, now: number): Promise<number> {
  const preset = counterPreset(metricSource(config));
  const series = await metrics.readCounters(preset.selector, now - WINDOW_MS).catch(() => []);
  return estimateDispersion(series, preset, config.release.live, config.gate.incidents);
}

/**
 * Which edges stable's answers of the last hour are compared at; `undefined` where their time is not judged.
 *
 * @throws UserError when it cannot be judged as it is set; it says by which setting it can
 */
export async function readLatency(config: DrivenConfig, metrics: MetricsSource): Promise<LatencyBaseline | undefined> {
  const { latency } = config.gate;
  if (latency === "off") return undefined;
  const source = metricSource(config);
  const { buckets: name, unit } = source.latency;
  const values = await metrics.ask(bucketsWithin(source, config.release.live, WINDOW));
  const buckets = values.flatMap(({ labels, value }): Bucket[] => {
    const upTo = bucketEnd(labels.le, unit);
    return Number.isNaN(upTo) ? [] : [{ le: labels.le ?? "", upTo, count: finite(value) }];
  });
  const edges = chooseEdges(buckets, latency);
  if (edges !== undefined) return edges;
  const wanted = formatLatency(latency.limit);
  const remedy = `${bucketSetting(presetOf(config), latency.limit)}, or set gate.latency to off`;
  if (buckets.length === 0) {
    throw new UserError(
      `gate.latency.limit (${wanted}): ${name} of the live slot is not there, or has had no request yet; ${remedy}`,
    );
  }
  throw new UserError(
    `gate.latency.limit (${wanted}): no bucket of ${name} ends there; set it to one of ${listEnds(buckets, latency.limit)}, or ${remedy}`,
  );
}

/** The few nearest ones. */
function listEnds(buckets: readonly Bucket[], limit: number): string {
  const distance = (ms: number) => Math.abs(Math.log(ms / limit));
  const ends = [...new Set(buckets.map(({ upTo }) => upTo))].filter((ms) => Number.isFinite(ms) && ms > 0);
  const nearest = ends.sort((a, b) => distance(a) - distance(b)).slice(0, 4);
  return nearest
    .sort((a, b) => a - b)
    .map((ms) => `${ms}ms`)
    .join(", ");
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
