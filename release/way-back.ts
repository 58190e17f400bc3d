import type { RoutingHandle } from "../config/outputs.ts";
import { deny, rolledBack, scaledDown, type ReleaseState, type Slot } from "../config/release-state.ts";
import { messageOf, StackLocked, TakenOver } from "./errors.ts";
import type { Ports } from "./ports.ts";
import { isPromoted, type ReleaseRecord } from "./record.ts";
import type { Run } from "./run.ts";
import { outliveLocks } from "./stale-lock.ts";

/** How long a way back is sought while the cluster does not answer. */
const TAKE_BACK_WITHIN_MS = 60_000;
const RETRY_EVERY_MS = 500;
const RECONCILE_TRIES = 3;
const RECONCILE_RETRY_MS = 3_000;

/** Where all traffic is to go. */
export interface WayBack {
  /** The way as the stack has rendered it; without it, the router's own objects are what it is made from. */
  readonly handle?: RoutingHandle | undefined;
  /** The slot of the version that served before, once its successor is the live one; without it: the live slot. */
  readonly to?: Slot | undefined;
  /** The highest serial that may be on its way to the cluster. */
  readonly aboveSerial: number;
}

/** The way back from where a release stands. */
export function wayBackOf(record: Pick<ReleaseRecord, "handle" | "phase" | "plan" | "state">): WayBack {
  const { handle, phase, plan, state } = record;
  const aboveSerial = state.serial;
  if (isPromoted(record)) return { aboveSerial, to: plan.from.live };
  return phase.kind === "back" && phase.again === true ? { aboveSerial } : { aboveSerial, handle };
}

/**
 * Puts all traffic on stable, straight at the router, again and again until it is done or a minute has passed. A version
 * that had been promoted loses its pods with it, as any other that is taken back.
 *
 * @returns the state in force; `undefined` when the traffic could not be moved
 * @throws TakenOver when somebody else moves it now
 */
export async function takeTrafficBack(
  { clock, reporter, traffic }: Pick<Ports, "clock" | "reporter" | "traffic">,
  { aboveSerial, handle, to }: WayBack,
): Promise<ReleaseState | undefined> {
  const began = clock.now();
  for (;;) {
    try {
      const state =
        to === undefined
          ? await traffic.takeBack(handle, aboveSerial)
          : scaledDown(await traffic.switchTo(to, aboveSerial));
      reporter.report({ type: "traffic-back", at: clock.now(), serial: state.serial, tookMs: clock.now() - began });
      return state;
    } catch (error) {
      if (error instanceof TakenOver) throw error;
      if (clock.now() - began >= TAKE_BACK_WITHIN_MS) {
        reporter.report({ type: "traffic-stuck", at: clock.now(), problem: messageOf(error) });
        return undefined;
      }
      await clock.sleep(RETRY_EVERY_MS);
    }
  }
}

/**
 * Traffic first; then whatever update is still under way must end, before anything else is done to the stack.
 *
 * @returns the state to bring the stack to; `undefined` when the traffic could not be moved
 */
export async function findWayBack({ mover, ports, record, state }: Run): Promise<ReleaseState | undefined> {
  if (record.handle === undefined) {
    await mover.waitForEnd();
    return rolledBack(state);
  }
  const way = wayBackOf(record);
  const back = await takeTrafficBack(ports, way);
  await mover.waitForEnd();
  return back === undefined ? undefined : await takeBackAgain(ports, way, back);
}

/** A version that was taken back by its own fault is not to come again; the faults of a drill are not its own. */
export function denyFaulty(
  back: ReleaseState,
  { plan }: Pick<ReleaseRecord, "plan">,
  faulty: boolean,
  reason: string,
): ReleaseState {
  return faulty && plan.drill !== true ? deny(back, plan.candidate.version, reason) : back;
}

/** The update that was under way may have written after us, where no admission policy held it back. */
async function takeBackAgain(ports: Ports, way: WayBack, back: ReleaseState): Promise<ReleaseState | undefined> {
  const routing = await ports.traffic.read().catch(() => undefined);
  if (routing === undefined || routing.serial === back.serial) return back;
  return takeTrafficBack(ports, { ...way, aboveSerial: routing.serial });
}

/**
 * Makes the stack agree with what serves. The traffic is safe already: failing here is told, and changes no outcome.
 *
 * @param signal given up only when it says that somebody else has taken over
 * @returns whether it agrees
 */
export async function reconcile(
  { clock, reporter, stack }: Pick<Ports, "clock" | "reporter" | "stack">,
  state: ReleaseState,
  signal?: AbortSignal,
): Promise<boolean> {
  const unlocked = outliveLocks(stack, { clock, reporter });
  const began = clock.now();
  for (let tries = 1; ; tries += 1) {
    try {
      if (signal?.reason instanceof TakenOver) throw signal.reason;
      await stack.save(state);
      await unlocked.up();
      reporter.report({ type: "reconciled", at: clock.now(), tookMs: clock.now() - began });
      return true;
    } catch (error) {
      if (tries >= RECONCILE_TRIES || error instanceof TakenOver || error instanceof StackLocked) {
        reporter.report({ type: "reconcile-failed", at: clock.now(), problem: messageOf(error) });
        return false;
      }
      await clock.sleep(RECONCILE_RETRY_MS);
    }
  }
}
