import type { ExperimentAnalysis, MeasureName } from "../../config/experiment.ts";
import { cohensH, hedgesG, testMeans, testProportions, type ClassicTest, type EffectSize } from "./classic.ts";
import { anytimeP, confidenceSequence, type Estimate, type Interval } from "./confidence-sequence.ts";
import { foresee } from "./foresight.ts";
import {
  contributors,
  momentsOfConversions,
  standardError,
  type Conversions,
  type Groups,
  type Moments,
} from "./moments.ts";

/**
 * What each group must have before anything is said, since the tests take means to be normal: converted users and others;
 * or users with a value, and so many among whom the sum is spread. Simulated: with these, the chance of a false result
 * stays below α from the first look on, also where one user in twenty brings all of the revenue.
 */
export const ENOUGH = { ofEachOutcome: 25, values: 100, contributors: 100 } as const;

/** One measure of an experiment, compared between the groups; differences are B − A. */
export interface Measure {
  readonly measure: MeasureName;
  readonly groups: Groups<Level>;
  readonly enough: boolean;
  /** All that follows is absent while there is not enough. */
  readonly comparison?: Comparison;
}

/** Of one group. `level` is the share that converted, or the mean value. */
export interface Level {
  readonly users: number;
  readonly level: number;
  readonly conversions?: number;
  readonly deviation?: number;
}

export interface Comparison {
  readonly difference: number;
  /** The difference as a share of A's level; absent where that is 0. */
  readonly relative?: number;
  readonly effectSize: EffectSize;
  readonly anytime: { readonly p: number; readonly interval: Interval };
  readonly classic: ClassicTest;
  readonly foresight: Foresight;
}

/** By the rule that decides. */
export interface Foresight {
  /** The smallest difference that would have been found by now, with the declared power. */
  readonly visibleNow: number;
  /** The declared minimal effect, as a difference. */
  readonly minimumEffect: number;
  /** In both groups, to find the minimal effect with the declared power; absent where it is out of reach. */
  readonly usersNeeded?: number;
}

type Rule = Pick<ExperimentAnalysis, "alpha" | "decide" | "minimumEffect" | "power" | "tightestAt">;

export function measureConversion({ a, b }: Groups<Conversions>, rule: Rule): Measure {
  const moments = { a: momentsOfConversions(a), b: momentsOfConversions(b) };
  const enough = [a, b].every(
    ({ conversions, users }) => Math.min(conversions, users - conversions) >= ENOUGH.ofEachOutcome,
  );
  const level = (of: Conversions): Level => ({
    users: of.users,
    conversions: of.conversions,
    level: momentsOfConversions(of).mean,
  });
  const groups = { a: level(a), b: level(b) };
  if (!enough) return { measure: "conversion", groups, enough };
  const classic = testProportions({ a, b }, rule.alpha);
  const comparison = compare(moments, classic, cohensH({ a, b }, rule.alpha), rule);
  return { measure: "conversion", groups, enough, comparison };
}

export function measureValue(moments: Groups<Moments>, rule: Rule): Measure {
  const { a, b } = moments;
  const level = ({ mean, users, variance }: Moments): Level => ({ users, level: mean, deviation: Math.sqrt(variance) });
  const groups = { a: level(a), b: level(b) };
  const enough = [a, b].every(hasEnough) && standardError(moments) > 0;
  if (!enough) return { measure: "value", groups, enough };
  const comparison = compare(moments, testMeans(moments, rule.alpha), hedgesG(moments, rule.alpha), rule);
  return { measure: "value", groups, enough, comparison };
}

function hasEnough(moments: Moments): boolean {
  return moments.users >= ENOUGH.values && contributors(moments) >= ENOUGH.contributors;
}

function compare(moments: Groups<Moments>, classic: ClassicTest, effectSize: EffectSize, rule: Rule): Comparison {
  const { a, b } = moments;
  const difference = b.mean - a.mean;
  const estimate: Estimate = { difference, error: standardError(moments), users: a.users + b.users };
  const minimumEffect = rule.minimumEffect * Math.abs(a.mean);
  const sight = foresee(estimate, rule);
  const usersNeeded = sight.usersToSee(minimumEffect);
  return {
    difference,
    ...(a.mean === 0 ? {} : { relative: difference / Math.abs(a.mean) }),
    effectSize,
    anytime: { p: anytimeP(estimate, rule), interval: confidenceSequence(estimate, rule) },
    classic,
    foresight: {
      visibleNow: sight.visibleBy(estimate.users),
      minimumEffect,
      ...(usersNeeded === undefined ? {} : { usersNeeded }),
    },
  };
}
