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
import { UserError } from "./errors.ts";

/** One weight, and when to leave it. */
export interface Step {
  readonly weight: number;
  readonly minStepTimeMs: number;
  readonly maxStepTimeMs: number;
  /** What happens at maxStepTimeMs when nothing is proved. */
  readonly onInconclusive: "advance" | "pause";
}

/** The whole way of a version from weight 0 to live. */
export interface Plan {
  readonly from: ReleaseState;
  readonly candidate: SlotState;
  /** The version for which the database was contracted, if it ever was: the release state remembers it from now on. */
  readonly contracted?: string;
  readonly steps: readonly Step[];
  /** How long the gate stays on at weight 100. */
  readonly bakeMs: number;
}

/** Up to this weight, in percent, a step that proved nothing goes on: little traffic proves little. */
const SMALL_WEIGHT = 10;

/**
 * Plans the release of a version.
 *
 * @throws UserError when the version cannot be released from where the service stands
 */
export function planRelease(config: DrivenConfig, next: { version: string; image: string }): Plan {
  const { database, gate, release: from, strategy } = config;
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
  const contracted = contractedFor(database, from);
  const gone = contracted === undefined ? undefined : refuseReturn(next, contracted, from);
  if (gone !== undefined) throw new UserError(`${gone}\nRelease a version that was built for this database.`);
  const candidate = checkCandidate({ ...next, replicas: strategy.replicas });
  const weights = strategy.kind === "canary" ? strategy.weights : [100];
  return {
    from,
    candidate,
    ...(contracted === undefined ? {} : { contracted }),
    steps: weights.map((weight) => planStep(weight, gate)),
    bakeMs: strategy.bake,
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

function planStep(weight: number, gate: Gate): Step {
  return {
    weight,
    minStepTimeMs: gate.minStepTime,
    maxStepTimeMs: gate.maxStepTime,
    onInconclusive: gate.onInconclusive ?? (weight <= SMALL_WEIGHT ? "advance" : "pause"),
  };
}

/** The slot that the candidate takes. */
export function candidateSlot(plan: Plan) {
  return otherSlot(plan.from.live);
}

/** The version in each slot while the candidate is under release. */
export function versionsOf({ candidate, from }: Plan): Readonly<Record<Slot, string>> {
  const stable = liveVersion(from).version;
  return from.live === "blue" ? { blue: stable, green: candidate.version } : { blue: candidate.version, green: stable };
}
