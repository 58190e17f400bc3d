import type { GateSettings } from "../../config/gate.ts";
import type { Silence, Verdict } from "../decide.ts";
import { UserError } from "../errors.ts";
import type { Counts, Decision, EventOf, ReleaseEvent, Sample } from "../events.ts";
import type { Baseline } from "../gate/baseline.ts";
import { add, NO_REQUESTS } from "../gate/counts.ts";
import type { StepStanding } from "../watch-state.ts";

/** Everything that the gate of a release has seen, and what it judged by. Times are ms since the epoch. */
export interface Recording {
  readonly plan: EventOf<"planned">;
  readonly settings: GateSettings;
  readonly baseline: Baseline;
  readonly scrapeIntervalMs: number;
  readonly openedAt: number;
  /** In order. */
  readonly looks: readonly Look[];
  /** What the gate said then. */
  readonly told: readonly Telling[];
}

export interface Look {
  readonly at: number;
  readonly standing: StepStanding;
  readonly silence: Silence;
  readonly objections: readonly Verdict[];
  /** What was new. */
  readonly samples: readonly Sample[];
}

/** A verdict that was another than the one before, with all that was counted until then. */
export interface Telling {
  readonly at: number;
  readonly weight: number;
  readonly decision: Decision;
  readonly reason: string;
  readonly canary: Counts;
  readonly stable: Counts;
}

/** @throws UserError when the events do not hold all that the gate has seen */
export function readRecording(events: readonly ReleaseEvent[]): Recording {
  const plan = events.find((event) => event.type === "planned");
  const opened = events.find((event) => event.type === "gate-opened");
  if (plan === undefined || opened === undefined) {
    throw new UserError(
      "This release has no complete record of samples: it ended before its candidate got traffic, an older version of " +
        "sluice made it, or it was too long for its journal, which then keeps its end. A file of --events holds all.",
    );
  }
  const { at: openedAt, baseline, scrapeIntervalMs, settings } = opened;
  return { plan, settings, baseline, scrapeIntervalMs, openedAt, ...readLooks(events) };
}

function readLooks(events: readonly ReleaseEvent[]): Pick<Recording, "looks" | "told"> {
  const looks: Look[] = [];
  const told: Telling[] = [];
  let samples: Sample[] = [];
  let leftSince: number | undefined;
  let [canary, stable] = [NO_REQUESTS, NO_REQUESTS];
  for (const event of events) {
    if (event.type === "sampled") {
      samples.push(event.sample);
      [canary, stable] = [add(canary, event.sample.canary), add(stable, event.sample.stable)];
    } else if (event.type === "gate-looked") {
      const { at, objections = [], quietMs, silence } = event;
      const look = { standing: standingOf(event), silence, objections };
      looks.push(...quietMs.map((before) => ({ ...look, at: at - before, samples: [] })), { ...look, at, samples });
      samples = [];
    } else if (event.type === "decided") {
      const { at, decision, reason, weight } = event;
      const since = looks.at(-1)?.standing.since;
      // A program that dies before it goes on is followed by one that is told to go on again.
      const isLeft = decision === "advance" && leftSince === since;
      if (decision === "advance") leftSince = since;
      if (isLeft) continue;
      told.push({ at, weight, decision, reason, canary, stable });
    }
  }
  return { looks, told };
}

function standingOf({ kind, since, weight, ...times }: EventOf<"gate-looked">): StepStanding {
  const { maxStepTimeMs, minStepTimeMs, onInconclusive } = times;
  return { kind, since, step: { weight, minStepTimeMs, maxStepTimeMs, onInconclusive } };
}
