import { contractedFor, refuseReturn } from "../config/contraction.ts";
import { otherSlot, scaledDown, type ReleaseState } from "../config/release-state.ts";
import { conclude } from "./conclude.ts";
import { AbortRelease } from "./errors.ts";
import { EXIT } from "./exit.ts";
import type { Plan, Step } from "./plan.ts";
import type { Routing, TrafficSwitch } from "./ports.ts";
import type { Ending } from "./record.ts";
import type { Move, Run } from "./run.ts";
import { throwIfInterrupted } from "./stack-mover.ts";
import { lookForTrouble } from "./steps.ts";
import type { StepStanding } from "./watch-state.ts";
import { reconcile } from "./way-back.ts";

/** How often the guard looks whether the traffic is still where the release left it. */
const LOOK_AT_ROUTER_MS = 5_000;

/** The lease is renewed more often than that. */
const HEARD_OF_WITHIN_MS = 10_000;

/** How a release ends whose version is live. */
export function promotion({ plan, stackAgrees }: Run): Ending {
  const reason = `version ${plan.candidate.version} serves all traffic`;
  return { outcome: "promoted", reason, exitCode: EXIT.promoted, stackAgrees };
}

/**
 * The candidate becomes live. Takes no signal: no traffic moves any more, and half a promotion would help nobody.
 *
 * @returns whether a guard comes next
 */
export async function promote(run: Run): Promise<boolean> {
  const { plan, ports, slot, state } = run;
  const { clock, reporter } = ports;
  run.stackAgrees = await reconcile(ports, state, run.signal);
  reporter.report({ type: "promoted", at: clock.now(), slot, version: plan.candidate.version });
  if (plan.guardMs === 0) return false;
  const gone = refuseWayBack(run);
  if (gone !== undefined) reporter.report({ type: "warned", at: clock.now(), problem: `there is no guard: ${gone}` });
  else reporter.report({ type: "guarding", at: clock.now(), ...oldVersion(state), until: clock.now() + plan.guardMs });
  return gone === undefined;
}

/** Why the old version could not come back. */
function refuseWayBack({ config, state }: Run): string | undefined {
  const old = state[otherSlot(state.live)];
  const contracted = contractedFor(config.database, state);
  return old === undefined || contracted === undefined ? undefined : refuseReturn(old, contracted, state);
}

/**
 * Keeps the gate on after the promotion. What it holds in doubt until the end is told; only a version that has turned bad
 * is taken back.
 *
 * @returns whether it ended well
 * @throws AbortRelease when somebody else moves the traffic, which ends the guard
 */
export async function guard(run: Run, since: number): Promise<boolean> {
  const { plan, ports, signal, watch } = run;
  const { clock, reporter } = ports;
  const standing: StepStanding = { step: guardStep(plan), kind: "guard", since };
  for (let lookAt = since; ;) {
    throwIfInterrupted(signal);
    const decision = await lookForTrouble(run, standing);
    if (decision === "advance") return true;
    const now = clock.now();
    if (now - since >= plan.guardMs) {
      const problem = `the guard ends with the gate at "${decision}": both versions stay warm`;
      reporter.report({ type: "warned", at: now, problem });
      return false;
    }
    if (now >= lookAt) {
      lookAt = now + LOOK_AT_ROUTER_MS;
      const routing = await readRouting(ports.traffic);
      if (routing !== undefined) await refuseMoved(run, routing);
    }
    await clock.sleep(watch.lookEveryMs, signal);
  }
}

function guardStep({ guardMs }: Plan): Step {
  return { weight: 100, minStepTimeMs: guardMs, maxStepTimeMs: guardMs, onInconclusive: "pause" };
}

/** A cluster that does not answer says nothing about who moves its traffic. */
async function readRouting(traffic: TrafficSwitch): Promise<Routing | undefined> {
  try {
    return await traffic.read();
  } catch {
    return undefined;
  }
}

/** @throws AbortRelease when somebody has moved the traffic since this release wrote it */
async function refuseMoved({ ports, signal, slot, state }: Run, { serial, weights }: Routing): Promise<void> {
  if (serial <= state.serial && weights[slot] === 100) return;
  // Who took the lease to do so is heard of by then, and says how this release ends.
  await ports.clock.sleep(HEARD_OF_WITHIN_MS, signal);
  throw new AbortRelease(`somebody else has moved the traffic, to serial ${serial}`);
}

/** What is written down before the old version loses its pods. */
export function scaleDownNext({ state }: Run): Move {
  return { phase: { kind: "scaleDown" }, state: { ...scaledDown(state), serial: state.serial + 1 } };
}

/** The way back is closed: the old version's pods go. */
export async function scaleDown(run: Run): Promise<void> {
  const { ports, state } = run;
  // Whoever has moved the traffic meanwhile may have put it on just those pods.
  await refuseMoved(run, await ports.traffic.read());
  run.stackAgrees = await reconcile(ports, state, run.signal);
  if (run.stackAgrees) {
    ports.reporter.report({ type: "scaled-down", at: ports.clock.now(), ...oldVersion(state) });
  }
}

/** What is not the version's fault leaves it live, and is told; unless somebody else has put the traffic elsewhere. */
export async function leaveGuard(run: Run, reason: string): Promise<void> {
  const { clock, reporter, traffic } = run.ports;
  const routing = await readRouting(traffic);
  if (routing !== undefined && routing.weights[run.slot] !== 100)
    return conclude(run, { outcome: "rolled-back", reason, exitCode: EXIT.rolledBack });
  const problem = `the guard ends early, and ${oldVersion(run.state).version} stays warm: ${reason}`;
  reporter.report({ type: "warned", at: clock.now(), problem });
  await conclude(run, promotion(run));
}

function oldVersion(state: ReleaseState) {
  const slot = otherSlot(state.live);
  return { slot, version: state[slot]?.version ?? "" };
}
