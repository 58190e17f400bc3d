import { formatDuration } from "../../config/duration.ts";
import type { NewsKind } from "../../config/notify.ts";
import type { EventOf, ReleaseEvent } from "../events.ts";
import type { Clock, Reporter } from "../ports.ts";
import { formatMoment } from "./format.ts";
import { writeHeadline } from "./headline.ts";
import { summarise } from "./summary.ts";

/** Something that people want to hear of who do not watch the release. */
export interface News {
  readonly kind: NewsKind;
  readonly at: number;
  /** One sentence, without final stop. */
  readonly title: string;
  readonly detail: string;
}

/** Whose release it is, for the titles. */
export interface Newsroom {
  readonly app: string;
  readonly stack: string;
  /** A pause is news once it has lasted so long, ms. */
  readonly pauseAfterMs: number;
  readonly clock: Clock;
}

/** Listens to a release, and tells its news. */
export function createNewsReporter(
  { app, clock, pauseAfterMs, stack }: Newsroom,
  tell: (news: News) => void,
): Reporter {
  const events: ReleaseEvent[] = [];
  const where = `${app} on ${stack}`;
  let pause: AbortController | undefined;
  let paused = false;
  let back: EventOf<"rolling-back"> | undefined;
  let told: NewsKind | undefined;

  /** How it ends is told as soon as it is certain, and not again at the end. */
  const tellOnce = (news: News) => {
    if (news.kind !== told) tell(news);
    told = news.kind;
  };
  const startPause = ({ at, reason, weight }: EventOf<"decided">) => {
    if (pause !== undefined || paused) return;
    const lifted = (pause = new AbortController());
    void clock.sleep(pauseAfterMs, lifted.signal).then(() => {
      if (lifted.signal.aborted) return;
      paused = true;
      const since = formatDuration(clock.now() - at);
      tell({ kind: "paused", at, title: `${where}: the release pauses at ${weight} % for ${since}`, detail: reason });
    });
  };
  const endPause = (at: number, detail: string) => {
    pause?.abort();
    pause = undefined;
    if (paused) tell({ kind: "resumed", at, title: `${where}: the release pauses no more`, detail });
    paused = false;
  };

  const headline = () => {
    const { detail, title } = writeHeadline(summarise(events));
    return { title: `${where}: ${title}`, detail };
  };
  const guardsEnd = () => {
    const gone = events.some(({ type }) => type === "scaled-down");
    const old = gone ? "The version before it has no pods any more." : "The version before it stays warm.";
    return { title: `${where}: the guard has ended, the new version stays`, detail: `${headline().detail} ${old}` };
  };

  return {
    report(event) {
      events.push(event);
      const { at } = event;
      if (event.type === "decided") {
        if (event.decision === "pause") startPause(event);
        else endPause(at, event.reason);
      } else if (event.type === "rolling-back") {
        endPause(at, event.reason);
        back = event.weight > 0 ? event : undefined;
      } else if (event.type === "traffic-back" && back !== undefined) {
        const title = `${where}: rolled back from ${back.weight} % of the traffic`;
        tellOnce({ kind: "rolled-back", at, title, detail: back.reason });
      } else if (event.type === "traffic-stuck") {
        const title = `${where}: the traffic could NOT be taken back`;
        tellOnce({ kind: "rollback-failed", at, title, detail: event.problem });
      } else if (event.type === "approval-awaited") {
        const silence = event.onTimeout === "approve" ? "approved" : "rejected";
        const title = `${where}: the release waits for an approval of ${event.weight} % of the traffic`;
        const detail = `Answer with "sluice approve --stack ${stack}"; without an answer it is ${silence} at ${formatMoment(event.until)}.`;
        tell({ kind: "approval", at, title, detail });
      } else if (event.type === "promoted") {
        tellOnce({ kind: "promoted", at, ...headline() });
      } else if (event.type === "finished") {
        endPause(at, event.reason);
        if (event.outcome === "promoted" && events.some(isGuard)) tellOnce({ kind: "guarded", at, ...guardsEnd() });
        // Whoever has taken a release over tells how it ended.
        else if (event.outcome !== "taken-over") tellOnce({ kind: event.outcome, at, ...headline() });
      }
    },
    close: () => pause?.abort(),
  };
}

/** Whether a promotion that was told before is still watched over. */
function isGuard(event: ReleaseEvent): boolean {
  return event.type === "guarding" || (event.type === "resumed" && ["guard", "scaleDown"].includes(event.phase));
}
