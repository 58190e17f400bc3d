import type { LatencyGate } from "../config/gate.ts";
import { liveVersion, promoted, withWeight } from "../config/release-state.ts";
import { FaultyVersion, messageOf, TakenOver, UserError } from "./errors.ts";
import { EXIT } from "./exit.ts";
import { thresholdsOf } from "./gate/gate.ts";
import { stepAt } from "./plan.ts";
import { check, deploy, warmUp } from "./prepare.ts";
import { guard, leaveGuard, promote, promotion, scaleDown, scaleDownNext } from "./promote.ts";
import { exposureOf, isPromoted, type Ending, type Phase } from "./record.ts";
import { conclude, reportEnd } from "./conclude.ts";
import type { Move, Run } from "./run.ts";
import { bake, dwell, lookBetween, observeWeight, permit, setWeight } from "./steps.ts";
import { denyFaulty, findWayBack, reconcile } from "./way-back.ts";

/**
 * Drives a release from the phase that it is in to its end: promoted, or its traffic taken back by the gate, a signal or
 * any error. Each phase is written down before it begins.
 *
 * @throws UserError when nothing could be begun; nothing has changed then
 */
export async function executeRelease(run: Run): Promise<Ending> {
  if (!run.resumed) await begin(run);
  for (;;) {
    const { phase } = run.record;
    switch (phase.kind) {
      case "finished":
        return phase.ending;
      case "back":
        await goBack(run, phase);
        break;
      case "reconcile":
        await conclude(run, { ...phase.ending, stackAgrees: await reconcile(run.ports, run.state, run.signal) });
        break;
      case "deploy":
      case "check":
      case "permit":
      case "set":
      case "observe":
      case "dwell":
      case "bake":
      case "promote":
      case "guard":
      case "scaleDown":
        await goForward(run, phase);
    }
  }
}

/** @throws UserError when there is no journal to begin with */
async function begin(run: Run): Promise<void> {
  try {
    await run.ports.journal.write(run.record, []);
  } catch (error) {
    throw new UserError(`Nothing was changed: the journal cannot be written (${messageOf(error)}).`, { cause: error });
  }
  reportPlan(run);
}

type Forward = Exclude<Phase, { kind: "back" | "reconcile" | "finished" }>;

/**
 * Does one phase and enters the next. Whatever goes wrong leads to the way back; once the version is promoted, only what
 * is wrong with it.
 */
async function goForward(run: Run, phase: Forward): Promise<void> {
  try {
    const move = await perform(run, phase);
    if (move === undefined) {
      await conclude(run, promotion(run));
      return;
    }
    await run.enter(move, () => lookBetween(run));
  } catch (error) {
    const { clock, reporter, stack } = run.ports;
    const taken = [error, run.signal.reason].find((reason) => reason instanceof TakenOver);
    if (taken !== undefined) return leaveTo(run, taken);
    if (error instanceof UserError && phase.kind === "deploy" && !run.resumed) {
      await stack.save(run.plan.from);
      run.note({
        phase: { kind: "finished", ending: { outcome: "refused", reason: messageOf(error), exitCode: EXIT.userError } },
      });
      await run.settle();
      throw error;
    }
    const reason = messageOf(error);
    const faulty = error instanceof FaultyVersion;
    if (isPromoted(run.record) && !faulty) return leaveGuard(run, reason);
    reporter.report({ type: "rolling-back", at: clock.now(), weight: exposureOf(run.record), reason });
    run.note({ phase: { kind: "back", reason, interrupted: run.signal.aborted, faulty } });
  }
}

