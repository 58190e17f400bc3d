import { formatDuration } from "../config/duration.ts";
import type { Baseline } from "./gate/baseline.ts";
import { expectDetection, requestsToPass, type GateOutline } from "./gate/foresight.ts";
import type { Traffic } from "./gate/traffic.ts";
import type { Plan, Step } from "./plan.ts";
import { lookAtWindows, type Opening } from "./windows.ts";

/** The failing shares of a faulty version that are foreseen. */
export const FAULTS = [1, 0.2, 0.05, 0.02] as const;

/** First weights that are worth proposing. */
const FIRST_WEIGHTS = [1, 2, 3, 5, 10, 15, 20, 25, 30, 40, 50];

/** What a stage will show of a version that fails in this share of its requests. */
export interface FaultForecast {
  readonly fault: number;
  /** How long until it is taken off; absent when it never is. */
  readonly seenAfterMs?: number;
  /** How many requests will have failed by then. */
  readonly failedRequests?: number;
  /** Whether it is seen before the stage may end. */
  readonly inTime: boolean;
}

export interface StageForecast extends Step {
  /** Requests per second that the candidate will get; absent when the traffic is not known. */
  readonly rps?: number;
  /** How long a version as good as stable will stay; absent when the traffic is not known. */
  readonly expectedMs?: number;
  /** Whether such a version is proved below the limit by then. */
  readonly proves: boolean;
  readonly faults: readonly FaultForecast[];
}

/** What can be said of a release before it begins. */
export interface Forecast {
  /** What stable answers now; `undefined` when that could not be measured. */
  readonly traffic: Traffic | undefined;
  /** What its last hour tells; absent where that could not be read. */
  readonly hour?: Hour;
  readonly stages: readonly StageForecast[];
  readonly bakeMs: number;
  /** From the first weight to the promotion, without pauses and without what Pulumi and the pods take. */
  readonly leastMs: number;
  /** The same, when every stage and every answer takes as long as it may. */
  readonly mostMs: number;
  /** The same for a version as good as stable, whose approvals come at once. */
  readonly expectedMs: number | undefined;
  readonly opening: Opening;
  /** A better first weight, where the first stage is too small to see the limit in its time. */
  readonly firstWeight: number | undefined;
  readonly warnings: readonly string[];
}

/** What the gate will have learnt from stable's hour before the release. */
export type Hour = Pick<Baseline, "dispersion" | "incidentMs">;

/** What a forecast needs to know, besides the plan. */
export interface Ground {
  readonly gate: GateOutline;
  readonly scrapeIntervalMs: number;
  readonly traffic: Traffic | undefined;
  readonly hour?: Hour;
  /** Why it could not be measured. */
  readonly problem?: string;
  /** ms since the epoch. */
  readonly now: number;
}

/** Says what each stage of a release can show with today's traffic, and how long all of it takes. */
export function forecast(plan: Plan, ground: Ground): Forecast {
  const { traffic } = ground;
  const stages = forecastStages(plan.steps, ground);
  const sum = (of: (stage: StageForecast) => number) => stages.reduce((total, stage) => total + of(stage), plan.bakeMs);
  const expectedMs = traffic === undefined ? undefined : sum(({ expectedMs: ms = 0 }) => ms);
  const opening = lookAtWindows(plan.windows, ground.now);
  const first = judgeFirst(plan, ground);
  return {
    traffic,
    ...(ground.hour === undefined ? {} : { hour: ground.hour }),
    stages,
    bakeMs: plan.bakeMs,
    leastMs: sum(({ minStepTimeMs }) => minStepTimeMs),
    mostMs: sum(({ approval, maxStepTimeMs }) => maxStepTimeMs + (approval?.timeoutMs ?? 0)),
    expectedMs,
    opening,
    firstWeight: first?.weight,
    warnings: [
      ...warnOfTraffic(ground),
      ...(first === undefined ? [] : [first.warning]),
      ...warnOfProof(stages, ground),
      ...warnOfClosing(opening, expectedMs ?? 0, ground.now),
    ],
  };
}

