import type { Counts, Evidence, Sample } from "../events.ts";
import { shareBefore } from "./before.ts";
import { add, NO_REQUESTS } from "./counts.ts";
import { withoutScatter } from "./dispersion.ts";
import { lnEvidence, multiply, startPlain, startWithOnset, type EProcess } from "./e-process.ts";
import { followIncident, isSpared, openIncident, type IncidentState } from "./incident.ts";
import { lnSlower, observeLatency, openLatency, type LatencyState } from "./latency.ts";
import {
  alternativesAbove,
  alternativesBelow,
  oneSampleIncrements,
  RELATIVE_ALTERNATIVES,
  relativeIncrements,
} from "./likelihood.ts";
import type { GateParameters } from "./parameters.ts";
import { lnShare, observeShare, openShare, type ShareState } from "./share.ts";

export { thresholdsOf, type GateParameters } from "./parameters.ts";

/** What the gate knows of a release: plain numbers, so that it can be written down and taken up again. */
export interface GateState {
  /** When the candidate first got traffic, ms since the epoch. */
  readonly openedAt: number;
  readonly relative: EProcess;
  readonly floor: EProcess;
  readonly limit: EProcess;
  readonly pass: EProcess;
  /** The highest ln evidence so far: these two tests act once they have ever reached their threshold. */
  readonly highest: { readonly relative: number; readonly floor: number };
  readonly share: ShareState;
  /** Absent where the time of answers is not judged. */
  readonly latency?: LatencyState;
  /** While stable has no traffic: against what it was before. Absent where that is not known. */
  readonly solo?: SoloState;
  /** Whether stable fails more than the limit now. */
  readonly incident: IncidentState;
  /** Everything that was counted. */
  readonly canary: Counts;
  readonly stable: Counts;
}

export interface SoloState {
  readonly thanBefore: EProcess;
  /** What the candidate answered alone. */
  readonly canary: Counts;
}

export function openGate(parameters: GateParameters, openedAt: number): GateState {
  const { ignoreBelow, latency, limit, onset = true } = parameters;
  const start = onset ? startWithOnset : startPlain;
  const above = (threshold: number) => start(alternativesAbove(threshold).length);
  const before = shareBefore(parameters);
  return {
    openedAt,
    relative: start(RELATIVE_ALTERNATIVES),
    floor: above(ignoreBelow),
    limit: above(limit),
    pass: startPlain(alternativesBelow(limit).length),
    highest: { relative: 0, floor: 0 },
    share: openShare(),
    ...(latency === undefined ? {} : { latency: openLatency(latency, ignoreBelow) }),
    ...(before === undefined ? {} : { solo: { thanBefore: above(before), canary: NO_REQUESTS } }),
    incident: openIncident(limit),
    canary: NO_REQUESTS,
    stable: NO_REQUESTS,
  };
}

/** Takes in what both versions answered since the last scrape. A change of weight resets nothing. */
export function observe(parameters: GateParameters, state: GateState, sample: Sample): GateState {
  const elapsedMs = sample.at - state.openedAt;
  const { dispersion, latency } = parameters;
  const worth = withoutScatter(sample, dispersion);
  const incident = followIncident(state.incident, sample, parameters.limit, dispersion);
  return {
    ...state,
    incident,
    ...observeComparison(parameters, state, worth, elapsedMs),
    ...observeAlone(parameters, state, worth, elapsedMs, incident),
    share: observeShare(state.share, sample, elapsedMs),
    ...(latency === undefined || state.latency === undefined
      ? {}
      : { latency: observeLatency({ ...parameters, latency }, state.latency, sample, elapsedMs) }),
    canary: add(state.canary, sample.canary),
    stable: add(state.stable, sample.stable),
  };
}

function observeComparison(
  { ignoreBelow, tolerate }: GateParameters,
  state: GateState,
  sample: Sample,
  elapsedMs: number,
) {
  const increments = oneSampleIncrements(sample.canary, ignoreBelow, alternativesAbove(ignoreBelow));
  const relative = multiply(state.relative, relativeIncrements(sample, tolerate), elapsedMs);
  const floor = multiply(state.floor, increments, elapsedMs);
  return {
    relative,
    floor,
    highest: {
      relative: Math.max(state.highest.relative, lnEvidence(relative)),
      floor: Math.max(state.highest.floor, lnEvidence(floor)),
    },
  };
}

/**
 * What is judged by the candidate's own answers stands still while stable is over the limit itself; but what is well then
 * may prove it.
 */
function observeAlone(
  parameters: GateParameters,
  state: GateState,
  sample: Sample,
  elapsedMs: number,
  incident: IncidentState,
) {
  const { limit } = parameters;
  const judge = (process: EProcess, alternatives: readonly number[]) =>
    multiply(process, oneSampleIncrements(sample.canary, limit, alternatives), elapsedMs);
  const proof =
    incident.lasts && !isSpared(state.incident) ? {} : { pass: judge(state.pass, alternativesBelow(limit)) };
  if (incident.lasts) return proof;
  return {
    ...proof,
    limit: judge(state.limit, alternativesAbove(limit)),
    ...(state.solo === undefined ? {} : { solo: observeSolo(parameters, state.solo, sample, elapsedMs) }),
  };
}

function observeSolo(parameters: GateParameters, solo: SoloState, { canary, stable }: Sample, elapsedMs: number) {
  const before = shareBefore(parameters);
  if (before === undefined || stable.requests > 0) return solo;
  const increments = oneSampleIncrements(canary, before, alternativesAbove(before));
  return { thanBefore: multiply(solo.thanBefore, increments, elapsedMs), canary: add(solo.canary, canary) };
}

/** The evidence as it stands, each as a natural logarithm. */
export function evidenceOf({ floor, latency, limit, pass, relative, share, solo }: GateState): Evidence {
  return {
    relative: lnEvidence(relative),
    floor: lnEvidence(floor),
    limit: lnEvidence(limit),
    pass: lnEvidence(pass),
    ...(latency === undefined ? {} : { slower: lnSlower(latency.edges), tooSlow: lnEvidence(latency.limit) }),
    ...lnShare(share),
    ...(solo === undefined ? {} : { thanBefore: lnEvidence(solo.thanBefore) }),
  };
}
