import { HOUR_S, type Hour } from "../traffic.ts";
import type { Outcome } from "./outcome.ts";
import { everyS, openCanaryWindow } from "./window.ts";

const WINDOW_S = 300;
const EVALUATION_S = 60;
const LIMIT = 0.01;

/**
 * The rule that everybody writes first: more than 1 % of the last five minutes' requests failed. A window of `[5m]` is
 * that of the examples of `rate` (https://prometheus.io/docs/prometheus/latest/querying/functions/#rate); it is looked
 * at once a minute, the default `evaluation_interval`, from the moment on at which it is full.
 */
export function naiveWindow(hour: Hour): Outcome {
  const share = openCanaryWindow(hour);
  const at = everyS(EVALUATION_S, HOUR_S).find((t) => t >= WINDOW_S && (share(t, WINDOW_S) ?? 0) > LIMIT);
  return at === undefined ? {} : { rolledBackS: at };
}
