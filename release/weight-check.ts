import type { Sample } from "./events.ts";

export interface ShareReading {
  readonly observed: boolean;
  /** The candidate's share of the requests, 0 to 1. */
  readonly share: number;
  readonly requests: number;
}

/** How much likelier the new weight must be than the one before: ln 20. */
const CONVINCING = Math.log(20);
const TOLERATED_DEVIATIONS = 4;
/** Stands for weights of 0 and 100 %, where a single stray request would otherwise prove everything. */
const SMALLEST_SHARE = 0.001;

/**
 * Tells whether a weight is in force, from what was counted after it was written: the measured share must fit it
 * (within four standard deviations) and fit the weight before it far worse.
 *
 * @param eachDrawn whether each request is sent to a side by itself; where users or connections are, only the weight
 *   before is held against the share, since no deviation from the new one would be surprising
 */
export function judgeShare(
  samples: readonly Sample[],
  weight: number,
  previousWeight: number,
  eachDrawn = true,
): ShareReading {
  const canary = samples.reduce((sum, sample) => sum + sample.canary.requests, 0);
  const requests = samples.reduce((sum, sample) => sum + sample.canary.requests + sample.stable.requests, 0);
  if (requests === 0) return { observed: false, share: 0, requests };
  const [now, before] = [asShare(weight), asShare(previousWeight)];
  const deviation = Math.sqrt(requests * now * (1 - now));
  const fits = !eachDrawn || Math.abs(canary - requests * now) <= TOLERATED_DEVIATIONS * deviation + 1;
  const likelier =
    canary * Math.log(now / before) + (requests - canary) * Math.log((1 - now) / (1 - before)) >= CONVINCING;
  return { observed: fits && likelier, share: canary / requests, requests };
}

function asShare(weight: number): number {
  return Math.min(1 - SMALLEST_SHARE, Math.max(SMALLEST_SHARE, weight / 100));
}
