import { sumSlow } from "./steps.ts";
import type { Counts, Decision, EventOf, ReleaseEvent, Sample } from "../events.ts";
import { followGates } from "./gates.ts";
import type { GateRow } from "./gates.ts";
import { formatAmount } from "./format.ts";
import { NO_EVIDENCE, raiseHighest, towardsAdvance, towardsRollback } from "./progress.ts";
import type { Highest, Progress } from "./progress.ts";

/** Rates and shares "now" are taken over this long, ms. */
const RECENT_MS = 10_000;

/** What is being done after the promotion, while the gate stays on. */
export const GUARDING = "guarding";

/** What the live view knows of a release under way. */
export interface LiveState {
  readonly plan: EventOf<"planned"> | undefined;
  /** What is being done, and since when (ms since the epoch); undefined once the release is over. */
  readonly doing: { readonly what: string; readonly since: number } | undefined;
  readonly weight: number;
  /** When the weight was seen in the requests; for the bake, when that began. */
  readonly inForceSince: number | undefined;
  readonly baking: boolean;
  readonly decision: { readonly decision: Decision; readonly reason: string } | undefined;
  readonly canary: Counts;
  readonly stable: Counts;
  readonly recent: readonly Sample[];
  readonly highest: Highest;
  /** The declared gates, each with its last measurement. */
  readonly gates: readonly GateRow[];
  readonly progress: { readonly rollback: Progress; readonly advance: Progress } | undefined;
}

const NONE: Counts = { requests: 0, failed: 0 };

/** Before the first event. */
export const NOTHING_YET: LiveState = {
  plan: undefined,
  doing: undefined,
  weight: 0,
  inForceSince: undefined,
  baking: false,
  decision: undefined,
  canary: NONE,
  stable: NONE,
  recent: [],
  highest: NO_EVIDENCE,
  gates: [],
  progress: undefined,
};

/** Takes an event into what is known. */
export function follow(state: LiveState, event: ReleaseEvent): LiveState {
  const { at } = event;
  const doing = (what: string) => ({ what, since: at });
  switch (event.type) {
    case "planned":
      return { ...NOTHING_YET, plan: event, doing: doing("starting") };
    case "deploying":
      return { ...state, doing: doing(`deploying ${event.version} to ${event.slot}`) };
    case "ready":
      return { ...state, doing: doing("checking it before any traffic") };
    case "checked":
      return { ...state, doing: doing(event.ok ? `setting weight ${nextWeight(state)} %` : "giving up") };
    case "window-awaited":
      return { ...state, doing: doing("waiting for the next window"), inForceSince: undefined };
    case "approval-awaited":
      return { ...state, doing: doing("waiting for an approval"), inForceSince: undefined };
    case "approval-decided":
      return { ...state, doing: doing(event.approved ? `setting weight ${event.weight} %` : "giving up") };
    case "warned":
    case "gate-opened":
    case "gate-looked":
      return state;
    case "warming":
      return { ...state, doing: doing(`warming it up with up to ${formatAmount(event.requests, "request")}`) };
    case "warmed":
      return { ...state, doing: doing("looking at what stable was before") };
    case "baseline":
      return { ...state, doing: doing(`setting weight ${nextWeight(state)} %`) };
    case "weight-set":
      return {
        ...state,
        doing: doing("waiting to see it in the requests"),
        weight: event.weight,
        inForceSince: undefined,
        baking: false,
      };
    case "weight-observed":
      return { ...state, doing: doing("in force"), inForceSince: at };
    case "sampled":
      return takeSample(state, event);
    case "gates":
    case "measured":
      return { ...state, gates: followGates(state.gates, event) };
    case "decided":
      return takeDecision(state, event);
    case "rolling-back":
      return { ...state, doing: doing("taking the traffic back"), inForceSince: undefined, decision: undefined };
    case "traffic-back":
      return { ...state, doing: doing("bringing the stack up to date"), weight: 0, inForceSince: undefined };
    case "reconciled":
    case "reconcile-failed":
      return { ...state, doing: doing("finishing") };
    case "resumed":
    case "journal-failed":
    case "calibrated":
    case "traffic-stuck":
    case "promoted":
      return state;
    case "guarding":
      return { ...state, doing: doing(GUARDING), inForceSince: at, baking: false };
    case "scaled-down":
      return { ...state, doing: doing("finishing") };
    case "switched":
      return { ...state, doing: doing("bringing the stack up to date") };
    case "finished":
      return { ...state, doing: undefined };
  }
}

/** The share of the plan's steps: `step 2 of 4`; undefined before the first. */
export function findStep({ plan, weight }: LiveState): { readonly number: number; readonly of: number } | undefined {
  const index = plan === undefined || weight === 0 ? -1 : plan.weights.indexOf(weight);
  return plan === undefined || index < 0 ? undefined : { number: index + 1, of: plan.weights.length };
}

/** What was measured of one version lately: requests per second, the share that failed, and that over the latency limit. */
export function findRecent(
  { recent }: LiveState,
  of: "canary" | "stable",
): { readonly perS: number; readonly share: number | undefined; readonly slow: number | undefined } {
  const first = Math.min(...recent.map(({ at, spanMs }) => at - spanMs));
  const seconds = ((recent.at(-1)?.at ?? first) - first) / 1000;
  const { requests, failed } = recent.map((sample) => sample[of]).reduce(add, NONE);
  const slow = sumSlow(recent, of);
  return {
    perS: seconds > 0 ? requests / seconds : 0,
    share: requests === 0 ? undefined : failed / requests,
    slow: slow.requests === 0 ? undefined : slow.failed / slow.requests,
  };
}

function takeSample(state: LiveState, event: EventOf<"sampled">): LiveState {
  const { sample } = event;
  const highest = raiseHighest(state.highest, event);
  const thresholds = state.plan?.thresholds;
  return {
    ...state,
    canary: add(state.canary, sample.canary),
    stable: add(state.stable, sample.stable),
    recent: [...state.recent, sample].filter(({ at }) => at > sample.at - RECENT_MS),
    highest,
    progress: thresholds && {
      rollback: towardsRollback(event, highest, thresholds),
      advance: towardsAdvance(event, thresholds),
    },
  };
}

function takeDecision(state: LiveState, { at, decision, reason }: EventOf<"decided">): LiveState {
  const decided = { ...state, decision: { decision, reason } };
  if (decision !== "advance" || state.inForceSince === undefined) return decided;
  if (state.doing?.what === GUARDING)
    return { ...decided, doing: { what: "finishing", since: at }, inForceSince: undefined };
  const next = nextWeight(state);
  if (next !== undefined)
    return { ...decided, doing: { what: `setting weight ${next} %`, since: at }, inForceSince: undefined };
  // At the last weight, the first advance leads to the bake and the second out of it.
  if (!state.baking) return { ...decided, doing: { what: "baking", since: at }, inForceSince: at, baking: true };
  return { ...decided, doing: { what: "making it live", since: at }, inForceSince: undefined };
}

function nextWeight({ plan, weight }: LiveState): number | undefined {
  return plan?.weights.find((candidate) => candidate > weight);
}

function add(a: Counts, b: Counts): Counts {
  return { requests: a.requests + b.requests, failed: a.failed + b.failed };
}
