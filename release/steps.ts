import type { PhaseKind, Phase } from "./record.ts";
import { AbortRelease, FaultyVersion } from "./errors.ts";
import type { Decision } from "./events.ts";
import { awaitPermission } from "./permission.ts";
import { stepAt, type Step } from "./plan.ts";
import type { Run } from "./run.ts";
import { patiently, throwIfInterrupted, waitUntil } from "./stack-mover.ts";
import type { StepStanding } from "./watch-state.ts";

/** How long Pulumi may take to write one weight. */
const SET_WITHIN_MS = 30_000;

/** How long a written weight may take until it is measured, beside the scrapes that it needs. */
const OBSERVE_WITHIN_MS = 60_000;
const SCRAPES_TO_OBSERVE = 4;

/**
 * Brings a step's weight, which the run's state already has, to the cluster.
 *
 * @throws AbortRelease when the gate, the operator or the cluster is against it
 */
export async function setWeight(run: Run, index: number): Promise<void> {
  const { mover, ports, state } = run;
  const began = ports.clock.now();
  await mover.moveTo(state, SET_WITHIN_MS, () => lookForTrouble(run, before(run, index)));
  const at = ports.clock.now();
  run.watch.countFrom(at);
  ports.reporter.report({ type: "weight-set", at, weight: state.weight, serial: state.serial, tookMs: at - began });
}

/**
 * Waits until a step forward may be taken.
 *
 * @throws AbortRelease when it is rejected, or when the gate or the operator is against the release
 */
export async function permit(run: Run, index: number): Promise<void> {
  await awaitPermission(run, stepAt(run.plan, index), () => lookForTrouble(run, before(run, index)));
}

/** Where the traffic still is while a step has not begun. */
function before(run: Run, index: number): StepStanding {
  return { step: { ...stepAt(run.plan, index), weight: weightBefore(run, index) }, kind: "step", since: undefined };
}

/**
 * Waits until the weight is seen in the router's object and then in the requests themselves: what counts is in force.
 *
 * @throws AbortRelease when somebody else moves the traffic, or when the weight is never seen
 */
export async function observeWeight(run: Run, { step: index, writtenAt }: PhaseOf<"observe">): Promise<void> {
  const { config, ports, signal, slot, state, watch } = run;
  const step = stepAt(run.plan, index);
  let isInRouter = false;
  const findInRouter = patiently(ports.clock, async () => {
    const { serial, weights } = await ports.traffic.read();
    if (weights[slot] === step.weight && serial === state.serial) return true;
    throw new AbortRelease(
      `somebody else moves this traffic: the router says weight ${weights[slot]} % at serial ${serial}, ` +
        `written was weight ${step.weight} % at serial ${state.serial}`,
    );
  });
  const within = OBSERVE_WITHIN_MS + SCRAPES_TO_OBSERVE * config.metrics.scrapeInterval;
  await waitUntil({ clock: ports.clock, signal }, within, describeWait(step.weight), async () => {
    await lookForTrouble(run, { step, kind: "step", since: undefined });
    isInRouter ||= await findInRouter();
    const { observed, requests, share } = watch.judgeShare(step.weight, weightBefore(run, index));
    if (!observed || !isInRouter) return false;
    const at = ports.clock.now();
    ports.reporter.report({
      type: "weight-observed",
      at,
      weight: step.weight,
      share,
      requests,
      tookMs: at - writtenAt,
    });
    return true;
  });
}

function describeWait(weight: number): string {
  return `${weight} % of the requests to reach the candidate (is there traffic?)`;
}

/** Stays at a weight until the gate lets the release go on. */
export async function dwell(run: Run, { since, step }: PhaseOf<"dwell">): Promise<void> {
  await stay(run, { step: stepAt(run.plan, step), kind: "step", since });
}

/** Keeps the gate on at full weight for the bake time. */
export async function bake(run: Run, { since }: PhaseOf<"bake">): Promise<void> {
  await stay(run, { step: bakeStep(run), kind: "bake", since });
}

/** One look between two phases, where the candidate has traffic. */
export async function lookBetween(run: Run): Promise<void> {
  const { phase } = run.record;
  if (phase.kind === "bake") await lookForTrouble(run, { step: bakeStep(run), kind: "bake", since: undefined });
  if ("step" in phase)
    await lookForTrouble(run, { step: stepAt(run.plan, phase.step), kind: "step", since: undefined });
}

async function stay(run: Run, standing: StepStanding): Promise<void> {
  const { ports, signal, watch } = run;
  for (;;) {
    throwIfInterrupted(signal);
    if ((await lookForTrouble(run, standing)) === "advance") return;
    await ports.clock.sleep(watch.lookEveryMs, signal);
  }
}

/**
 * One look of the gate.
 *
 * @throws FaultyVersion when it is against the version, AbortRelease when the time is over
 */
export async function lookForTrouble(run: Run, standing: StepStanding): Promise<Decision> {
  const before = run.watch.state;
  const { decision, reason, rule } = await run.watch.look(standing);
  // Time that runs out proves nothing against the version.
  if (decision === "rollback") throw rule === "deadline" ? new AbortRelease(reason) : new FaultyVersion(reason);
  if (run.watch.state.gate !== before.gate) run.note();
  return decision;
}

function bakeStep({ plan: { bakeMs }, state }: Run): Step {
  return { weight: state.weight, minStepTimeMs: bakeMs, maxStepTimeMs: bakeMs, onInconclusive: "pause" };
}

function weightBefore({ plan }: Run, index: number): number {
  return plan.steps[index - 1]?.weight ?? 0;
}

type PhaseOf<K extends PhaseKind> = Extract<Phase, { kind: K }>;
