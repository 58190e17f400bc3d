import { median } from "../../lab/demo-summary.ts";
import { FAULT_CASES, type FaultResult } from "./faults.ts";
import type { GoodResults } from "./good.ts";

/** What `build/release-bench.json` holds. */
export interface ReleaseBench {
  readonly faults: readonly FaultResult[];
  readonly good: GoodResults;
  /** The longest of all runs; null where the traffic never came back. */
  readonly watchdogOverLeaseS: number | null;
  /** Of one processor, by the whole release program while it dwells at a weight: looks, journal and events. */
  readonly gateCpuShare: number | null;
  readonly peakMiB: number;
}

const DECISION_TO_ZERO_S = 0.3;
const GOOD_WITHIN_S = 300;
const WATCHDOG_OVER_LEASE_S = 2;
const GATE_CPU_SHARE = 0.01;
const PEAK_MIB = 250;

/** Median with its goal; what never came about counts as endless. */
function medianOf(values: readonly (number | null)[]): number {
  return median(values.map((value) => value ?? Infinity));
}

interface Row {
  readonly what: string;
  readonly value: number;
  readonly goal: number;
  readonly unit: string;
  readonly all: readonly (number | null)[];
}

function rowsOf({ faults, gateCpuShare, good, peakMiB, watchdogOverLeaseS }: ReleaseBench): readonly Row[] {
  const ofFaults = faults.flatMap(({ decisionToZeroS, detectionS, fault }): Row[] => {
    const goal = FAULT_CASES.find((known) => known.fault === fault)?.detectWithinS ?? NaN;
    return [
      { what: `${fault}: found after`, value: medianOf(detectionS), goal, unit: "s", all: detectionS },
      {
        what: `${fault}: decision to weight 0`,
        value: medianOf(decisionToZeroS),
        goal: DECISION_TO_ZERO_S,
        unit: "s",
        all: decisionToZeroS,
      },
    ];
  });
  const single = (what: string, value: number | null, goal: number, unit: string): Row => ({
    what,
    value: value ?? Infinity,
    goal,
    unit,
    all: [value],
  });
  return [
    ...ofFaults,
    {
      what: "good: to promotion",
      value: medianOf(good.durationS),
      goal: GOOD_WITHIN_S,
      unit: "s",
      all: good.durationS,
    },
    single("good: failed requests", sum(good.failedRequests), 0, ""),
    single("watchdog over the lease's time", watchdogOverLeaseS, WATCHDOG_OVER_LEASE_S, "s"),
    single("processor while dwelling", gateCpuShare === null ? null : 100 * gateCpuShare, 100 * GATE_CPU_SHARE, "%"),
    single("peak memory", peakMiB, PEAK_MIB, "MiB"),
  ];
}

/** The figures as a table: median, goal, and the number of each run. */
export function renderTable(bench: ReleaseBench): string {
  const rows = rowsOf(bench).map(({ all, goal, unit, value, what }) => [
    what,
    write(value, unit),
    `≤ ${write(goal, unit)}`,
    all.map((one) => (one === null ? "never" : trim(one))).join(" "),
  ]);
  const table = [["", "median", "goal", "runs"], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** What is not as it must be; empty when every goal is reached. */
export function findMisses(bench: ReleaseBench): readonly string[] {
  const beyond = rowsOf(bench)
    .filter(({ goal, value }) => !(value <= goal))
    .map(({ goal, unit, value, what }) => `${what}: ${write(value, unit)}, goal ${write(goal, unit)}`);
  const outcomes = bench.faults.flatMap(({ fault, outcome }) =>
    outcome.filter((one) => one !== "rolled-back").map((one) => `${fault}: a release was ${one}, not rolled back`),
  );
  const good = bench.good.outcome
    .filter((one) => one !== "promoted")
    .map((one) => `good: a release was ${one}, not promoted`);
  return [...beyond, ...outcomes, ...good];
}

function write(value: number, unit: string): string {
  return Number.isFinite(value) ? `${trim(value)} ${unit}`.trim() : "never";
}

function trim(value: number): string {
  return String(Number(value.toFixed(2)));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
