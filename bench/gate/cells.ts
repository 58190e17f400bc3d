/** What kind of hour it is: a good candidate, a faulty one, failures in clusters, or an incident of both versions. */
export type Scenario = "good" | "faulty" | "clustered" | "incident";

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
  /** How many hours are simulated. */
  readonly runs: number;
  /** Where the candidate is faulty: median seconds until it is taken off. */
  readonly medianS?: number;
  /** Else: the highest share of runs in which it may be blamed. */
  readonly falseRollback?: number;
}

const HEALTHY_RUNS = 5_000;
const FAULTY_RUNS = 8_000;

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

/** Everything that is simulated. */
export const CELLS: readonly Cell[] = [...good, ...clustered, incident, ...faulty];

function healthy(cell: Pick<Cell, "scenario" | "rps" | "weight"> & { share: number; falseRollback: number }): Cell {
  const { share, ...rest } = cell;
  return { ...rest, errorStable: share, errorCanary: share, runs: HEALTHY_RUNS };
}
