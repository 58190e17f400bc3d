import type { GateSettings } from "../config/gate.ts";
import type { MetricSource } from "../config/metric-source.ts";
import { counterPreset } from "../config/metric-source.ts";
import type { Slot } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { decide, type Rule, type Silence, type Standing, type Verdict } from "./decide.ts";
import type { Sample } from "./events.ts";
import { gateParameters, type Baseline } from "./gate/baseline.ts";
import {
  freshTargets,
  isOnlyCandidateSilent,
  takeCounters,
  type CounterState,
  type RawSeries,
} from "./gate/counters.ts";
import { observe, openGate, thresholdsOf, type GateState } from "./gate/gate.ts";
import type { Reading } from "./gate/scrapes.ts";
import type { Step } from "./plan.ts";
import { strictest } from "./strictest.ts";
import { splitsByChance, type SharedRequests } from "./weight-check.ts";

/** Where a step stands, for the decision. */
export interface StepStanding {
  readonly step: Step;
  readonly kind: Standing["kind"];
  /** When its weight was observed; `undefined` while it is not yet in force. */
  readonly since: number | undefined;
}

/**
 * Everything that the gate at work knows of a release: plain data of bounded size. Written down after a look and taken up
 * again, by whichever process, it goes on as if nothing had been between.
 */
export interface WatchState {
  readonly gate: GateState;
  readonly counters: CounterState;
  /** Absent until the gate was opened. */
  readonly baseline?: Baseline;
  /** When the last sample arrived, or the watch began. */
  readonly arrivedAt: number;
  readonly pausedSince?: number;
  /** The rule that was told last. */
  readonly lastRule?: Rule;
  /** Why the metrics could not be read at the last look. */
  readonly problem?: string;
  /** What was counted wholly after the last weight was written. */
  readonly sinceWritten?: SharedRequests & { readonly at: number };
}

/** By what it is judged. */
export interface Judging {
  readonly gate: GateSettings;
  readonly metrics: Pick<DrivenConfig["metrics"], "scrapeInterval">;
}

/** What does not change during a release. */
export interface Watched {
  readonly config: DrivenConfig;
  readonly source: MetricSource;
  readonly candidate: Slot;
}

export function startWatch({ config }: Watched, now: number): WatchState {
  return { gate: openGate(gateParameters(config.gate), now), counters: {}, arrivedAt: now };
}

/** Begins to judge: from where the counters stand now, and by what stable was before. */
export function openWatch({ config }: Watched, state: WatchState, baseline: Baseline, now: number): WatchState {
  const gate = openGate(gateParameters(config.gate, baseline), now);
  return { gate, counters: state.counters, baseline, arrivedAt: now };
}

/** What to read of the metrics, and how to understand it. */
export function readingOf({ config, source }: Watched, { baseline, gate }: WatchState): Reading {
  const { latency } = config.gate;
  const bornAfter = baseline === undefined ? Infinity : gate.openedAt;
  if (baseline?.latency === undefined || latency === "off")
    return { preset: counterPreset(source), edges: [], coldRequests: 0, bornAfter };
  const { compared, ends } = baseline.latency;
  const edges = [...compared, latency.limit];
  return { preset: counterPreset(source, ends), edges, coldRequests: config.checks.warmup.requests, bornAfter };
}

/** Takes in what was scraped, and gives the samples that came of it. */
export function takeSeries(
  watched: Watched,
  state: WatchState,
  series: readonly RawSeries[],
  reading: Reading,
  now: number,
): { readonly state: WatchState; readonly samples: readonly Sample[] } {
  const { samples, state: counters } = takeCounters(state.counters, series, reading, watched.candidate);
  const known: { -readonly [K in keyof WatchState]: WatchState[K] } = {
    ...state,
    counters,
    arrivedAt: samples.length > 0 ? now : state.arrivedAt,
  };
  delete known.problem;
  return { samples, state: known };
}

/** Feeds the evidence with one sample; gives that sample with the weight at which it was taken, where that is known. */
export function takeSample(
  { config, source }: Watched,
  state: WatchState,
  plain: Sample,
  { since, step }: StepStanding,
): { readonly state: WatchState; readonly sample: Sample } {
  const from = plain.at - plain.spanMs;
  const isInForce = since !== undefined && from >= since && splitsByChance(config, source);
  const sample: Sample = isInForce ? { ...plain, weight: step.weight } : plain;
  const gate = observe(gateParameters(config.gate, state.baseline), state.gate, sample);
  const { sinceWritten } = state;
  if (sinceWritten === undefined || from < sinceWritten.at) return { sample, state: { ...state, gate } };
  const canary = sinceWritten.canary + sample.canary.requests;
  const requests = sinceWritten.requests + sample.canary.requests + sample.stable.requests;
  return { sample, state: { ...state, gate, sinceWritten: { ...sinceWritten, canary, requests } } };
}

/**
 * Decides by what is known now.
 *
 * @param silence whose metrics are missing, where any are
 * @param objections what may make the verdict stricter
 */
export function judge(
  { gate, metrics }: Judging,
  state: WatchState,
  standing: StepStanding,
  now: number,
  silence: Silence,
  objections: readonly Verdict[],
): { readonly state: WatchState; readonly verdict: Verdict } {
  const parameters = gateParameters(gate, state.baseline);
  const where = describe({ gate, metrics }, state, standing, now, silence);
  const verdict = strictest(decide(state.gate, parameters, thresholdsOf(gate), where), objections, where);
  const { pausedSince: before = now, ...rest } = state;
  return { verdict, state: verdict.decision === "pause" ? { ...rest, pausedSince: before } : rest };
}

/** A decision is told when it changes; that nothing is decided yet only after something was. */
export function tellOnce(state: WatchState, { decision, rule }: Verdict): { state: WatchState; isNews: boolean } {
  const { lastRule, ...rest } = state;
  if (rule === lastRule) return { state, isNews: false };
  const isNews = decision !== "wait" || lastRule !== undefined;
  return { isNews, state: decision === "advance" ? rest : { ...rest, lastRule: rule } };
}

function describe(
  { gate, metrics }: Judging,
  state: WatchState,
  { kind, since, step }: StepStanding,
  now: number,
  silence: Silence,
): Standing {
  const blindSince = state.gate.latency?.blindSince;
  // What is not in force is neither proved nor overdue.
  const times =
    since === undefined
      ? { dwellMs: 0, minStepTimeMs: Infinity, maxStepTimeMs: Infinity }
      : { dwellMs: now - since, minStepTimeMs: step.minStepTimeMs, maxStepTimeMs: step.maxStepTimeMs };
  return {
    weight: step.weight,
    kind,
    ...times,
    onInconclusive: step.onInconclusive,
    silentMs: now - state.arrivedAt,
    silence,
    ...(blindSince === undefined ? {} : { untimedMs: now - blindSince }),
    scrapeIntervalMs: metrics.scrapeInterval,
    pausedMs: state.pausedSince === undefined ? undefined : now - state.pausedSince,
    // Time that runs out is no reason to take a version back that has been promoted.
    pauseDeadlineMs: kind === "guard" ? Infinity : gate.pauseDeadline,
    silentDeadlineMs: kind === "guard" ? Infinity : gate.silentDeadline,
  };
}

/** Whose metrics are missing, if any are. */
export function silenceOf(
  { candidate, config, source }: Watched,
  { counters, problem }: WatchState,
  now: number,
): Silence {
  if (problem !== undefined) return { unreadable: problem };
  const fresh = freshTargets(counters, config.metrics.scrapeInterval, now);
  return isOnlyCandidateSilent(fresh, source.counted, candidate) ? "candidate" : "all";
}