/** Evidence carries over: once a version is proved, the other stages take their shortest time. */
function forecastStages(steps: readonly Step[], ground: Ground): readonly StageForecast[] {
  const { gate, traffic } = ground;
  if (traffic === undefined) return steps.map((step) => ({ ...step, proves: false, faults: [] }));
  const needed = (requestsToPass(gate, traffic.failing) ?? Infinity) * dispersionIn(ground);
  let counted = 0;
  return steps.map((step) => {
    const rps = (traffic.rps * step.weight) / 100;
    const provedAfterMs = rps === 0 ? Infinity : Math.max(0, needed - counted) / (rps / 1_000);
    const expectedMs = Math.min(step.maxStepTimeMs, Math.max(step.minStepTimeMs, provedAfterMs));
    counted += (rps * expectedMs) / 1_000;
    return {
      ...step,
      rps,
      expectedMs,
      proves: provedAfterMs <= step.maxStepTimeMs,
      faults: FAULTS.map((fault) => foresee(fault, step.weight, step.maxStepTimeMs, ground)),
    };
  });
}

/** So many requests count as one. */
function dispersionIn({ hour }: Ground): number {
  return hour?.dispersion ?? 1;
}

function foresee(fault: number, weight: number, withinMs: number, ground: Ground) {
  const { gate, scrapeIntervalMs, traffic } = ground;
  const rps = ((traffic?.rps ?? 0) * weight) / 100;
  const stable = Math.max(traffic?.failing ?? 0, gate.ignoreBelow);
  const { ms } = expectDetection(
    gate,
    { fault, stable, share: weight / 100 },
    rps / dispersionIn(ground),
    scrapeIntervalMs,
  );
  if (!Number.isFinite(ms)) return { fault, inTime: false };
  // More fail than the evidence needs: all that come until the next look.
  const failedRequests = Math.ceil((fault * rps * ms) / 1_000);
  return { fault, seenAfterMs: Math.round(ms), failedRequests, inTime: ms <= withinMs };
}

/** The first stage is where faults are to be seen cheaply: it must be able to see one at the limit. */
function judgeFirst({ steps }: Plan, ground: Ground) {
  const { gate, traffic } = ground;
  const [first] = steps;
  if (first === undefined || traffic === undefined || traffic.rps === 0 || first.weight === 100) return undefined;
  const tolerated = gate.tolerate * Math.max(traffic.failing, gate.ignoreBelow);
  const fault = Math.min(0.9, Math.max(gate.limit, 2 * tolerated));
  const see = (weight: number) => foresee(fault, weight, first.maxStepTimeMs, ground);
  const now = see(first.weight);
  if (now.inTime) return undefined;
  const weight = FIRST_WEIGHTS.find((candidate) => candidate > first.weight && see(candidate).inTime);
  const advice =
    weight === undefined
      ? "No first stage would do: raise gate.maxStepTime, or release blue/green."
      : `Begin at ${weight} %: ${tellTime(see(weight).seenAfterMs)}.`;
  const warning =
    `${first.weight} % is too small a first stage: a version that fails in ${percent(fault)} of its requests is seen ` +
    `after ${tellTime(now.seenAfterMs)}, but the stage ends after ${formatDuration(first.maxStepTimeMs)}. ${advice}`;
  return { weight, warning };
}

function warnOfTraffic({ problem, traffic }: Ground): readonly string[] {
  if (traffic === undefined) {
    const why = problem === undefined ? "" : ` (${problem})`;
    return [`Stable's traffic is not counted${why}: what a stage will show cannot be told.`];
  }
  return traffic.rps === 0 ? ["Stable has no traffic: no weight could be seen in force, and nothing proved."] : [];
}

function warnOfProof(stages: readonly StageForecast[], { gate, traffic }: Ground): readonly string[] {
  if (traffic === undefined || traffic.rps === 0) return [];
  const paused = stages.find(({ onInconclusive, proves }) => !proves && onInconclusive === "pause");
  if (paused === undefined) return [];
  const why =
    requestsToPass(gate, traffic.failing) === undefined
      ? `Stable itself fails in ${percent(traffic.failing)} of its requests, too near to the limit of ${percent(gate.limit)}`
      : `There are too few requests in ${formatDuration(paused.maxStepTimeMs)}`;
  return [`${why}: a good version is not proved below the limit at ${paused.weight} %, and the release pauses there.`];
}

function warnOfClosing(opening: Opening, expectedMs: number, now: number): readonly string[] {
  if (!opening.open || opening.closesAt === undefined || now + expectedMs <= opening.closesAt) return [];
  const left = formatDuration(opening.closesAt - now);
  return [`The window closes in ${left}, before a good version is through: steps after that wait for the next one.`];
}

function tellTime(ms: number | undefined): string {
  return ms === undefined ? "no time at all" : formatDuration(ms);
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
