import { compiled, incbet, incbi, lbeta, ndtr, ndtri } from "cephes";

await compiled;

/** The probability that a standard normal is at least as far from 0 as `z`, on either side. */
export function normalTails(z: number): number {
  return 2 * ndtr(-Math.abs(z));
}

/** The distance from 0 that a standard normal exceeds, on either side, with probability `alpha`. */
export function criticalNormal(alpha: number): number {
  return -ndtri(alpha / 2);
}

/** The value that a standard normal stays below with probability `p`. */
export function normalQuantile(p: number): number {
  return ndtri(p);
}

/** As {@link normalTails}, for Student's t with any (also a broken) number of degrees of freedom. */
export function tTails(t: number, df: number): number {
  return incbet(df / 2, 0.5, df / (df + t * t));
}

/** As {@link criticalNormal}, for Student's t. */
export function criticalT(alpha: number, df: number): number {
  const x = incbi(df / 2, 0.5, alpha);
  return Math.sqrt((df * (1 - x)) / x);
}

/** ln B(a, b). */
export function lnBeta(a: number, b: number): number {
  return lbeta(a, b);
}
