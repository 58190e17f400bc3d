import { CELLS, type Cell } from "./cells.ts";
import { GATES, OURS } from "./gates/all.ts";
import { seeded } from "./random.ts";
import { HOUR_S, simulateHour, type Hour } from "./traffic.ts";

/** Runs of a cell that are simulated together; the numbers do not depend on who simulates them, or in which order. */
const BLOCK_RUNS = 250;

/** The other gates see only so many runs of a cell: they are measured, not held to anything. */
const COMPARED_RUNS = 500;

/** Seconds from a decision until all traffic is back: what fails until then counts. */
const ACT_S = 5;

/** Some runs of one cell. */
export interface Job {
  readonly seed: number;
  readonly cell: number;
  readonly block: number;
  /** How many there are in this block. */
  readonly runs: number;
}

/** What a gate did in some runs. */
export interface Results {
  /** Seconds until the decision to roll back; `Infinity` where there was none. */
  readonly detectedS: readonly number[];
  /** The candidate's failing requests until the traffic was back, or until the end of the hour. */
  readonly failing: readonly number[];
  /** Runs in which it paused. */
  readonly paused: number;
  /** Runs in which a pause lasted too long. */
  readonly expired: number;
}

export interface JobResults {
  readonly cell: number;
  readonly gates: Readonly<Record<string, Results>>;
}

export function listJobs(seed: number, cells: readonly Cell[] = CELLS): readonly Job[] {
  return cells.flatMap(({ runs }, cell) =>
    Array.from({ length: Math.ceil(runs / BLOCK_RUNS) }, (_, block) => {
      return { seed, cell, block, runs: Math.min(BLOCK_RUNS, runs - block * BLOCK_RUNS) };
    }),
  );
}

/** Runs every gate over the same hours. */
export function runJob({ block, cell: index, runs, seed }: Job, cells: readonly Cell[] = CELLS): JobResults {
  const cell = cells[index];
  if (cell === undefined) throw new RangeError(`there is no cell ${index}`);
  const random = seeded(seed + index, block);
  // What the others do about times is set by each of their users.
  const compared = block * BLOCK_RUNS < COMPARED_RUNS && cell.slower === undefined;
  const hours = Array.from({ length: runs }, () => simulateHour(cell, random, compared));
  const gates = Object.entries(GATES).filter(([name]) => compared || name === OURS);
  return {
    cell: index,
    gates: Object.fromEntries(
      gates.map(([name, gate]) => {
        const outcomes = hours.map((hour) => ({ hour, ...gate(hour) }));
        const failing = outcomes.map(({ hour, rolledBackS = HOUR_S }) => failedUntil(hour, rolledBackS + ACT_S));
        const detectedS = outcomes.map(({ rolledBackS = Infinity }) => rolledBackS);
        const paused = outcomes.filter((outcome) => outcome.paused).length;
        const expired = outcomes.filter((outcome) => outcome.expired).length;
        return [name, { detectedS, failing, paused, expired }];
      }),
    ),
  };
}

/** The candidate's failing requests until then; those of a scrape that is cut count by the part of its time. */
function failedUntil({ samples }: Hour, atS: number): number {
  return samples.reduce((sum, { at, canary, spanMs }) => {
    const part = (atS * 1_000 - (at - spanMs)) / spanMs;
    return sum + canary.failed * Math.max(0, Math.min(1, part));
  }, 0);
}
