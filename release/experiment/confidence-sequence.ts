/**
 * Tests that may be looked at after every user. A normal mixture (Robbins 1970) over the size of the effect is a
 * nonnegative martingale, so by Ville's inequality it ever reaches 1/α with probability at most α while there is no
 * effect; all effects under which it has not reached 1/α make up a confidence sequence, which holds the true effect at all
 * times together with probability 1 − α. With the variance estimated from the data it is valid asymptotically:
 * Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory and asymptotic confidence
 * sequences", Annals of Statistics 52 (2024), theorem 2.2. The difference of two means under a random split is the case of
 * their section on randomized experiments; for shares it is the mixture test of Johari, Koomen, Pekelis and Walsh, "Always
 * valid inference", Operations Research 70 (2022). It needs the totals only, never their history.
 */
export interface Mixture {
  /** Probability of ever finding an effect where there is none. */
  readonly alpha: number;
  /** Users in both groups at which the sequence is narrowest; fixed before there are data. */
  readonly tightestAt: number;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** An estimated difference and how much it varies by chance. */
export interface Estimate {
  readonly difference: number;
  readonly error: number;
  /** In both groups. */
  readonly users: number;
}

/** All differences that the data so far do not contradict. */
export function confidenceSequence({ difference, error, users }: Estimate, mixture: Mixture): Interval {
  const half = sequenceFactor(users, mixture) * error;
  return { low: difference - half, high: difference + half };
}

/** How many standard errors the sequence reaches to each side: above 2 always, in return for any number of looks. */
export function sequenceFactor(users: number, mixture: Mixture): number {
  const k = spread(users, mixture);
  return Math.sqrt(((k + 1) / k) * (Math.log(k + 1) - 2 * Math.log(mixture.alpha)));
}

/** At any moment, also one chosen by what one sees, it is ≤ α with probability at most α while there is no effect. */
export function anytimeP({ difference, error, users }: Estimate, mixture: Mixture): number {
  const k = spread(users, mixture);
  const lnEvidence = ((k / (k + 1)) * (difference / error) ** 2 - Math.log(k + 1)) / 2;
  return Math.min(1, Math.exp(-lnEvidence));
}

/** tρ², with the ρ that makes the sequence narrowest at `tightestAt`, by the paper's approximation. */
function spread(users: number, { alpha, tightestAt }: Mixture): number {
  const threshold = -2 * Math.log(alpha);
  return (users / tightestAt) * (threshold + Math.log(threshold + 1));
}
