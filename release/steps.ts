import { withWeight, type Slot } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { AbortRelease } from "./errors.ts";
import type { Decision } from "./events.ts";
import type { Plan, Step } from "./plan.ts";
import type { Ports } from "./ports.ts";
import { throwIfInterrupted, waitUntil, type StackMover } from "./stack-mover.ts";
import type { GateWatch } from "./watch.ts";
import type { StepStanding } from "./watch-state.ts";

/** How long Pulumi may take to write one weight. */
const SET_WITHIN_MS = 30_000;

/** How long a written weight may take until it is measured, beside the scrapes that it needs. */
const OBSERVE_WITHIN_MS = 60_000;
const SCRAPES_TO_OBSERVE = 4;

/** What the steps of one release work with. */
export interface StepContext {
  readonly plan: Plan;
  readonly slot: Slot;
  readonly config: DrivenConfig;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly mover: StackMover;
  readonly watch: GateWatch;
}

/**
 * Sets one weight, sees it in force, and stays there until the gate lets the release go on.
 *
 * @throws AbortRelease when the gate, the operator or the cluster is against it
 */
export async function takeStep(context: StepContext, step: Step): Promise<void> {
  const { mover, ports } = context;
  const previous = mover.state.weight;
  const began = ports.clock.now();
  const moving: StepStanding = { step: { ...step, weight: previous }, kind: "step", since: undefined };
  await mover.moveTo(withWeight(mover.state, step.weight), SET_WITHIN_MS, () => lookForTrouble(context, moving));
  const at = ports.clock.now();
  const { serial } = mover.state;
  context.watch.countFrom(at);
  ports.reporter.report({ type: "weight-set", at, weight: step.weight, serial, tookMs: at - began });
  await observeWeight(context, step, previous, at);
  await dwell(context, { step, kind: "step", since: ports.clock.now() });
}

/** Keeps the gate on at full weight for the bake time. */
export async function bake(context: StepContext): Promise<void> {
  const { bakeMs } = context.plan;
  const step: Step = { weight: 100, minStepTimeMs: bakeMs, maxStepTimeMs: bakeMs, onInconclusive: "pause" };
  await dwell(context, { step, kind: "bake", since: context.ports.clock.now() });
}

/** Waits until the weight is seen in the router's object and then in the requests themselves: what counts is in force. */
async function observeWeight(context: StepContext, step: Step, previous: number, written: number): Promise<void> {
  const { config, mover, ports, slot, watch } = context;
  const { serial, weights } = await ports.traffic.read();
  if (weights[slot] !== step.weight || serial !== mover.state.serial) {
    throw new AbortRelease(
      `somebody else moves this traffic: the cluster says weight ${weights[slot]} % at serial ${serial}, ` +
        `written was weight ${step.weight} % at serial ${mover.state.serial}`,
    );
  }
  const within = OBSERVE_WITHIN_MS + SCRAPES_TO_OBSERVE * config.metrics.scrapeInterval;
  await waitUntil({ clock: ports.clock, signal: context.signal }, within, describeWait(step.weight), async () => {
    await lookForTrouble(context, { step, kind: "step", since: undefined });
    const { observed, requests, share } = watch.judgeShare(step.weight, previous);
    if (!observed) return false;
    const at = ports.clock.now();
    ports.reporter.report({ type: "weight-observed", at, weight: step.weight, share, requests, tookMs: at - written });
    return true;
  });
}

function describeWait(weight: number): string {
  return `${weight} % of the requests to reach the candidate (is there traffic?)`;
}

async function dwell(context: StepContext, standing: StepStanding): Promise<void> {
  const { ports, signal, watch } = context;
  for (;;) {
    throwIfInterrupted(signal);
    if ((await lookForTrouble(context, standing)) === "advance") return;
    await ports.clock.sleep(watch.lookEveryMs, signal);
  }
}

async function lookForTrouble({ watch }: StepContext, standing: StepStanding): Promise<Decision> {
  const { decision, reason } = await watch.look(standing);
  if (decision === "rollback") throw new AbortRelease(reason);
  return decision;
}
