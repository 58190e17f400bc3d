import { sequenceFactor, type Estimate, type Mixture } from "./confidence-sequence.ts";
import { criticalNormal, normalQuantile } from "./distributions.ts";

/** No experiment gets more users than this. */
const MOST_USERS = 1e12;

export interface Rule extends Mixture {
  readonly decide: "anytime" | "atEnd";
  readonly power: number;
}

/** What can be seen of an experiment whose users vary as they have so far, with the declared power. */
export interface Sight {
  /** The smallest difference that is found by so many users in both groups. */
  visibleBy(users: number): number;
  /** Users in both groups by which a difference is found, rounded up; `undefined` when that is out of reach. */
  usersToSee(difference: number): number | undefined;
}

export function foresee({ error, users: seen }: Estimate, rule: Rule): Sight {
  const ahead = normalQuantile(rule.power);
  const critical = criticalNormal(rule.alpha);
  const visibleBy = (users: number) => {
    const threshold = rule.decide === "atEnd" ? critical : sequenceFactor(users, rule);
    return (threshold + ahead) * error * Math.sqrt(seen / users);
  };
  const usersToSee = (difference: number) => {
    if (!(difference > 0) || visibleBy(MOST_USERS) > difference) return undefined;
    let [low, high] = [1, MOST_USERS];
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (visibleBy(middle) > difference) low = middle;
      else high = middle;
    }
    return high;
  };
  return { visibleBy, usersToSee };
}
