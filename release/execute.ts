import type { RoutingHandle } from "../config/outputs.ts";
import type { LatencyGate } from "../config/gate.ts";
import { metricSource } from "../config/metric-presets.ts";
import { liveVersion, promoted, rolledBack, type ReleaseState } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { messageOf, UserError } from "./errors.ts";
import type { Outcome } from "./events.ts";
import { thresholdsOf } from "./gate/gate.ts";
import { candidateSlot, type Plan } from "./plan.ts";
import type { Ports } from "./ports.ts";
import { check, deploy, warmUp } from "./prepare.ts";
import { StackMover } from "./stack-mover.ts";
import { bake, takeStep, type StepContext } from "./steps.ts";
import { GateWatch } from "./watch.ts";
import { reconcile, takeTrafficBack } from "./way-back.ts";

export const EXIT = { promoted: 0, userError: 1, rolledBack: 2, rollbackFailed: 3, interrupted: 130 } as const;

/**
 * Brings a version from weight 0 to live, or takes its traffic away again: by itself, on a signal, or on any error.
 *
 * @param signal aborted when the release is to be given up
 * @returns the exit code
 * @throws UserError when nothing could be begun; nothing has changed then
 */
export async function executeRelease(
  plan: Plan,
  config: DrivenConfig,
  stackName: string,
  ports: Ports,
  signal: AbortSignal,
): Promise<number> {
  const startedAt = ports.clock.now();
  const slot = candidateSlot(plan);
  const mover = new StackMover(plan.from, ports, signal);
  const watch = new GateWatch(config, metricSource(config), slot, ports);
  const context: StepContext = { plan, slot, config, ports, signal, mover, watch };
  const finish = (outcome: Outcome, reason: string, exitCode: number): number => {
    const at = ports.clock.now();
    ports.reporter.report({
      type: "finished",
      at,
      outcome,
      reason,
      exitCode,
      durationMs: at - startedAt,
      ...watch.totals,
    });
    return exitCode;
  };
  reportPlan(context, stackName, startedAt);
  try {
    await deploy(context);
    await check(context);
    await warmUp(context);
    await watch.open(plan.candidate.replicas, signal);
    for (const step of plan.steps) await takeStep(context, step);
    await bake(context);
  } catch (error) {
    if (error instanceof UserError && mover.handle === undefined) throw error;
    return rollBack(context, messageOf(error), finish);
  }
  await promote(context);
  return finish("promoted", `version ${plan.candidate.version} serves all traffic`, EXIT.promoted);
}

type Finish = (outcome: Outcome, reason: string, exitCode: number) => number;

/** The candidate becomes live. Takes no signal: no traffic moves any more, and half a promotion would help nobody. */
async function promote({ mover, plan, ports, slot }: StepContext): Promise<void> {
  await reconcile(ports, promoted(mover.state));
  ports.reporter.report({ type: "promoted", at: ports.clock.now(), slot, version: plan.candidate.version });
}

async function rollBack({ mover, ports, signal }: StepContext, reason: string, finish: Finish): Promise<number> {
  const interrupted = signal.aborted;
  const { state } = mover;
  ports.reporter.report({ type: "rolling-back", at: ports.clock.now(), weight: state.weight, reason });
  const back = await findWayBack(ports, mover);
  if (back === undefined) return finish("rollback-failed", reason, EXIT.rollbackFailed);
  await reconcile(ports, back);
  return finish(state.weight > 0 ? "rolled-back" : "refused", reason, interrupted ? EXIT.interrupted : EXIT.rolledBack);
}

/** Traffic first; then whatever update is still under way must end, before anything else is done to the stack. */
async function findWayBack(ports: Ports, mover: StackMover): Promise<ReleaseState | undefined> {
  const { handle, state } = mover;
  if (handle === undefined) {
    await mover.waitForEnd();
    return rolledBack(state);
  }
  const back = await takeTrafficBack(ports, handle, state.serial);
  await mover.waitForEnd();
  return back === undefined ? undefined : await takeBackAgain(ports, handle, back);
}

/** The update that was under way may have written after us, where no admission policy held it back. */
async function takeBackAgain(
  ports: Ports,
  handle: RoutingHandle,
  back: ReleaseState,
): Promise<ReleaseState | undefined> {
  const routing = await ports.traffic.read().catch(() => undefined);
  if (routing === undefined || routing.serial === back.serial) return back;
  return takeTrafficBack(ports, handle, routing.serial);
}

function describeLatency({ limit, percentile, tolerateSlow }: LatencyGate) {
  return { limitMs: limit, percentile, tolerateSlow };
}

function reportPlan({ config, plan, ports, slot }: StepContext, stack: string, at: number): void {
  const { app, gate } = config;
  const { bakeMs, candidate, from, steps } = plan;
  ports.reporter.report({
    type: "planned",
    at,
    app: app.name,
    stack,
    stable: { slot: from.live, version: liveVersion(from).version },
    candidate: { slot, version: candidate.version },
    weights: steps.map(({ weight }) => weight),
    minStepTimeMs: gate.minStepTime,
    maxStepTimeMs: gate.maxStepTime,
    bakeMs,
    limit: gate.limit,
    tolerate: gate.tolerate,
    ignoreBelow: gate.ignoreBelow,
    falseAlarm: gate.falseAlarm,
    ...(gate.latency === "off" ? {} : { latency: describeLatency(gate.latency) }),
    thresholds: thresholdsOf(gate),
  });
}
