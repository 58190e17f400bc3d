import type { Clock, MetricsSource } from "./ports.ts";

/**
 * A clock that tells no time before `at`: on another machine, where a release was begun, it may have been later already,
 * and what was written down there must not lie in the future.
 */
export function notBefore(clock: Clock, at: number): Clock {
  const ahead = Math.max(0, at - clock.now());
  return { now: () => clock.now() + ahead, sleep: (ms, signal) => clock.sleep(ms, signal) };
}

/** By how many ms Prometheus' clock is ahead of ours, beyond what its answer took; below 0 when it is behind. */
export async function measureSkew(clock: Clock, metrics: MetricsSource): Promise<number> {
  const asked = clock.now();
  const [answer] = await metrics.ask("time()");
  const theirs = (answer?.value ?? NaN) * 1_000;
  return theirs < asked ? theirs - asked : Math.max(0, theirs - clock.now());
}
