import { z } from "zod";
import { appSchema } from "../config/app.ts";
import { routingHandleSchema } from "../config/outputs.ts";
import { releaseStateSchema, withCandidate } from "../config/release-state.ts";
import type { Router } from "../config/router.ts";
import type { DrivenConfig } from "../config/schema.ts";
import type { GuardsState } from "./guards.ts";
import type { Plan } from "./plan.ts";
import type { WatchState } from "./watch-state.ts";

const endingSchema = z.strictObject({
  outcome: z.enum(["promoted", "rolled-back", "rollback-failed", "refused", "taken-over"]),
  reason: z.string(),
  exitCode: z.int(),
  /** Whether the stack was brought to agree with what serves; absent where it never was tried. */
  stackAgrees: z.boolean().optional(),
});

/** How a release ended. */
export type Ending = z.infer<typeof endingSchema>;

const step = z.int().min(0);
const time = z.number();

/**
 * What a release is about to do, or is doing: written down before it is begun, so that whoever finds it can go on from
 * there. Doing a phase a second time does no harm.
 */
const phaseSchema = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("deploy") }),
  z.strictObject({ kind: z.literal("check") }),
  z.strictObject({ kind: z.literal("permit"), step }),
  z.strictObject({ kind: z.literal("set"), step }),
  z.strictObject({ kind: z.literal("observe"), step, writtenAt: time }),
  z.strictObject({ kind: z.literal("dwell"), step, since: time }),
  z.strictObject({ kind: z.literal("bake"), since: time }),
  z.strictObject({ kind: z.literal("promote") }),
  z.strictObject({ kind: z.literal("guard"), since: time }),
  z.strictObject({ kind: z.literal("scaleDown") }),
  z.strictObject({
    kind: z.literal("back"),
    reason: z.string(),
    interrupted: z.boolean(),
    faulty: z.boolean(),
    /** Somebody asked for it again: it is made from what the router says, not from what the stack has rendered. */
    again: z.literal(true).optional(),
  }),
  z.strictObject({ kind: z.literal("reconcile"), ending: endingSchema }),
  z.strictObject({ kind: z.literal("finished"), ending: endingSchema }),
]);

export type Phase = z.infer<typeof phaseSchema>;
export type PhaseKind = Phase["kind"];

/** What only this program writes and reads: `format` tells its shape. */
function written<T extends object>() {
  return z.custom<T>((value) => typeof value === "object" && value !== null);
}

/**
 * In the order of a release that is promoted; `back` and `reconcile` may follow any of those before `promote`, and `guard`.
 */
export const PHASES: readonly PhaseKind[] = phaseSchema.options.map((option) => option.shape.kind.value);

/**
 * Everything that is known of a release: enough to go on with it, or to take it back, in another process on another
 * machine.
 */
export const recordSchema = z.strictObject({
  /** Raised when an older program would misread it. */
  format: z.literal(1),
  /** When it began, in UTC: `20261121-093015`. Unique for an app, because only one release is under way at a time. */
  id: z.string().regex(/^\d{8}-\d{6}$/),
  app: appSchema,
  router: written<Router>(),
  stack: z.string(),
  /** Who began it: `user@host`. */
  who: z.string(),
  /** ms since the epoch. */
  startedAt: time,
  plan: written<Plan>(),
  /** The release state that was last given to the stack or to the router; whether it is in force is another question. */
  state: releaseStateSchema,
  /** The way back; absent until the candidate is deployed. */
  handle: routingHandleSchema.optional(),
  phase: phaseSchema,
  /** What the gate knows; absent until the candidate is about to get traffic. */
  watch: written<WatchState>().optional(),
  guards: written<GuardsState>().optional(),
});

export type ReleaseRecord = z.infer<typeof recordSchema>;

/** The phases in which a candidate has traffic, or may get some by an update that is still under way. */
const EXPOSED: readonly PhaseKind[] = ["permit", "set", "observe", "dwell", "bake", "back"];

/** Whether a release that nobody drives any more leaves users on a version that nobody watches. */
export function isExposed({ phase }: ReleaseRecord): boolean {
  // While a first weight waits for permission, nobody has been sent there yet.
  return EXPOSED.includes(phase.kind) && !(phase.kind === "permit" && phase.step === 0);
}

/** Phases in which no gate looks any more: the traffic goes back, or nothing is left but the stack. */
const UNJUDGED: readonly PhaseKind[] = ["scaleDown", "back", "reconcile", "finished"];

/** Whether the gate looks at what comes next, by times that Prometheus tells. */
export function isJudged({ phase }: ReleaseRecord): boolean {
  return !UNJUDGED.includes(phase.kind);
}

/** Whether the new version is live already, or is about to be made so: then the way back leads to another live version. */
export function isPromoted({ plan, state }: Pick<ReleaseRecord, "plan" | "state">): boolean {
  return state.live !== plan.from.live;
}

/** The share of the traffic, in percent, that the new version was to have last. */
export function exposureOf(record: Pick<ReleaseRecord, "plan" | "state">): number {
  return isPromoted(record) ? 100 : record.state.weight;
}

export function isFinished({ phase }: ReleaseRecord): boolean {
  return phase.kind === "finished";
}

/** The name of a release that begins at this time, ms since the epoch. */
export function releaseId(startedAt: number): string {
  const [date = "", clock = ""] = new Date(startedAt).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").split("T");
  return `${date}-${clock}`;
}

/** A release that is about to begin. */
export function beginRecord(
  { app, router }: DrivenConfig,
  plan: Plan,
  stack: string,
  who: string,
  startedAt: number,
): ReleaseRecord {
  return {
    format: 1,
    id: releaseId(startedAt),
    app,
    router,
    stack,
    who,
    startedAt,
    plan,
    state: withCandidate(plan.from, plan.candidate, plan.contracted),
    phase: { kind: "deploy" },
  };
}
