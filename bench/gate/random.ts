import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Numbers from 0 (included) to 1 (excluded). */
export type Random = () => number;

/** @param stream streams of one seed never overlap: each begins 2^64 numbers behind the one before */
export function seeded(seed: number, stream = 0): Random {
  const generator = xoroshiro128plus(seed);
  for (let i = 0; i <= stream; i += 1) generator.jump();
  return () => uniformFloat64(generator);
}

/** A Poisson number. Exact: by inversion where the mean is small, else by Hörmann's transformed rejection. */
export function poisson(random: Random, mean: number): number {
  return mean < 10 ? invert(random, mean) : rejectTransformed(random, mean);
}

function invert(random: Random, mean: number): number {
  let left = random();
  let k = 0;
  for (let term = Math.exp(-mean); left >= term && term > 0; term *= mean / k) {
    left -= term;
    k += 1;
  }
  return k;
}

/** Algorithm PTRS of W. Hörmann, The transformed rejection method for generating Poisson random variables (1993). */
function rejectTransformed(random: Random, mean: number): number {
  const b = 0.931 + 2.53 * Math.sqrt(mean);
  const a = -0.059 + 0.02483 * b;
  const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
  const certain = 0.9277 - 3.6224 / (b - 2);
  for (;;) {
    const u = random() - 0.5;
    const v = random();
    const us = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= certain) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (Math.log((v * inverseAlpha) / (a / (us * us) + b)) <= k * Math.log(mean) - mean - lnFactorial(k)) return k;
  }
}

const LN_FACTORIALS = Array.from({ length: 16 }, (_, n) =>
  Array.from({ length: n }, (_, i) => Math.log(i + 1)).reduce((sum, ln) => sum + ln, 0),
);

/** ln(n!): beyond 15 by Stirling's series, whose error is then below 1e-12. */
export function lnFactorial(n: number): number {
  const exact = LN_FACTORIALS[n];
  if (exact !== undefined) return exact;
  const x = n + 1;
  return (
    (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3) + 1 / (1260 * x ** 5)
  );
}
