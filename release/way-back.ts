import type { RoutingHandle } from "../config/outputs.ts";
import type { ReleaseState } from "../config/release-state.ts";
import { messageOf } from "./errors.ts";
import type { Ports } from "./ports.ts";

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
 * Makes the stack agree with what serves. The traffic is safe already: failing here is told, and changes no outcome.
 *
 * @returns whether it agrees
 */
export async function reconcile(
  { clock, reporter, stack }: Pick<Ports, "clock" | "reporter" | "stack">,
  state: ReleaseState,
): Promise<boolean> {
  const began = clock.now();
  for (let tries = 1; ; tries += 1) {
    try {
      await stack.save(state);
      await stack.up();
      reporter.report({ type: "reconciled", at: clock.now(), tookMs: clock.now() - began });
      return true;
    } catch (error) {
      if (tries >= RECONCILE_TRIES) {
        reporter.report({ type: "reconcile-failed", at: clock.now(), problem: messageOf(error) });
        return false;
      }
      await clock.sleep(RECONCILE_RETRY_MS);
    }
  }
}
