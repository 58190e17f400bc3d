import { formatLatency } from "../config/duration.ts";
import { bucketSetting } from "../config/latency-buckets.ts";
import { metricSource, presetOf } from "../config/metric-presets.ts";
import { bucketEnd, counterPreset, type CounterPreset } from "../config/metric-source.ts";
import { bucketsWithin, failuresWithin, requestsWithin } from "../config/promql.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { UserError } from "./errors.ts";
import { chooseEdges, gateParameters, type Baseline, type Bucket, type LatencyBaseline } from "./gate/baseline.ts";
import { NO_REQUESTS } from "./gate/counts.ts";
import { estimateDispersion, findIncident } from "./gate/hour.ts";
import type { MetricsSource } from "./ports.ts";

const WINDOW = "1h";
const WINDOW_MS = 3_600_000;

/**
 * Reads what stable was in the last hour, or as long as it is there. What it was in an incident is left out, so that a bad
 * hour does not make the gate blind.
 *
 * @throws UserError when the time of answers cannot be judged as it is set; it says by which setting it can
 */
export async function readBaseline(config: DrivenConfig, metrics: MetricsSource, now: number): Promise<Baseline> {
  const source = metricSource(config);
  const { live } = config.release;
  const sum = async (query: string) => (await metrics.ask(query)).reduce((all, { value }) => all + finite(value), 0);
  const [requests, failed, latency] = await Promise.all([
    sum(requestsWithin(source, live, WINDOW)),
    sum(failuresWithin(source, live, WINDOW)),
    readLatency(config, metrics),
  ]);
  const { dispersion, incident } = await readHour(config, metrics, now, latency);
  return {
    before: {
      requests: Math.max(0, requests - incident.counts.requests),
      failed: Math.max(0, failed - incident.counts.failed),
    },
    ...(incident.ms > 0 ? { incidentMs: incident.ms } : {}),
    ...(dispersion.failed > 1 ? { dispersion: dispersion.failed } : {}),
    ...(latency === undefined
      ? {}
      : { latency: dispersion.slower.some((by) => by > 1) ? { ...latency, dispersion: dispersion.slower } : latency }),
  };
}

/** How much more stable's failures and slow answers scatter than independent ones, and when it was in an incident. */
async function readHour(config: DrivenConfig, metrics: MetricsSource, now: number, latency?: LatencyBaseline) {
  const { gate, release } = config;
  const source = metricSource(config);
  const preset = counterPreset(source, latency?.ends);
  const read = ({ selector }: CounterPreset) => metrics.readCounters(selector, now - WINDOW_MS);
  // Many buckets may be too much to read; where nothing can be read, the hour tells nothing: all counts as independent.
  const series = await read(preset)
    .catch(() => read(counterPreset(source)))
    .catch(() => []);
  const { incidents: declared, limit } = gate;
  const judged = gateParameters(gate, { before: NO_REQUESTS, ...(latency === undefined ? {} : { latency }) });
  const dispersion = estimateDispersion(series, preset, release.live, judged, declared);
  const incident = findIncident(series, preset, release.live, { dispersion: dispersion.failed, limit, declared });
  return { dispersion, incident };
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
