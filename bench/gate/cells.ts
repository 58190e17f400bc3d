/**
 * What kind of hour it is: a good candidate, a faulty one, also after an incident, failures in clusters, an incident of both versions, a good
 * candidate whose JVM is cold, one whose slow answers come in clusters as stable's do, or one that answers slowly.
 */
export type Scenario =
  "good" | "faulty" | "after-incident" | "clustered" | "incident" | "cold" | "clustered-slow" | "slow";

/** How long one version's answers take: the share of them that is slower than each of {@link ENDS}. */
export type Slower = readonly [number, number, number, number];

/** The time within which 99 % of the answers must come, ms. */
export const LIMIT_MS = 500;

/** Ends of the simulated histogram's buckets, ms. */
export const ENDS = [1, 10, 50, LIMIT_MS] as const;

/** One hour at one weight, and what is asked of the gate there. */
export interface Cell {
  readonly scenario: Scenario;
  /** Failing shares. */
  readonly errorStable: number;
  readonly errorCanary: number;
  /** Requests per second of both versions together. */
  readonly rps: number;
  /** Percent of them that the candidate gets. */
  readonly weight: number;
  /** Where answers are timed. */
  readonly slower?: { readonly canary: Slower; readonly stable: Slower };
  /** How many hours are simulated. */
  readonly runs: number;
  /** Where the candidate is faulty: median seconds until it is taken off. */
  readonly medianS?: number;
  /** Else: the highest share of runs in which it may be blamed. */
  readonly falseRollback?: number;
}

const HEALTHY_RUNS = 5_000;
const FAULTY_RUNS = 8_000;
const FEWER_RUNS = 4_000;

/** The failing share of both versions in an incident, and how long it lasts. */
export const INCIDENT = { share: 0.03, seconds: 300 } as const;

const good = [0.001, 0.005].flatMap((share) =>
  [50, 200, 2_000].flatMap((rps) =>
    [1, 5].map((weight): Cell => healthy({ scenario: "good", share, rps, weight, falseRollback: 0.003 })),
  ),
);

const clustered = [0.001, 0.005].flatMap((share) =>
  [1, 5].map((weight): Cell => healthy({ scenario: "clustered", share, rps: 200, weight, falseRollback: 0.006 })),
);

const incident = healthy({ scenario: "incident", share: 0.001, rps: 200, weight: 5, falseRollback: 0.003 });

/** Median seconds until a fault is seen at 200 rps, by weight, failing share of the candidate, and what is asked. */
const FAULTS = [
  [1, 0.02, 104],
  [1, 0.05, 36],
  [1, 0.2, 14],
  [1, 1, 9],
  [5, 0.02, 33],
  [5, 0.05, 16],
  [5, 0.2, 10],
  [5, 1, 9],
] as const;

const faulty = FAULTS.map(([weight, errorCanary, medianS]): Cell => {
  return { scenario: "faulty", errorStable: 0.001, errorCanary, rps: 200, weight, runs: FAULTY_RUNS, medianS };
});

/** The hour before was a bad one: that makes nobody blind. */
const afterIncident = [
  [0.02, 33],
  [0.05, 16],
].map(([errorCanary = 0, medianS = 0]): Cell => {
  return {
    scenario: "after-incident",
    errorStable: 0.001,
    errorCanary,
    rps: 200,
    weight: 5,
    runs: FAULTY_RUNS,
    medianS,
  };
});

/** Stable answers most requests within a millisecond, and hardly any after 50. */
const WARM: Slower = [0.27, 0.02, 0.001, 0];

/** A young JVM beside it: slower, but only where no user sees it. */
const cold = [1, 5].map((weight): Cell => {
  const slower = { stable: WARM, canary: [0.64, 0.02, 0.001, 0] as const };
  return { ...healthy({ scenario: "cold", share: 0.001, rps: 200, weight, falseRollback: 0.003 }), slower };
});

/** Garbage is collected now and then, and several requests wait for it together: half as many as may break the limit. */
const pausing = [1, 5].map((weight): Cell => {
  const PAUSING: Slower = [0.27, 0.1, 0.05, 0.005];
  const cell = healthy({ scenario: "clustered-slow", share: 0.001, rps: 200, weight, falseRollback: 0.006 });
  return { ...cell, slower: { stable: PAUSING, canary: PAUSING }, runs: FEWER_RUNS };
});

/** 200 ms more on half of the answers: within the limit of 500 ms, and plain to see. */
const slow = [
  [1, 13],
  [5, 10],
].map(([weight = 0, medianS = 0]): Cell => {
  const slower = { stable: WARM, canary: [0.635, 0.51, 0.501, 0] as const };
  return {
    scenario: "slow",
    errorStable: 0.001,
    errorCanary: 0.001,
    rps: 200,
    weight,
    runs: FAULTY_RUNS,
    medianS,
    slower,
  };
});

/** Everything that is simulated. */
export const CELLS: readonly Cell[] = [
  ...good,
  ...clustered,
  incident,
  ...faulty,
  ...afterIncident,
  ...cold,
  ...pausing,
  ...slow,
];

/** Whether the candidate is one that should be taken off. */
export function isFaulty({ scenario }: Cell): boolean {
  return scenario === "faulty" || scenario === "after-incident" || scenario === "slow";
}

function healthy(cell: Pick<Cell, "scenario" | "rps" | "weight"> & { share: number; falseRollback: number }): Cell {
  const { share, ...rest } = cell;
  return { ...rest, errorStable: share, errorCanary: share, runs: HEALTHY_RUNS };
}
