import { z } from "zod";

export const SLOTS = ["blue", "green"] as const;

/** One of the two fixed places for a version of the service. */
export type Slot = (typeof SLOTS)[number];

export const versionName = z
  .string()
  .max(63)
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/, "use letters, digits, '.', '_' and '-' (it becomes a label)");

/** An image by tag or digest. */
export const imageReference = z
  .string()
  .regex(
    /^[^\s@]+(:[\w][\w.-]{0,127}|@sha256:[0-9a-f]{64})$/,
    "name the image with a tag or a digest, for example registry.example.com/checkout:1.4.2",
  )
  .refine(
    (reference) => !reference.endsWith(":latest"),
    "'latest' changes its meaning: use an immutable tag or a digest",
  );

/** What a version must be like to run in a slot. */
export const slotStateSchema = z.strictObject({
  version: versionName.describe("Name of the version, for example its tag."),
  image: imageReference.describe("Image of the version, by an immutable tag or a digest."),
  replicas: z.int().min(0).max(1_000).describe("Pods that run this version."),
});

/** What runs in one slot. */
export type SlotState = z.infer<typeof slotStateSchema>;

/**
 * What serves, and how the traffic is split: the one value that the stack program and the release program share.
 * Whoever moves traffic raises `serial`, so that a writer with an old copy can be told from one that knows.
 */
export const releaseStateSchema = z
  .strictObject({
    live: z.enum(SLOTS).describe("The slot of the stable version."),
    candidate: z
      .enum(SLOTS)
      .optional()
      .describe("The slot of the version under release; absent when no release is under way."),
    weight: z.int().min(0).max(100).default(0).describe("Integer percent of the traffic on the candidate."),
    blue: slotStateSchema.optional().describe("What runs in slot blue."),
    green: slotStateSchema.optional().describe("What runs in slot green."),
    serial: z.int().min(1).default(1).describe("Raised by one with each change of the routing."),
    contracted: versionName
      .optional()
      .describe("The last version for which the database was contracted: no older one can come back. Kept for ever."),
    denied: z
      .record(versionName, z.string())
      .optional()
      .describe("Versions that were taken back for a fault of theirs, and why: none comes again unless asked for."),
    again: versionName
      .optional()
      .describe("The denied version that somebody asked for again; written by `sluice release --again`."),
  })
  .superRefine((state, ctx) => {
    const needed = { live: state.live, candidate: state.candidate };
    for (const [role, slot] of Object.entries(needed)) {
      if (slot !== undefined && state[slot] === undefined) {
        ctx.addIssue({
          code: "custom",
          path: [slot],
          message: `is the ${role} slot: give its version, image and replicas`,
        });
      }
    }
    if (state.candidate === state.live) {
      ctx.addIssue({
        code: "custom",
        path: ["candidate"],
        message: "is the live slot: a candidate takes the other one",
      });
    }
    if (state.weight > 0 && state.candidate === undefined) {
      ctx.addIssue({
        code: "custom",
        path: ["weight"],
        message: "is above 0, but there is no candidate to send traffic to",
      });
    }
    if (state[state.live]?.replicas === 0) {
      ctx.addIssue({
        code: "custom",
        path: [state.live, "replicas"],
        message: "is 0 in the live slot: nothing would serve",
      });
    }
  });

export type ReleaseState = z.infer<typeof releaseStateSchema>;

export function otherSlot(slot: Slot): Slot {
  return slot === "blue" ? "green" : "blue";
}

/** What serves as stable. The schema guarantees that the live slot is filled. */
export function liveVersion(state: ReleaseState): SlotState {
  const live = state[state.live];
  if (live === undefined) throw new RangeError(`release state: live slot ${state.live} is empty`);
  return live;
}

/** The share of the traffic, in percent, that each slot gets. */
export function slotWeights(state: ReleaseState): Readonly<Record<Slot, number>> {
  const candidate = state.candidate === undefined ? 0 : state.weight;
  const live = 100 - candidate;
  return state.live === "blue" ? { blue: live, green: candidate } : { blue: candidate, green: live };
}

/**
 * Puts a new version into the idle slot, at weight 0.
 *
 * @param contracted the version for which the database was contracted, if it ever was
 */
export function withCandidate(state: ReleaseState, candidate: SlotState, contracted?: string): ReleaseState {
  const slot = otherSlot(state.live);
  const remembered = contracted === undefined ? {} : { contracted };
  // Whoever plans a release refuses a denied version, unless it was asked for.
  const asked = state.denied?.[candidate.version] === undefined ? {} : { again: candidate.version };
  return { ...state, ...remembered, ...asked, candidate: slot, weight: 0, [slot]: candidate, serial: state.serial + 1 };
}

export function withWeight(state: ReleaseState, weight: number): ReleaseState {
  return { ...state, weight, serial: state.serial + 1 };
}

/** All traffic back on stable; the candidate's pods are given up. */
export function rolledBack(state: ReleaseState): ReleaseState {
  const { again: _, candidate, ...rest } = state;
  const given = candidate === undefined ? undefined : state[candidate];
  return {
    ...rest,
    weight: 0,
    ...(candidate !== undefined && given !== undefined ? { [candidate]: { ...given, replicas: 0 } } : {}),
    serial: state.serial + 1,
  };
}

/** Versions that are remembered as faulty; the oldest are forgotten. */
const MOST_DENIED = 20;

/** Remembers that a version was taken back for a fault of its own. */
export function deny(state: ReleaseState, version: string, reason: string): ReleaseState {
  const others = Object.entries(state.denied ?? {}).filter(([name]) => name !== version);
  return { ...state, denied: Object.fromEntries([...others, [version, reason] as const].slice(-MOST_DENIED)) };
}

/** Forgets what a version was denied for: all traffic has proved it well. */
function allow(state: ReleaseState, version: string): ReleaseState {
  const { denied = {}, ...rest } = state;
  const others = Object.entries(denied).filter(([name]) => name !== version);
  return others.length === 0 ? rest : { ...rest, denied: Object.fromEntries(others) };
}

/** The version in the other slot becomes the live one, with all the traffic at once; the old one stays warm. */
export function switched(state: ReleaseState): ReleaseState {
  const slot = otherSlot(state.live);
  if (state.candidate !== undefined || (state[slot]?.replicas ?? 0) === 0) {
    throw new RangeError(
      `release state: nothing in ${slot} to switch to, or candidate ${String(state.candidate)} there`,
    );
  }
  return { ...state, live: slot, weight: 0, serial: state.serial + 1 };
}

/** The version that does not serve keeps no pods. What carries traffic is untouched. */
export function scaledDown(state: ReleaseState): ReleaseState {
  const slot = otherSlot(state.live);
  const idle = state[slot];
  return idle === undefined ? state : { ...state, [slot]: { ...idle, replicas: 0 } };
}

/**
 * The candidate becomes the live version, and is denied no longer.
 * No traffic moves: it had all of it, and the old version stays warm.
 */
export function promoted(state: ReleaseState): ReleaseState {
  const { again: _, candidate, ...rest } = state;
  if (candidate === undefined || state.weight !== 100) {
    throw new RangeError(`release state: cannot promote at weight ${state.weight} with candidate ${String(candidate)}`);
  }
  const live = { ...rest, live: candidate, weight: 0, serial: state.serial + 1 };
  return allow(live, liveVersion(live).version);
}
