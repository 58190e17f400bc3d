import type { Cell } from "./cells.ts";
import { OURS } from "./gates/all.ts";
import type { JobResults, Results } from "./simulate.ts";

/** What a gate did in a cell, over all runs. */
export interface Summary {
  readonly cell: Cell;
  readonly gate: string;
  readonly runs: number;
  /** Share of the runs in which the candidate was taken off. */
  readonly rolledBack: number;
  /**
   * Share of the runs in which it was blamed, and the upper bound of that at 95 % confidence. In an incident it may be
   * taken off without blame, when the pause has lasted too long.
   */
  readonly blamed: number;
  readonly blamedAtMost: number;
  readonly paused: number;
  readonly expired: number;
  /** Over all runs; `undefined` where most were never rolled back. */
  readonly medianS: number | undefined;
  readonly meanFailing: number;
}

/** In the order of the cells, and of the gates within. */
export function summarise(cells: readonly Cell[], all: readonly JobResults[]): readonly Summary[] {
  return cells.flatMap((cell, index) => {
    const ofCell = all.filter((results) => results.cell === index).map(({ gates }) => gates);
    const names = [...new Set(ofCell.flatMap((gates) => Object.keys(gates)))];
    return names
      .toSorted((a, b) => Number(b === OURS) - Number(a === OURS))
      .map((gate) =>
        summariseGate(
          cell,
          gate,
          ofCell.flatMap((gates) => gates[gate] ?? []),
        ),
      );
  });
}

function summariseGate(cell: Cell, gate: string, parts: readonly Results[]): Summary {
  const detected = parts.flatMap(({ detectedS }) => detectedS).toSorted((a, b) => a - b);
  const failing = parts.flatMap((part) => part.failing);
  const runs = detected.length;
  const rolledBack = detected.filter(Number.isFinite).length;
  const expired = parts.reduce((sum, part) => sum + part.expired, 0);
  const blamed = cell.scenario === "incident" ? rolledBack - expired : rolledBack;
  const median = detected[Math.floor((runs - 1) / 2)] ?? Infinity;
  return {
    cell,
    gate,
    runs,
    rolledBack: rolledBack / runs,
    blamed: blamed / runs,
    blamedAtMost: upperBound(blamed, runs),
    paused: parts.reduce((sum, part) => sum + part.paused, 0) / runs,
    expired: expired / runs,
    medianS: Number.isFinite(median) ? median : undefined,
    meanFailing: failing.reduce((sum, count) => sum + count, 0) / runs,
  };
}

/** One-sided upper bound of a share at 95 % confidence: C. Clopper and E. Pearson (1934). */
export function upperBound(successes: number, of: number): number {
  if (successes === of) return 1;
  let [low, high] = [successes / of, 1];
  while (high - low > 1e-7) {
    const middle = (low + high) / 2;
    if (atMost(successes, of, middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
}

/** Probability of at most `successes` in `of` trials. */
function atMost(successes: number, of: number, share: number): number {
  let ln = of * Math.log1p(-share);
  let sum = Math.exp(ln);
  for (let k = 1; k <= successes; k += 1) {
    ln += Math.log((of - k + 1) / k) + Math.log(share / (1 - share));
    sum += Math.exp(ln);
  }
  return sum;
}
