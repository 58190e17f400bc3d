import type { Counts, Thresholds } from "../events.ts";

/** What the gate promises and what it tolerates; the meaning of each is in `config/gate.ts`. */
export interface GateParameters {
  readonly falseAlarm: number;
  readonly limit: number;
  readonly tolerate: number;
  readonly ignoreBelow: number;
  /** How much more stable's failures scatter than independent ones would: see `dispersion.ts`. 1 unless given. */
  readonly dispersion?: number;
  /** Whether evidence begins anew while time passes, for faults that set in late. Yes unless given. */
  readonly onset?: boolean;
  /** Absent where the time of answers is not judged. */
  readonly latency?: LatencyParameters;
  /** What stable answered in the hour before the release: the measure while it has no traffic. */
  readonly before?: Counts;
}

export interface LatencyParameters {
  /** Ends of buckets, ms: answers slower than each are compared with stable's. Fixed before the release. */
  readonly compared: readonly number[];
  /** End of a bucket, ms. */
  readonly limit: number;
  /** The share of answers that may take longer than `limit`. */
  readonly limitShare: number;
  readonly tolerateSlow: number;
  /** How much more stable's answers slower than each of `compared`, and last than `limit`, scatter. 1 unless given. */
  readonly dispersion?: readonly number[];
}

/** Odds at which one holds (1 : 10), corroborates a limit or believes a pass (1 : 20). */
const HOLD = Math.log(10);
const CONVINCING = Math.log(20);

/** False alarms of the share test, beside those of `falseAlarm`: half for each side. */
const SHARE_ALARM = 0.001;

/**
 * The evidence at which each rule acts: `falseAlarm` is split over the tests. Two share it evenly where only failing
 * requests are judged.
 */
export function thresholdsOf({ falseAlarm, latency }: { falseAlarm: number; latency?: unknown }): Thresholds {
  const isTimed = latency !== undefined && latency !== "off";
  const act = (part: number) => Math.log(1 / (part * falseAlarm));
  return {
    relative: act(isTimed ? 0.4 : 0.5),
    limit: act(isTimed ? 0.15 : 0.5),
    hold: HOLD,
    corroborate: CONVINCING,
    pass: CONVINCING,
    ...(isTimed ? { slower: act(0.3), tooSlow: act(0.15) } : {}),
    share: Math.log(2 / SHARE_ALARM),
  };
}
