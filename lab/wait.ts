import { setTimeout as delay } from "node:timers/promises";

/**
 * Repeats a check until it passes. Returns true then, false once the deadline has passed; the last check always runs
 * after the deadline, so that a slow machine is not failed on a stale answer. A check that throws has not passed.
 */
export async function waitFor(
  check: () => Promise<boolean>,
  options: { readonly timeoutMs: number; readonly intervalMs?: number },
): Promise<boolean> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const late = performance.now() >= deadline;
    if (await passes(check)) return true;
    if (late) return false;
    await delay(options.intervalMs ?? 100);
  }
}

/** The check's answer; false where it throws. */
export async function passes(check: () => Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch {
    return false;
  }
}
