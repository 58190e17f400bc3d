import type { Decision, ReleaseEvent } from "../events.ts";
import { describe } from "./words.ts";

/**
 * Tells the events of a release one after the other, without repeating itself: a reason is told once, not again with
 * each event that follows from it, and a `wait` is news only when it lifts a hold or a pause.
 *
 * @returns a function from each event, in order, to its line; undefined when there is nothing to tell
 */
export function createTeller(): (event: ReleaseEvent) => string | undefined {
  let told: string | undefined;
  let decision: Decision | undefined;
  return (event) => {
    const before = decision;
    if (event.type === "decided") decision = event.decision;
    if (event.type === "decided" && event.decision === "wait") {
      return before === "hold" || before === "pause" ? `${before} lifted at ${event.weight} %` : undefined;
    }
    const line = describe(event, told);
    if ("reason" in event && event.type !== "measured") told = event.reason;
    return line;
  };
}
