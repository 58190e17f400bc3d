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
  /** The failing share of stable. */
  readonly stable: number;
}

/**
 * How long the gate will need until it takes a faulty candidate off, and how many requests will have failed by then: the
 * threshold over the growth of the relative evidence for each request, and half a scrape until it is looked at.
 *
 * @param rps requests per second that the candidate gets
 */
export function expectDetection(
  parameters: Pick<GateParameters, "falseAlarm" | "tolerate"> & { readonly latency?: unknown },
  { fault, stable }: Foreseen,
  rps: number,
  scrapeIntervalMs: number,
): { readonly ms: number; readonly failed: number } {
  const tolerated = parameters.tolerate * stable;
  const growth = fault * Math.log(fault / tolerated) - (fault - tolerated);
  const requests = (thresholdsOf(parameters).relative + OVERSHOOT) / growth;
  return { ms: (requests / rps) * 1_000 + scrapeIntervalMs / 2, failed: requests * fault };
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