/** @returns what comes next; `undefined` when nothing is left to do */
async function perform(run: Run, phase: Forward): Promise<Move | undefined> {
  const { plan, ports, state } = run;
  const { clock, stack } = ports;
  const toSet = (step: number): Move => ({
    phase: { kind: "set", step },
    state: withWeight(state, stepAt(plan, step).weight),
  });
  const toStep = (step: number): Move => {
    const mustWait = plan.windows.length > 0 || plan.steps[step]?.approval !== undefined;
    return mustWait ? { phase: { kind: "permit", step } } : toSet(step);
  };
  switch (phase.kind) {
    case "deploy":
      await deploy(run);
      return { phase: { kind: "check" }, handle: await stack.readHandle() };
    case "check":
      await check(run);
      await warmUp(run);
      await run.watch.open(plan.candidate.replicas, run.signal);
      return toStep(0);
    case "permit":
      await permit(run, phase.step);
      return toSet(phase.step);
    case "set":
      await setWeight(run, phase.step);
      return { phase: { kind: "observe", step: phase.step, writtenAt: clock.now() } };
    case "observe":
      await observeWeight(run, phase);
      if (phase.step === plan.steps.length) return { phase: { kind: "promote" }, state: promoted(state) };
      return { phase: { kind: "dwell", step: phase.step, since: clock.now() } };
    case "dwell":
      await dwell(run, phase);
      return phase.step + 1 < plan.steps.length
        ? toStep(phase.step + 1)
        : { phase: { kind: "bake", since: clock.now() } };
    case "bake":
      await bake(run, phase);
      if (plan.holdback !== undefined) return toSet(plan.steps.length);
      return { phase: { kind: "promote" }, state: promoted(state) };
    case "promote":
      return (await promote(run)) ? { phase: { kind: "guard", since: clock.now() } } : undefined;
    case "guard":
      return (await guard(run, phase.since)) && !plan.keepWarm ? scaleDownNext(run) : undefined;
    case "scaleDown":
      await scaleDown(run);
      return undefined;
  }
}

async function goBack(run: Run, { faulty, interrupted, reason }: Extract<Phase, { kind: "back" }>): Promise<void> {
  const back = await findWayBack(run).catch((error: unknown) => {
    if (error instanceof TakenOver) return error;
    throw error;
  });
  if (back instanceof TakenOver) return leaveTo(run, back);
  if (back === undefined) return leaveStuck(run, reason);
  const exitCode = interrupted ? EXIT.interrupted : EXIT.rolledBack;
  const ending: Ending = { outcome: exposureOf(run.record) > 0 ? "rolled-back" : "refused", reason, exitCode };
  run.note({ phase: { kind: "reconcile", ending }, state: denyFaulty(back, run.record, faulty, reason) });
}

/** What is written down stays on its way back: a watchdog, `resume` or `abort` goes on with it. */
async function leaveStuck(run: Run, reason: string): Promise<void> {
  await run.insist();
  const ending: Ending = { outcome: "rollback-failed", reason, exitCode: EXIT.rollbackFailed };
  reportEnd(run, ending);
  run.leave(ending);
}

/** Somebody else has this release now, and with it the traffic, the journal and the stack. */
async function leaveTo(run: Run, { message }: TakenOver): Promise<void> {
  await run.mover.waitForEnd();
  const ending: Ending = { outcome: "taken-over", reason: message, exitCode: EXIT.rolledBack };
  reportEnd(run, ending);
  run.leave(ending);
}

function describeLatency({ limit, percentile, tolerateSlow }: LatencyGate) {
  return { limitMs: limit, percentile, tolerateSlow };
}

function reportPlan({ config, plan, ports, record, slot }: Run): void {
  const { app, gate } = config;
  const { bakeMs, candidate, from, guardMs, holdback, steps } = plan;
  ports.reporter.report({
    type: "planned",
    at: record.startedAt,
    app: app.name,
    stack: record.stack,
    stable: { slot: from.live, version: liveVersion(from).version },
    candidate: { slot, version: candidate.version },
    ...plan.origin,
    weights: steps.map(({ weight }) => weight),
    minStepTimeMs: gate.minStepTime,
    maxStepTimeMs: gate.maxStepTime,
    stages: steps.flatMap(({ own, weight, ...times }) =>
      own === undefined ? [] : [{ weight, ...Object.fromEntries(own.map((name) => [name, times[name]])) }],
    ),
    ...(holdback === undefined ? {} : { holdback }),
    bakeMs,
    ...(guardMs > 0 ? { guardMs } : {}),
    limit: gate.limit,
    tolerate: gate.tolerate,
    ignoreBelow: gate.ignoreBelow,
    falseAlarm: gate.falseAlarm,
    ...(gate.latency === "off" ? {} : { latency: describeLatency(gate.latency) }),
    thresholds: thresholdsOf(gate),
  });
}
