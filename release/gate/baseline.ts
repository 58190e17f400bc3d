import type { GateSettings, LatencyGate } from "../../config/gate.ts";
import type { Counts } from "../events.ts";
import type { GateParameters } from "./parameters.ts";

/** What stable was in the hour before the release. Fixed before the candidate gets traffic, and kept. */
export interface Baseline {
  /** What it answered, but for incidents. */
  readonly before: Counts;
  /** How long it was in an incident, which is left out; absent where it was in none. */
  readonly incidentMs?: number;
  /** How much more its failures scattered than independent ones, above 1. */
  readonly dispersion?: number;
  /** Absent where the time of answers is not judged. */
  readonly latency?: LatencyBaseline;
}

export interface LatencyBaseline {
  /**
   * Ends of buckets, ms: those just above stable's p50, p90 and p99, but none below what is compared at all; where it
   * had no requests, that of the limit.
   */
  readonly compared: readonly number[];
  /** The `le` labels of these and of the limit, as the source writes them. */
  readonly ends: readonly string[];
  /** How many answers of stable were timed, and how many of them took longer than the limit. */
  readonly timed: Counts;
  /** How much more its answers slower than each of `compared`, and last than the limit, scattered; absent where all are 1. */
  readonly dispersion?: readonly number[];
}

/** One bucket of stable's histogram over the hour; each holds what the ones before it hold. */
export interface Bucket {
  /** Its label, as the source writes it. */
  readonly le: string;
  /** ms; `Infinity` holds all. */
  readonly upTo: number;
  readonly count: number;
}

const QUANTILES = [0.5, 0.9, 0.99] as const;

/**
 * The edges to compare at; `undefined` where the histogram has no bucket that ends at the limit. Because of that bucket
 * there always is an edge from `compareFrom` on, and whatever makes answers slower than the limit shows at each of them.
 */
export function chooseEdges(
  buckets: readonly Bucket[],
  { compareFrom, limit }: Pick<LatencyGate, "compareFrom" | "limit">,
): LatencyBaseline | undefined {
  // Several targets may write the same end differently: 100 and 100.0.
  const counts = new Map<number, number>();
  for (const { count, upTo } of buckets) counts.set(upTo, (counts.get(upTo) ?? 0) + count);
  const sorted = [...counts].sort(([a], [b]) => a - b);
  const within = counts.get(limit);
  if (within === undefined) return undefined;
  const all = sorted.at(-1)?.[1] ?? 0;
  const slowEnough = all > 0 ? sorted.filter(([upTo]) => upTo >= compareFrom) : [];
  const above = QUANTILES.map((share) => slowEnough.find(([, count]) => count >= share * all)?.[0] ?? limit);
  const compared = [...new Set(above.filter((upTo) => upTo !== Infinity))];
  const edges = compared.length > 0 ? compared : [limit];
  return {
    compared: edges,
    ends: buckets.filter(({ upTo }) => upTo === limit || edges.includes(upTo)).map(({ le }) => le),
    timed: { requests: all, failed: Math.max(0, all - within) },
  };
}

/** What the gate judges by: the settings, and what stable was. */
export function gateParameters(gate: GateSettings, baseline?: Baseline): GateParameters {
  const { falseAlarm, ignoreBelow, latency, limit, tolerate } = gate;
  const errors = { falseAlarm, limit, tolerate, ignoreBelow };
  if (baseline === undefined) return errors;
  const { before, dispersion, latency: measured } = baseline;
  const measuredErrors = { ...errors, before, ...(dispersion === undefined ? {} : { dispersion }) };
  if (latency === "off" || measured === undefined) return measuredErrors;
  return {
    ...measuredErrors,
    latency: {
      compared: measured.compared,
      limit: latency.limit,
      limitShare: (100 - latency.percentile) / 100,
      tolerateSlow: latency.tolerateSlow,
      ...(measured.dispersion === undefined ? {} : { dispersion: measured.dispersion }),
    },
  };
}
