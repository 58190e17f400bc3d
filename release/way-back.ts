import type { RoutingHandle } from "../config/outputs.ts";
import { rolledBack, type ReleaseState } from "../config/release-state.ts";
import { messageOf, StackLocked, TakenOver } from "./errors.ts";
import type { Ports } from "./ports.ts";
import type { Run } from "./run.ts";
import { outliveLocks } from "./stale-lock.ts";

/** How long a way back is sought while the cluster does not answer. */
const TAKE_BACK_WITHIN_MS = 60_000;
const RETRY_EVERY_MS = 500;
const RECONCILE_TRIES = 3;
const RECONCILE_RETRY_MS = 3_000;

/**
 * Puts all traffic on stable, straight at the router, again and again until it is done or a minute has passed.
 *
 * @param handle the way back as the stack has rendered it; without it, the router's own objects are what it is made from
 * @returns the state in force; `undefined` when the traffic could not be moved
 */
export async function takeTrafficBack(
  { clock, reporter, traffic }: Pick<Ports, "clock" | "reporter" | "traffic">,
  handle: RoutingHandle | undefined,
  aboveSerial: number,
): Promise<ReleaseState | undefined> {
  const began = clock.now();
  for (;;) {
    try {
      const state = await traffic.takeBack(handle, aboveSerial);
      reporter.report({ type: "traffic-back", at: clock.now(), serial: state.serial, tookMs: clock.now() - began });
      return state;
    } catch (error) {
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
  const { handle } = record;
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
