/** Standard normal quantiles: of the estimate, and of the ends of two-sided intervals of 95 % and 98 %. */
export const QUANTILES = { estimate: 0, 0.95: 1.959963984540054, 0.98: 2.3263478740408408 } as const;

/** The precision to which a shift is found, as a share of the largest one possible. */
const PRECISION = 1e-7;

/**
 * By how much `x` lies above `y`, by ranks: the shift at which the statistic of the Mann-Whitney test passes a quantile,
 * with normal approximation, continuity correction and correction for ties. It is the estimate at quantile 0, the lower
 * end of an interval at a positive one, the upper end at a negative one, as `wilcox.test(x, y, conf.int = TRUE, exact =
 * FALSE)` of R computes them; `kayenta-mannwhitney` of spinnaker/kayenta follows the same code. A shift that differs from
 * 0 by less than the precision is 0.
 */
export function findShift(x: readonly number[], y: readonly number[], quantile: number): number {
  const [above, below] = [x.toSorted((a, b) => a - b), y.toSorted((a, b) => a - b)];
  const [from, until] = [(above[0] ?? 0) - (below.at(-1) ?? 0), (above.at(-1) ?? 0) - (below[0] ?? 0)];
  return findRoot((shift) => statistic(above, below, shift) - quantile, from, until);
}

/** Where a falling function passes 0; an end, where it does not. */
function findRoot(f: (at: number) => number, from: number, until: number): number {
  if (f(from) <= 0) return from;
  if (f(until) >= 0) return until;
  let [low, high] = [from, until];
  const precise = PRECISION * Math.max(Math.abs(from), Math.abs(until));
  while (high - low > precise) {
    const middle = (low + high) / 2;
    const value = f(middle);
    if (value === 0) return middle;
    if (value > 0) low = middle;
    else high = middle;
  }
  const root = (low + high) / 2;
  return Math.abs(root) <= precise ? 0 : root;
}

/** The standardised rank sum of `x - shift` among both; both are in order. */
function statistic(x: readonly number[], y: readonly number[], shift: number): number {
  let [i, j, ranksOfX, ties] = [0, 0, 0, 0];
  while (i < x.length || j < y.length) {
    const [nextX, nextY] = [(x[i] ?? Infinity) - shift, y[j] ?? Infinity];
    const value = Math.min(nextX, nextY);
    const [startX, startY] = [i, j];
    while (i < x.length && (x[i] ?? Infinity) - shift === value) i += 1;
    while (j < y.length && y[j] === value) j += 1;
    const count = i - startX + (j - startY);
    ranksOfX += (i - startX) * (startX + startY + (count + 1) / 2);
    ties += count ** 3 - count;
  }
  const [n, m] = [x.length, y.length];
  const excess = ranksOfX - (n * (n + 1)) / 2 - (n * m) / 2;
  const deviation = Math.sqrt(((n * m) / 12) * (n + m + 1 - ties / ((n + m) * (n + m - 1))));
  return (excess - Math.sign(excess) * 0.5) / deviation;
}
