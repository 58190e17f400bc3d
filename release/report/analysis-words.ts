import type { ExperimentAnalysis, MeasureName } from "../../config/experiment.ts";
import type { Analysis } from "../experiment/analysis.ts";
import { ENOUGH, type Comparison, type Measure } from "../experiment/measure.ts";
import { formatConfidence, formatSpan, numberFormat } from "./analysis-format.ts";
import { formatCount, formatMoment, formatShare } from "./format.ts";

/** The recommendation as a person would say it: what was seen, what follows, and what could be seen. */
export function sayRecommendation(analysis: Analysis, rule: ExperimentAnalysis): string {
  const { measures, period, recommendation, split } = analysis;
  const [measure] = measures;
  const { keep, reason } = recommendation;
  switch (reason) {
    case "split-mismatch":
      return (
        `Not decided: ${formatShare(split?.observed ?? 0)} of the users are in group B, ${formatShare(split?.declared ?? 0)} are ` +
        "declared. Who is counted depends on the group, so nothing of this can be trusted: find out where users are lost " +
        "or counted twice, and start anew."
      );
    case "too-few":
      return `Not decided: too few users. ${sayWhatIsEnough(measure.measure)}`;
    case "before-the-end": {
      const end = period === undefined ? "" : `, which is ${formatMoment(period.endMs)}`;
      return `Not decided: the experiment is decided at its end${end}, and a look before that decides nothing.`;
    }
    case "difference":
      return `${sayDifference(analysis, rule)}: keep ${keep}.`;
    case "too-small-to-matter":
      return `${sayDifference(analysis, rule)}: whatever difference there is, it is below ${formatShare(rule.minimumEffect)} of A's. Keep A.`;
    case "not-yet":
      return `Not decided: ${sayDifference(analysis, rule)}: either may be the better one. ${sayForesight(analysis, rule)}`;
    case "not-found":
      return (
        `${sayDifference(analysis, rule)}: the time is over, and no difference was found. Keep A: B has not been shown to be ` +
        `better. ${sayVisible(measure, rule)}`
      );
  }
}

/** When the minimal effect will be seen, where the rule is the anytime-valid one or the end is not yet there. */
export function sayForesight({ measures, remainingMs }: Analysis, rule: ExperimentAnalysis): string {
  const [measure] = measures;
  const { comparison } = measure;
  if (comparison === undefined) return sayWhatIsEnough(measure.measure);
  const { minimumEffect, usersNeeded } = comparison.foresight;
  const users = measure.groups.a.users + measure.groups.b.users;
  const visible = sayVisible(measure, rule);
  if (usersNeeded === undefined) return visible;
  if (usersNeeded <= users) return visible;
  const when = remainingMs === undefined ? "" : `, in about ${formatSpan(remainingMs)} at the rate so far`;
  const effect = `${formatShare(rule.minimumEffect)} (${formatOf(measure.measure, comparison).size(minimumEffect)})`;
  return (
    `${visible} The minimal effect of ${effect} is seen with ${formatShare(rule.power)} probability by about ` +
    `${formatAbout(usersNeeded)} users: ${formatAbout(usersNeeded - users)} more${when}.`
  );
}

/** Two digits: more are not known. */
function formatAbout(count: number): string {
  return formatCount(Number(count.toPrecision(2)));
}

function sayDifference({ measures: [measure], recommendation }: Analysis, rule: ExperimentAnalysis): string {
  const { comparison, groups } = measure;
  if (comparison === undefined) return sayWhatIsEnough(measure.measure);
  const { anytime, classic, difference } = comparison;
  const format = formatOf(measure.measure, comparison);
  const isClassic = recommendation.basis === "classic";
  const interval = format.interval(isClassic ? classic.interval : anytime.interval);
  const name = isClassic ? `interval of the ${classic.test}-test at the end` : "confidence sequence";
  const verb = measure.measure === "conversion" ? "converts" : "has a mean value of";
  return (
    `B ${verb} ${format.level(groups.b.level)} against ${format.level(groups.a.level)} ` +
    `(${format.difference(difference)}, ${formatConfidence(rule.alpha)} ${name} ${interval})`
  );
}

function sayVisible({ comparison, measure }: Measure, rule: ExperimentAnalysis): string {
  if (comparison === undefined) return "";
  const size = formatOf(measure, comparison).size(comparison.foresight.visibleNow);
  return `By now a difference of ${size} would have been seen with ${formatShare(rule.power)} probability.`;
}

function sayWhatIsEnough(measure: MeasureName): string {
  return measure === "conversion"
    ? `Each group needs ${ENOUGH.ofEachOutcome} who converted and ${ENOUGH.ofEachOutcome} who did not.`
    : `Each group needs ${ENOUGH.values} users with a value, and a sum that is not brought by fewer than about ${ENOUGH.contributors} of them.`;
}

/** Digits as the confidence sequence allows. */
export function formatOf(measure: MeasureName, { anytime }: Comparison) {
  return numberFormat(measure, anytime.interval);
}
