import type { Decision, ReleaseEvent } from "../events.ts";
import { toneOf } from "./gates.ts";
import { isOverLimit } from "./words.ts";

/** How an event is to be taken: `quiet` ones matter only to who looks for them. */
export type EventTone = "good" | "bad" | "warn" | "plain" | "quiet";

export interface EventSymbol {
  readonly symbol: string;
  readonly tone: EventTone;
}

const DECIDED: Readonly<Record<Decision, EventSymbol>> = {
  advance: { symbol: "▲", tone: "good" },
  wait: { symbol: "·", tone: "quiet" },
  hold: { symbol: "‖", tone: "warn" },
  pause: { symbol: "‖", tone: "warn" },
  rollback: { symbol: "▼", tone: "bad" },
};

const MEASURED: Readonly<Record<ReturnType<typeof toneOf>, EventSymbol>> = {
  good: { symbol: "✔", tone: "plain" },
  warn: { symbol: "!", tone: "warn" },
  bad: { symbol: "✖", tone: "bad" },
};

/** A sign of one column for an event, the same on the terminal and in the report. */
export function symbolOf(event: ReleaseEvent): EventSymbol {
  switch (event.type) {
    case "planned":
      return { symbol: "●", tone: "plain" };
    case "deploying":
      return { symbol: "…", tone: "quiet" };
    case "ready":
      return { symbol: "✔", tone: "plain" };
    case "checked":
      return event.ok ? { symbol: "✔", tone: "good" } : { symbol: "✖", tone: "bad" };
    case "window-awaited":
    case "approval-awaited":
      return { symbol: "‖", tone: "warn" };
    case "approval-decided":
      return event.approved ? { symbol: "✔", tone: "good" } : { symbol: "✖", tone: "bad" };
    case "warned":
      return { symbol: "!", tone: "warn" };
    case "warming":
      return { symbol: "·", tone: "quiet" };
    case "baseline":
      return isOverLimit(event) ? { symbol: "!", tone: "warn" } : { symbol: "·", tone: "quiet" };
    case "warmed":
      return event.failed === 0 ? { symbol: "✔", tone: "good" } : { symbol: "!", tone: "warn" };
    case "weight-set":
      return { symbol: "→", tone: "quiet" };
    case "weight-observed":
      return { symbol: "→", tone: "plain" };
    case "calibrated":
    case "sampled":
    case "gate-opened":
    case "gate-looked":
    case "gates":
      return { symbol: "·", tone: "quiet" };
    case "measured":
      return MEASURED[toneOf(event)];
    case "decided":
      return DECIDED[event.decision];
    case "rolling-back":
      return { symbol: "▼", tone: "bad" };
    case "traffic-back":
      return { symbol: "✔", tone: "good" };
    case "traffic-stuck":
      return { symbol: "✖", tone: "bad" };
    case "reconciled":
      return { symbol: "✔", tone: "quiet" };
    case "reconcile-failed":
      return { symbol: "!", tone: "warn" };
    case "resumed":
      return { symbol: "↻", tone: "plain" };
    case "journal-failed":
      return { symbol: "!", tone: "warn" };
    case "guarding":
    case "scaled-down":
      return { symbol: "·", tone: "quiet" };
    case "promoted":
    case "switched":
      return { symbol: "✔", tone: "good" };
    case "finished":
      return event.outcome === "promoted" ? { symbol: "✔", tone: "good" } : { symbol: "✖", tone: "bad" };
  }
}
