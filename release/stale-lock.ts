import { StackLocked } from "./errors.ts";
import type { Ports, StackDriver } from "./ports.ts";

/** How long an update that may still be alive is waited for. */
const LOCKED_WITHIN_MS = 120_000;
const RETRY_MS = 3_000;

/**
 * The stack, for whoever goes on where another program was: an update that it left behind, and that may still be under
 * way, is waited for; the lock of one whose process is dead is removed. Only for who holds the app's lease, or was told
 * by the operator to take the traffic back.
 */
export function outliveLocks(stack: StackDriver, { clock, reporter }: Pick<Ports, "clock" | "reporter">): StackDriver {
  const warn = (problem: string) => reporter.report({ type: "warned", at: clock.now(), problem });
  return {
    ...stack,
    async up(signal) {
      const deadline = clock.now() + LOCKED_WITHIN_MS;
      for (let told = false; ;) {
        try {
          await stack.up(signal);
          return;
        } catch (error) {
          if (!(error instanceof StackLocked) || signal?.aborted === true || clock.now() >= deadline) throw error;
          if (error.isDead) {
            warn(`the lock that a dead update left was removed: ${error.holders}`);
            await stack.unlock();
          } else if (!told) {
            warn(error.message);
            told = true;
          }
        }
        await clock.sleep(RETRY_MS, signal);
      }
    },
  };
}
