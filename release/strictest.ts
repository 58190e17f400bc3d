import { formatDuration } from "../config/duration.ts";
import type { Verdict } from "./decide.ts";
import type { Decision } from "./events.ts";

/** From the one that stops everything to the one that stops nothing. */
const SEVERITY: readonly Decision[] = ["rollback", "pause", "hold", "wait", "advance"];

/**
 * The most severe of several verdicts; of equals the first. A pause that has lasted for its deadline is a rollback.
 *
 * @param pausedMs how long the present pause has lasted; `undefined` when there is none
 */
export function strictest(
  verdict: Verdict,
  objections: readonly Verdict[],
  { pausedMs, pauseDeadlineMs }: { readonly pausedMs: number | undefined; readonly pauseDeadlineMs: number },
): Verdict {
  const severity = ({ decision }: Verdict) => SEVERITY.indexOf(decision);
  const found = objections.reduce((worst, next) => (severity(next) < severity(worst) ? next : worst), verdict);
  // Of the gate's own pauses it has decided itself whether their time is over.
  if (found === verdict || found.decision !== "pause" || (pausedMs ?? 0) < pauseDeadlineMs) return found;
  return {
    decision: "rollback",
    rule: "deadline",
    reason: `paused for ${formatDuration(pauseDeadlineMs)}: ${found.reason}`,
  };
}
