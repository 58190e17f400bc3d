import { HOUR_S, type Hour } from "../traffic.ts";
import type { Outcome } from "./outcome.ts";
import { everyS, openCanaryWindow } from "./window.ts";

const INTERVAL_S = 60;
const FAILURE_LIMIT = 3;
const LEAST_SUCCESS = 0.99;

/**
 * An Argo Rollouts background analysis of the success rate, as `strategy: argo` of this project declares it. Measured
 * each interval over that time; a measurement below the rate has failed, one without requests is inconclusive; the
 * analysis fails, and the rollout aborts, once more than `failureLimit` have failed, in a row or not
 * (`assessMetricFailureInconclusiveOrError` in analysis/analysis.go of argoproj/argo-rollouts). `failureLimit: 3` is
 * that of the documented example (https://argo-rollouts.readthedocs.io/en/stable/features/analysis/), whose interval
 * of 5 minutes and rate of 0.95 are 1 minute and 0.99 here, so that it is quicker and asks for what the others ask for.
 */
export function argoLike(hour: Hour): Outcome {
  const share = openCanaryWindow(hour);
  let failed = 0;
  for (const t of everyS(INTERVAL_S, HOUR_S)) {
    if (1 - (share(t, INTERVAL_S) ?? 0) < LEAST_SUCCESS) failed += 1;
    if (failed > FAILURE_LIMIT) return { rolledBackS: t };
  }
  return {};
}
