import type { Counts, Evidence, Sample, Thresholds } from "../events.ts";
import { withoutScatter } from "./dispersion.ts";
import { lnEvidence, multiply, startPlain, startWithOnset, type EProcess } from "./e-process.ts";
import {
  alternativesAbove,
  alternativesBelow,
  oneSampleIncrements,
  RELATIVE_ALTERNATIVES,
  relativeIncrements,
} from "./likelihood.ts";

/** What the gate promises and what it tolerates; the meaning of each is in `config/schema.ts`. */
export interface GateParameters {
  readonly falseAlarm: number;
  readonly limit: number;
  readonly tolerate: number;
  readonly ignoreBelow: number;
  /** How much more stable's failures scatter than independent ones would: see `dispersion.ts`. 1 unless given. */
  readonly dispersion?: number;
  /** Whether evidence begins anew while time passes, for faults that set in late. Yes unless given. */
  readonly onset?: boolean;
}

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
  /** Everything that was counted. */
  readonly canary: Counts;
  readonly stable: Counts;
}

const NONE: Counts = { requests: 0, failed: 0 };

/** Odds at which one holds (1 : 10), corroborates a limit or believes a pass (1 : 20). */
const HOLD = Math.log(10);
const CONVINCING = Math.log(20);

/** The error family alone: half of the false alarms for each of its two tests. */
export function thresholdsOf({ falseAlarm }: GateParameters): Thresholds {
  const act = Math.log(2 / falseAlarm);
  return { relative: act, limit: act, hold: HOLD, corroborate: CONVINCING, pass: CONVINCING };
}

export function openGate(parameters: GateParameters, openedAt: number): GateState {
  const start = parameters.onset === false ? startPlain : startWithOnset;
  return {
    openedAt,
    relative: start(RELATIVE_ALTERNATIVES),
    floor: start(alternativesAbove(parameters.ignoreBelow).length),
    limit: start(alternativesAbove(parameters.limit).length),
    pass: startPlain(alternativesBelow(parameters.limit).length),
    highest: { relative: 0, floor: 0 },
    canary: NONE,
    stable: NONE,
  };
}

/** Takes in what both versions answered since the last scrape. A change of weight resets nothing. */
export function observe(parameters: GateParameters, state: GateState, counted: Sample): GateState {
  const { dispersion = 1, ignoreBelow, limit, tolerate } = parameters;
  const sample = withoutScatter(counted, dispersion);
  const elapsedMs = sample.at - state.openedAt;
  const oneSample = (process: EProcess, threshold: number, alternatives: readonly number[]) =>
    multiply(process, oneSampleIncrements(sample.canary, threshold, alternatives), elapsedMs);
  const relative = multiply(state.relative, relativeIncrements(sample, tolerate), elapsedMs);
  const floor = oneSample(state.floor, ignoreBelow, alternativesAbove(ignoreBelow));
  return {
    openedAt: state.openedAt,
    relative,
    floor,
    limit: oneSample(state.limit, limit, alternativesAbove(limit)),
    pass: oneSample(state.pass, limit, alternativesBelow(limit)),
    highest: {
      relative: Math.max(state.highest.relative, lnEvidence(relative)),
      floor: Math.max(state.highest.floor, lnEvidence(floor)),
    },
    canary: add(state.canary, counted.canary),
    stable: add(state.stable, counted.stable),
  };
}

/** The evidence as it stands, each as a natural logarithm. */
export function evidenceOf(state: GateState): Evidence {
  return {
    relative: lnEvidence(state.relative),
    floor: lnEvidence(state.floor),
    limit: lnEvidence(state.limit),
    pass: lnEvidence(state.pass),
  };
}

export function add(a: Counts, b: Counts): Counts {
  return { requests: a.requests + b.requests, failed: a.failed + b.failed };
}
