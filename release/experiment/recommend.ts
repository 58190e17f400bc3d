import type { ExperimentAnalysis } from "../../config/experiment.ts";
import type { Interval } from "./confidence-sequence.ts";
import type { Measure } from "./measure.ts";
import type { Split } from "./split.ts";

/** What to do, on which result that rests, and why. */
export interface Recommendation {
  readonly keep: "A" | "B" | "undecided";
  /** `none` where no test was asked. */
  readonly basis: "anytime" | "classic" | "none";
  readonly reason: Reason;
}

export type Reason =
  /** The groups are not split as declared: their numbers cannot be compared. */
  | "split-mismatch"
  /** Not enough users to say anything. */
  | "too-few"
  /** The rule is to decide at the end, and that has not come. */
  | "before-the-end"
  /** One group is better. */
  | "difference"
  /** Whatever difference there is, it is below the minimal effect. */
  | "too-small-to-matter"
  /** Both signs are still possible. */
  | "not-yet"
  /** The declared time is over, and no difference was found. */
  | "not-found";

interface Asked {
  readonly analysis: Pick<ExperimentAnalysis, "alpha" | "better" | "decide">;
  readonly split: Split | undefined;
  /** The one that decides. */
  readonly measure: Measure;
  /** Whether the declared time is over. */
  readonly ended: boolean;
}

/**
 * The declared rule, and it alone, decides: the anytime-valid result at any look, or the classic one at the declared end.
 * To take whichever is clear first would double the probability of a false result.
 */
export function recommend({ analysis, ended, measure, split }: Asked): Recommendation {
  const basis = analysis.decide === "anytime" ? "anytime" : "classic";
  if (split?.mismatch === true) return { keep: "undecided", basis: "none", reason: "split-mismatch" };
  if (basis === "classic" && !ended) return { keep: "undecided", basis: "none", reason: "before-the-end" };
  const { comparison } = measure;
  if (comparison === undefined) return { keep: "undecided", basis: "none", reason: "too-few" };
  const { foresight } = comparison;
  const found =
    basis === "anytime" ? excludesZero(comparison.anytime.interval) : comparison.classic.p <= analysis.alpha;
  if (found) {
    const isBBetter = comparison.difference > 0 === (analysis.better === "higher");
    return { keep: isBBetter ? "B" : "A", basis, reason: "difference" };
  }
  if (basis === "anytime" && isWithin(comparison.anytime.interval, foresight.minimumEffect)) {
    return { keep: "A", basis, reason: "too-small-to-matter" };
  }
  return ended ? { keep: "A", basis, reason: "not-found" } : { keep: "undecided", basis, reason: "not-yet" };
}

function excludesZero({ high, low }: Interval): boolean {
  return low > 0 || high < 0;
}

function isWithin({ high, low }: Interval, effect: number): boolean {
  return -effect < low && high < effect;
}
