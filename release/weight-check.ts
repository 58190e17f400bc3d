import type { Audience } from "../config/audience.ts";
import type { MetricSource } from "../config/metric-source.ts";
import type { Router } from "../config/router.ts";
import { drawsEachRequest } from "../config/split.ts";

/** What was counted since a weight was written. */
export interface SharedRequests {
  readonly canary: number;
  readonly requests: number;
}

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
 * Whether the measured share of the requests must be the weight, but for chance. It need not where users are kept on one
 * side (some send more than others, and those without a bucket are stable's) or connections are, nor where the requests of testers and
 * segments are counted among the others.
 */
export function splitsByChance(
  { audience, router }: { readonly audience: Audience; readonly router: Router },
  { forced }: MetricSource,
): boolean {
  return drawsEachRequest(router, audience) && forced === "apart";
}

/**
 * Tells whether a weight is in force, from what was counted after it was written: the measured share must fit it
 * (within four standard deviations) and fit the weight before it far worse. Where the share says little, it is enough
 * that the candidate has requests, at 100 % rather all of them: the router's object has been read back.
 */
export function judgeShare(
  { canary, requests }: SharedRequests,
  weight: number,
  previousWeight: number,
  byChance = true,
): ShareReading {
  if (requests === 0) return { observed: false, share: 0, requests };
  if (!byChance && weight < 100) return { observed: canary > 0, share: canary / requests, requests };
  const [now, before] = [asShare(weight), asShare(previousWeight)];
  const deviation = Math.sqrt(requests * now * (1 - now));
  const fits = !byChance || Math.abs(canary - requests * now) <= TOLERATED_DEVIATIONS * deviation + 1;
  const likelier =
    canary * Math.log(now / before) + (requests - canary) * Math.log((1 - now) / (1 - before)) >= CONVINCING;
  return { observed: fits && likelier, share: canary / requests, requests };
}

function asShare(weight: number): number {
  return Math.min(1 - SMALLEST_SHARE, Math.max(SMALLEST_SHARE, weight / 100));
}
