import { contractedFor, refuseReturn } from "../config/contraction.ts";
import {
  liveVersion,
  otherSlot,
  slotStateSchema,
  type ReleaseState,
  type Slot,
  type SlotState,
} from "../config/release-state.ts";
import type { Gate } from "../config/gate.ts";
import type { DrivenConfig } from "../config/schema.ts";
import type { Stage } from "../config/stages.ts";
import type { Window } from "../config/windows.ts";
import { UserError } from "./errors.ts";

/** One weight, and when to leave it. */
export interface Step {
  readonly weight: number;
  readonly minStepTimeMs: number;
  readonly maxStepTimeMs: number;
  /** What happens at maxStepTimeMs when nothing is proved. */
  readonly onInconclusive: "advance" | "pause";
  /** Which of the times are the step's own, and not the gate's; absent where none is. */
  readonly own?: readonly ("minStepTimeMs" | "maxStepTimeMs")[];
  /** Who has to say yes before the weight is set; absent where nobody has to. */
  readonly approval?: StepApproval;
}

export interface StepApproval {
  /** How long an answer is awaited. */
  readonly timeoutMs: number;
  /** What no answer means. */
  readonly onTimeout: "approve" | "reject";
}

/** What a version was built from, and by which run: for the record. */
export interface Origin {
  readonly commit?: string;
  readonly build?: string;
}

/** The whole way of a version from weight 0 to live. */
export interface Plan {
  readonly from: ReleaseState;
  readonly candidate: SlotState;
  /** The version for which the database was contracted, if it ever was: the release state remembers it from now on. */
  readonly contracted?: string;
  readonly steps: readonly Step[];
  /** When steps forward are allowed; none means always. */
  readonly windows: readonly Window[];
  /** Percent of the traffic that stays on stable until the bake is over; absent: none. The last step has the rest. */
  readonly holdback?: number;
  /** How long the gate stays on at the last step's weight. */
  readonly bakeMs: number;
  /** How long it stays on after the promotion, with the old version warm; 0: not at all. */
  readonly guardMs: number;
  /** Whether the old version keeps its pods after that. */
  readonly keepWarm: boolean;
  /** Where the candidate comes from, as far as it is known. */
  readonly origin?: Origin;
  /** A fault is injected on purpose: what the candidate does is not its own fault. */
  readonly drill?: true;
}

/** Up to this weight, in percent, a step that proved nothing goes on: little traffic proves little. */
const SMALL_WEIGHT = 10;

/**
 * Plans the release of a version.
 *
 * @throws UserError when the version cannot be released from where the service stands
 */
export function planRelease(
  config: DrivenConfig,
  next: { readonly version: string; readonly image: string; readonly again?: boolean; readonly origin?: Origin },
): Plan {
  const { database, gate, strategy } = config;
  const { release: from } = config;
  const live = liveVersion(from);
  if (from.candidate !== undefined) {
    throw new UserError(
      `version ${from[from.candidate]?.version ?? "?"} is still under release in ${from.candidate} at weight ${from.weight} %.\n` +
        'Wait for its release program, or take it off with "sluice abort".',
    );
  }
  if (next.version === live.version) {
    throw new UserError(
      `version ${next.version} is already live in ${from.live} (${live.image}).\n` +
        "Release another version; a new build needs a new version.",
    );
  }
  if (next.image === live.image) {
    throw new UserError(
      `image ${next.image} is already live in ${from.live} as version ${live.version}: version ${next.version} would be the same.`,
    );
  }
  const denied = from.denied?.[next.version];
  if (denied !== undefined && next.again !== true) {
    throw new UserError(
      `version ${next.version} was taken back: ${denied}.\nRelease a repaired version under a new name, or this one by --again.`,
    );
  }
  const contracted = contractedFor(database, from);
  const gone = contracted === undefined ? undefined : refuseReturn(next, contracted, from);
  if (gone !== undefined) throw new UserError(`${gone}\nRelease a version that was built for this database.`);
  const { image, version } = next;
  const candidate = checkCandidate({ version, image, replicas: strategy.replicas });
  const stages = strategy.kind === "canary" ? strategy.weights : [{ weight: 100, approval: strategy.approval }];
  const { holdback = 0 } = strategy;
  return {
    from,
    candidate,
    ...(next.origin === undefined ? {} : { origin: next.origin }),
    ...(contracted === undefined ? {} : { contracted }),
    steps: stages.map((stage) => planStep({ ...stage, weight: Math.min(stage.weight, 100 - holdback) }, gate)),
    ...(holdback > 0 ? { holdback } : {}),
    windows: strategy.windows,
    bakeMs: strategy.bake,
    guardMs: strategy.guard === "off" ? 0 : strategy.guard,
    keepWarm: strategy.afterGuard === "keepWarm" || strategy.guard === "off",
  };
}

/** @throws UserError that lists everything that is wrong with the version or its image */
function checkCandidate(candidate: SlotState): SlotState {
  const parsed = slotStateSchema.safeParse(candidate, { reportInput: true });
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ input, message, path }) => `  - ${path.join(".")} ${JSON.stringify(input)}: ${message}`,
  );
  throw new UserError(["This version cannot be released:", ...problems].join("\n"));
}

function planStep({ approval, maxStepTime, minStepTime, weight }: Stage, gate: Gate): Step {
  const own = [
    ...(minStepTime === undefined ? [] : (["minStepTimeMs"] as const)),
    ...(maxStepTime === undefined ? [] : (["maxStepTimeMs"] as const)),
  ];
  return {
    weight,
    minStepTimeMs: minStepTime ?? gate.minStepTime,
    maxStepTimeMs: maxStepTime ?? gate.maxStepTime,
    onInconclusive: onInconclusiveAt(weight, gate),
    ...(own.length === 0 ? {} : { own }),
    ...(approval === undefined ? {} : { approval: { timeoutMs: approval.timeout, onTimeout: approval.onTimeout } }),
  };
}

/**
 * A weight of the plan by its index. Where traffic is held back, one follows the last step: all of it, after the bake.
 *
 * @throws RangeError when there is none
 */
export function stepAt({ holdback, steps }: Plan, index: number): Step {
  const step = steps[index];
  if (step !== undefined) return step;
  if (holdback === undefined || index !== steps.length) throw new RangeError(`the plan has no step ${index}`);
  return { weight: 100, minStepTimeMs: Infinity, maxStepTimeMs: Infinity, onInconclusive: "pause" };
}

/** What happens at a weight at which nothing was proved in its time. */
export function onInconclusiveAt(
  weight: number,
  gate: { readonly onInconclusive?: Gate["onInconclusive"] },
): Step["onInconclusive"] {
  return gate.onInconclusive ?? (weight <= SMALL_WEIGHT ? "advance" : "pause");
}

/** The slot that the candidate takes. */
export function candidateSlot(plan: Plan) {
  return otherSlot(plan.from.live);
}

/**
 * What a version is called: by its given name, or else by its image's tag.
 *
 * @throws UserError when there is neither
 */
export function nameVersion({ image, version }: { readonly image: string; readonly version?: string }): string {
  if (version !== undefined) return version;
  const tag = image.includes("@") ? undefined : /:([^:/]+)$/.exec(image)?.[1];
  if (tag !== undefined) return tag;
  throw new UserError(`Image ${image} has no tag to name the version after: give --version, or an image with a tag.`);
}

/** The version in each slot while the candidate is under release. */
export function versionsOf({ candidate, from }: Plan): Readonly<Record<Slot, string>> {
  const stable = liveVersion(from).version;
  return from.live === "blue" ? { blue: stable, green: candidate.version } : { blue: candidate.version, green: stable };
}
