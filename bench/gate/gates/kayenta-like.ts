import { HOUR_S } from "../traffic.ts";
import { findShift, QUANTILES } from "./mann-whitney.ts";
import type { Gate } from "./outcome.ts";
import { everyS, openCanaryWindow, openWindow } from "./window.ts";

const STEP_S = 60;
const TOLERANCE = 0.25;

/**
 * Spinnaker's canary analysis with Kayenta's judge `NetflixACAJudge-v1.0` on one metric, the failing share in steps of a
 * minute, where only an increase is bad. The candidate is compared with a baseline of its own size, as the best practices
 * ask for (https://spinnaker.io/docs/guides/user/canary/best-practices/). The metric is high when the lower end of the
 * 98 % interval of the Mann-Whitney shift exceeds a quarter of the estimated shift (`MannWhitneyClassifier`, tolerance
 * 0.25, called with confLevel 0.98 in NetflixACAJudge.scala of spinnaker/kayenta); minutes without requests are removed.
 * With one metric the score is then 0, below any marginal threshold: the canary has failed.
 *
 * @param intervalS how often it is judged, over all that it has seen (lookback "growing"). The same best practices start
 *   from an hour, and want 50 points for each judgement.
 */
export function kayentaLike(intervalS: number): Gate {
  return (hour) => {
    const [canary, baseline] = [openCanaryWindow(hour), openWindow(hour, hour.baseline)];
    const judgedHigh = (untilS: number) => {
      const minutes = everyS(STEP_S, untilS);
      const values = (share: typeof canary) => minutes.flatMap((t) => share(t, STEP_S) ?? []);
      return isHigh(values(canary), values(baseline));
    };
    const at = everyS(intervalS, HOUR_S).find(judgedHigh);
    return at === undefined ? {} : { rolledBackS: at };
  };
}

function isHigh(experiment: readonly number[], control: readonly number[]): boolean {
  if (experiment.length === 0 || control.length === 0) return false;
  if (new Set([...experiment, ...control]).size === 1) return false;
  const lower = findShift(experiment, control, QUANTILES[0.98]);
  return lower > 0 && lower > TOLERANCE * Math.abs(findShift(experiment, control, QUANTILES.estimate));
}
