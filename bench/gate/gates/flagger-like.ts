import { HOUR_S, type Hour } from "../traffic.ts";
import type { Outcome } from "./outcome.ts";
import { everyS, openCanaryWindow } from "./window.ts";

const INTERVAL_S = 60;
const THRESHOLD = 5;
const LEAST_SUCCESS_PERCENT = 99;

/**
 * Flagger's canary analysis with the builtin check `request-success-rate`, min 99 over 1m, interval 1m and threshold 5
 * (https://docs.flagger.app/usage/metrics). A check that fails, or that finds no request, raises the number of failed
 * checks, which no success lowers; each tick begins with a rollback if that number has reached the threshold
 * (`advanceCanary` in pkg/controller/scheduler.go of fluxcd/flagger), so it comes one tick after the last failed check.
 */
export function flaggerLike(hour: Hour): Outcome {
  const share = openCanaryWindow(hour);
  let failed = 0;
  for (const t of everyS(INTERVAL_S, HOUR_S)) {
    if (failed >= THRESHOLD) return { rolledBackS: t };
    const failing = share(t, INTERVAL_S);
    if (failing === undefined || (1 - failing) * 100 < LEAST_SUCCESS_PERCENT) failed += 1;
  }
  return {};
}
