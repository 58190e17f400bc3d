import type { Sample, TimedCounts } from "../events.ts";
import { addTimed, slowerThan } from "./counts.ts";
import { divide } from "./dispersion.ts";
import { lnEvidence, lnMean, multiply, startWithOnset, type EProcess } from "./e-process.ts";
import { followIncident, openIncident, type IncidentState } from "./incident.ts";
import { alternativesAbove, oneSampleIncrements, RELATIVE_ALTERNATIVES, relativeIncrements } from "./likelihood.ts";
import { thresholdsOf, type GateParameters, type LatencyParameters } from "./parameters.ts";

/** What is known of "slower than this edge". */
export interface EdgeState {
  /** Against "the odds of it are at most `tolerateSlow` times stable's". */
  readonly relative: EProcess;
  /** Against "the share of it is at most `ignoreBelow`". */
  readonly floor: EProcess;
  /** Whether `floor` was ever convincing: only then may the edge speak against the candidate. */
  readonly isShown: boolean;
}

/** What the gate knows of the times that answers took. */
export interface LatencyState {
  /** One for each compared edge. */
  readonly edges: readonly EdgeState[];
  /** Against "no more answers than may take longer than the limit". */
  readonly limit: EProcess;
  /** Whether more of stable's answers than may take longer than the limit now. */
  readonly incident: IncidentState;
  /** The highest ln evidence so far that the candidate is slower. */
  readonly highest: number;
  readonly canary: TimedCounts;
  readonly stable: TimedCounts;
  /** When the first of the samples was taken since which the candidate's answers were counted, but not timed. */
  readonly blindSince?: number;
}

export function openLatency(latency: LatencyParameters, ignoreBelow: number): LatencyState {
  const none: TimedCounts = { requests: 0, slower: [...latency.compared, latency.limit].map(() => 0) };
  return {
    edges: latency.compared.map(() => ({
      relative: startWithOnset(RELATIVE_ALTERNATIVES),
      floor: startWithOnset(alternativesAbove(ignoreBelow).length),
      isShown: false,
    })),
    limit: startWithOnset(alternativesAbove(latency.limitShare).length),
    incident: openIncident(latency.limitShare),
    highest: 0,
    canary: none,
    stable: none,
  };
}

/** Takes in how long the answers took since the last scrape. */
export function observeLatency(
  parameters: GateParameters & { readonly latency: LatencyParameters },
  state: LatencyState,
  { at, canary: { requests }, latency: times }: Sample,
  elapsedMs: number,
): LatencyState {
  const { ignoreBelow, latency } = parameters;
  const { dispersion } = latency;
  const { blindSince, ...rest } = state;
  if (times === undefined) {
    const since = requests > 0 ? (blindSince ?? at) : blindSince;
    return since === undefined ? state : { ...rest, blindSince: since };
  }
  const shownAt = (thresholdsOf(parameters).slower ?? Infinity) + Math.log(state.edges.length + 1);
  const edges = state.edges.map((edge, i): EdgeState => {
    const worth = (arm: TimedCounts) => divide(slowerThan(arm, i), dispersion?.[i]);
    const [canary, stable] = [worth(times.canary), worth(times.stable)];
    const relative = multiply(edge.relative, relativeIncrements({ canary, stable }, latency.tolerateSlow), elapsedMs);
    const floor = multiply(
      edge.floor,
      oneSampleIncrements(canary, ignoreBelow, alternativesAbove(ignoreBelow)),
      elapsedMs,
    );
    return { relative, floor, isShown: edge.isShown || lnEvidence(floor) >= shownAt };
  });
  const [last, scatter] = [edges.length, dispersion?.[edges.length]];
  const over = { canary: slowerThan(times.canary, last), stable: slowerThan(times.stable, last) };
  const incident = followIncident(state.incident, over, latency.limitShare, scatter);
  const alternatives = alternativesAbove(latency.limitShare);
  const increments = oneSampleIncrements(divide(over.canary, scatter), latency.limitShare, alternatives);
  return {
    edges,
    // What is slow while stable is slow is not held against the candidate.
    limit: incident.lasts ? state.limit : multiply(state.limit, increments, elapsedMs),
    incident,
    highest: Math.max(state.highest, lnSlower(edges)),
    canary: addTimed(state.canary, times.canary),
    stable: addTimed(state.stable, times.stable),
  };
}

/**
 * ln of the evidence that the candidate is slower than stable: the mean over the edges. One that could still be ignored
 * counts with at most 1. With k edges, and `floor` shown at (k + 1)/α, a healthy candidate brings it to 1/α with
 * probability at most α: where the odds are healthy, by the mean of at most k e-values; where the share is, by `floor`.
 */
export function lnSlower(edges: readonly EdgeState[]): number {
  return edges.length === 0 ? 0 : lnMean(edges.map(lnAgainst));
}

/** Which edge speaks loudest; its index. */
export function loudestEdge(edges: readonly EdgeState[]): number {
  const evidence = edges.map(lnAgainst);
  return Math.max(0, evidence.indexOf(Math.max(...evidence)));
}

function lnAgainst({ isShown, relative }: EdgeState): number {
  const ln = lnEvidence(relative);
  return isShown ? ln : Math.min(0, ln);
}
