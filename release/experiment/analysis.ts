import type { Experiment, MeasureName } from "../../config/experiment.ts";
import { measureConversion, measureValue, type Measure } from "./measure.ts";
import type { Conversions, Groups, Moments } from "./moments.ts";
import { recommend, type Recommendation } from "./recommend.ts";
import { checkSplit, type Split } from "./split.ts";

/** What was seen of an experiment's users. At least one measure is there. */
export interface Observations {
  /** All users of each group. */
  readonly users: Groups<number>;
  readonly conversion?: Groups<Conversions>;
  readonly value?: Groups<Moments>;
}

/** When the experiment runs, as far as that is declared; ms since the epoch. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

/** All that can be said of an experiment at a moment. */
export interface Analysis {
  /** ms since the epoch. */
  readonly at: number;
  readonly period?: Period;
  readonly users: Groups<number>;
  /** Absent where no split is declared. */
  readonly split?: Split;
  /** The one that decides is the first. */
  readonly measures: readonly [Measure, ...Measure[]];
  readonly recommendation: Recommendation;
  /** Until the users that the minimal effect needs are there, at the rate so far; absent where nobody can tell. */
  readonly remainingMs?: number;
}

/**
 * Compares the groups of an experiment and says what to do. The deciding measure alone decides, by the declared rule
 * alone: a false result has probability α in all, not α for each test that is shown.
 *
 * @throws RangeError when nothing was measured, or not the declared deciding measure
 */
export function analyzeExperiment(experiment: Experiment, seen: Observations, at: number): Analysis {
  const { analysis, assignment, percent } = experiment;
  const measured: Measure[] = [
    ...(seen.conversion === undefined ? [] : [measureConversion(seen.conversion, analysis)]),
    ...(seen.value === undefined ? [] : [measureValue(seen.value, analysis)]),
  ];
  const measures = withFirst(measured, analysis.primary);
  const period = periodOf(experiment);
  const ended = period !== undefined && at >= period.endMs;
  const split = assignment.by === "bucket" ? checkSplit(seen.users, percent / 100) : undefined;
  const remainingMs = period === undefined || ended ? undefined : remaining(measures[0], period, at);
  return {
    at,
    ...(period === undefined ? {} : { period }),
    users: seen.users,
    ...(split === undefined ? {} : { split }),
    measures,
    recommendation: recommend({ analysis, split, measure: measures[0], ended }),
    ...(remainingMs === undefined ? {} : { remainingMs }),
  };
}

/** The declared time of the experiment; `undefined` without a start. */
export function periodOf({ duration, start }: Experiment): Period | undefined {
  return start === undefined ? undefined : { startMs: start, endMs: start + duration };
}

function withFirst(measures: readonly Measure[], first: MeasureName | undefined): readonly [Measure, ...Measure[]] {
  const deciding = first === undefined ? measures[0] : measures.find(({ measure }) => measure === first);
  if (deciding === undefined) throw new RangeError(`${first ?? "conversion or value"} was not measured`);
  return [deciding, ...measures.filter((measure) => measure !== deciding)];
}

function remaining({ comparison, groups }: Measure, { startMs }: Period, at: number): number | undefined {
  const needed = comparison?.foresight.usersNeeded;
  const users = groups.a.users + groups.b.users;
  if (needed === undefined || at <= startMs) return undefined;
  return Math.max(0, ((needed - users) / users) * (at - startMs));
}
