/** One of something for each group. A is the version that is live, B the candidate. */
export interface Groups<T> {
  readonly a: T;
  readonly b: T;
}

/** What is known of the users of a group: all that the tests need. */
export interface Moments {
  readonly users: number;
  readonly mean: number;
  /** Unbiased variance of a single user's value; 0 where there are fewer than two. */
  readonly variance: number;
}

/** How many users there were, and how many of them converted. */
export interface Conversions {
  readonly users: number;
  readonly conversions: number;
}

export const NO_USERS: Moments = { users: 0, mean: 0, variance: 0 };

/** Takes in one more user (Welford 1962: no sum of squares whose digits would cancel). */
export function withUser({ mean, users, variance }: Moments, value: number): Moments {
  const count = users + 1;
  const next = mean + (value - mean) / count;
  const squares = variance * Math.max(0, users - 1) + (value - mean) * (value - next);
  return { users: count, mean: next, variance: count < 2 ? 0 : squares / (count - 1) };
}

/** Of counted users, each with value 1 or 0. */
export function momentsOfConversions({ conversions, users }: Conversions): Moments {
  const mean = users === 0 ? 0 : conversions / users;
  return { users, mean, variance: users < 2 ? 0 : (mean * (1 - mean) * users) / (users - 1) };
}

/** Of counters. */
export function momentsOfSums(users: number, sum: number, sumOfSquares: number): Moments {
  const mean = users === 0 ? 0 : sum / users;
  return { users, mean, variance: users < 2 ? 0 : Math.max(0, sumOfSquares - sum * mean) / (users - 1) };
}

/**
 * How many users with equal values would be as many: (Σx)²/Σx² (Kish, "Survey sampling", 1965), for values that are not
 * negative. Few, where most of the sum is brought by a few: their mean is far from normal then.
 */
export function contributors({ mean, users, variance }: Moments): number {
  return mean === 0 ? 0 : (users * mean ** 2) / (mean ** 2 + variance);
}

/** How much the difference of the two means varies by chance. */
export function standardError({ a, b }: Groups<Moments>): number {
  return Math.sqrt(a.variance / a.users + b.variance / b.users);
}
