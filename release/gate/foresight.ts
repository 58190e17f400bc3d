import { thresholdsOf, type GateParameters } from "./parameters.ts";
import { alternativesBelow, oneSampleIncrements } from "./likelihood.ts";

/** What the evidence exceeds its threshold by on average, as ln: it grows in jumps. */
const OVERSHOOT = 1.5;

/** Evidence at which a candidate is believed to be below the limit. */
const CONVINCING = 20;

/** A fault that a candidate may bring, and the ground against which it has to be seen. */
export interface Foreseen {
  /** The failing share of a candidate that has the fault. */
  readonly fault: number;
  /** The failing share of stable; above 0. */
  readonly stable: number;
  /** The candidate's share of the traffic, 0 to 1. Without it: so small that stable's failing share is well known. */
  readonly share?: number;
}

/** What must be known of a gate to foretell it. */
export type GateOutline = Pick<GateParameters, "falseAlarm" | "limit" | "tolerate" | "ignoreBelow"> & {
  readonly latency?: unknown;
};

/**
 * How long the gate will need until it takes a faulty candidate off, and how many requests will have failed by then: the
 * threshold over the growth of the evidence for each request, and half a scrape until it is looked at. Infinite when the
 * fault is tolerated.
 *
 * @param rps requests per second that the candidate gets
 */
export function expectDetection(
  parameters: Omit<GateOutline, "ignoreBelow">,
  foreseen: Foreseen,
  rps: number,
  scrapeIntervalMs: number,
): { readonly ms: number; readonly failed: number } {
  const requests = (thresholdsOf(parameters).relative + OVERSHOOT) / growthOf(parameters, foreseen);
  return { ms: (requests / rps) * 1_000 + scrapeIntervalMs / 2, failed: requests * foreseen.fault };
}

/**
 * What each request of the candidate adds to the ln evidence, on average: for the alternative that the fault is. Where
 * stable has no traffic, the limit judges alone. With a small share it is p ln(p/τ) − (p − τ), τ being what is tolerated.
 */
function growthOf(
  { limit, tolerate }: Omit<GateOutline, "ignoreBelow">,
  { fault, share = 0, stable }: Foreseen,
): number {
  if (share >= 1) return fault > limit ? divergence(fault, limit) : 0;
  const tolerated = tolerate * stable;
  if (fault <= tolerated) return 0;
  if (share === 0) return fault * Math.log(fault / tolerated) - (fault - tolerated);
  const odds = fault / stable;
  const failed = fault + (stable * (1 - share)) / share;
  const common = Math.log((tolerate * share + 1 - share) / (odds * share + 1 - share));
  return fault * Math.log(odds / tolerate) + failed * common;
}

/** What a request adds on average to the ln evidence for the failing share p against q (Kullback and Leibler). */
function divergence(p: number, q: number): number {
  return p * Math.log(p / q) + (p === 1 ? 0 : (1 - p) * Math.log((1 - p) / (1 - q)));
}

/** How many of a candidate's requests it takes to prove that it is below the limit; `undefined` when they never will. */
export function requestsToPass({ limit }: Pick<GateParameters, "limit">, failing: number): number | undefined {
  const alternatives = alternativesBelow(limit);
  const each = oneSampleIncrements({ requests: 1, failed: failing }, limit, alternatives);
  if (Math.max(...each) <= 0) return undefined;
  const evidence = (requests: number) =>
    each.reduce((sum, growth) => sum + Math.exp(growth * requests), 0) / alternatives.length;
  let [low, high] = [0, 1];
  while (evidence(high) < CONVINCING) [low, high] = [high, high * 2];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (evidence(middle) < CONVINCING) low = middle;
    else high = middle;
  }
  return high;
}
