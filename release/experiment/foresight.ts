import { sequenceFactor, type Estimate, type Mixture } from "./confidence-sequence.ts";
import { criticalNormal, normalQuantile } from "./distributions.ts";

/** No experiment gets more users than this. */
const MOST_USERS = 1e12;

export interface Rule extends Mixture {
  readonly decide: "anytime" | "atEnd";
  readonly power: number;
}

/** The smallest difference that would be found by now with the declared power. */
export function visibleBy(users: number, { error, users: seen }: Estimate, rule: Rule): number {
  return distance(users, rule) * error * Math.sqrt(seen / users);
}

/**
 * Users in both groups by which a difference is found with the declared power, as they vary so far; rounded up.
 * `undefined` when that is out of reach.
 */
export function usersToSee(difference: number, estimate: Estimate, rule: Rule): number | undefined {
  if (!(difference > 0) || visibleBy(MOST_USERS, estimate, rule) > difference) return undefined;
  let [low, high] = [1, MOST_USERS];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (visibleBy(middle, estimate, rule) > difference) low = middle;
    else high = middle;
  }
  return high;
}

/** Standard errors between 0 and an effect that is found with the declared power. */
function distance(users: number, rule: Rule): number {
  const threshold = rule.decide === "atEnd" ? criticalNormal(rule.alpha) : sequenceFactor(users, rule);
  return threshold + normalQuantile(rule.power);
}
