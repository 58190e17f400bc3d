import { z } from "zod";
import { argoSchema } from "./argo-strategy.ts";
import { duration, durationText } from "./duration.ts";
import { experimentSchema } from "./experiment.ts";
import { approvalSchema, stagesSchema } from "./stages.ts";
import { windowsSchema } from "./windows.ts";

const replicas = z.int().min(1).max(1_000).default(3);

const LONGEST_GUARD_MS = 1_800_000;

const guardSchema = z
  .union([
    z.literal("off"),
    durationText.refine((ms) => ms > 0 && ms <= LONGEST_GUARD_MS, "write a time up to 30m, or off"),
  ])
  .prefault("10m");

/** What every strategy with two slots has. */
const twoSlots = {
  replicas: replicas.describe("Pods of the candidate; stable keeps those that it has."),
  bake: duration("5m").describe("How long the gate stays on after the last step, before the candidate is promoted."),
  holdback: z
    .int()
    .min(1)
    .max(50)
    .optional()
    .describe(
      "Percent of the traffic that stays on stable during the last step and the bake, so that both can be compared until " +
        "the end; the rest follows before the promotion. Without it: none.",
    ),
  guard: guardSchema.describe(
    "How long the release program watches on after the promotion, with the old version warm: it goes back to it at once " +
      "when the new one turns bad. At most 30m, or `off`.",
  ),
  afterGuard: z
    .enum(["scaleDown", "keepWarm"])
    .default("scaleDown")
    .describe(
      "What becomes of the old version's pods when the guard has ended well. Without a guard they stay until the next release.",
    ),
  windows: windowsSchema.describe(
    "When a release may begin and take steps forward; without any: always. Going back is never held.",
  ),
};

export const canarySchema = z.strictObject({
  kind: z.literal("canary"),
  weights: stagesSchema
    .prefault([1, 5, 10, 25, 50, 100])
    .describe("The steps, in percent of the traffic: a number, or an object with settings of its own."),
  ...twoSlots,
});

const blueGreenSchema = z.strictObject({
  kind: z.literal("blueGreen"),
  approval: approvalSchema.describe("Asks a person before the switch."),
  ...twoSlots,
});

const rollingSchema = z
  .strictObject({
    kind: z.literal("rolling"),
    replicas: replicas.describe("Pods of the service."),
    maxSurge: z.int().min(0).default(1).describe("Pods above `replicas` while versions change."),
    maxUnavailable: z.int().min(0).default(0).describe("Pods below `replicas` while versions change."),
    minReadyTime: duration("10s").describe("How long a new pod must be ready before the next one is replaced."),
    revisionHistory: z.int().min(1).max(20).default(5).describe("Old revisions that can be brought back."),
    changeCause: z
      .string()
      .min(1)
      .optional()
      .describe("Why this version: recorded with the revision. Without it, the version's name."),
  })
  .superRefine(({ maxSurge, maxUnavailable, replicas }, ctx) => {
    if (maxSurge + maxUnavailable === 0) {
      const message = "is 0 like maxUnavailable: no pod could ever be replaced";
      ctx.addIssue({ code: "custom", path: ["maxSurge"], message, input: maxSurge });
    }
    if (maxUnavailable >= replicas) {
      const message = `is not below replicas (${replicas}): nothing would serve`;
      ctx.addIssue({ code: "custom", path: ["maxUnavailable"], message, input: maxUnavailable });
    }
  });

const replaceSchema = z.strictObject({
  kind: z.literal("replace"),
  replicas: z.literal(1).default(1).describe("One container has the port."),
  keepImages: z
    .int()
    .min(1)
    .max(20)
    .default(4)
    .describe("How many older images of the service stay on the host, for the way back; others are removed."),
});

/** How a new version gets the traffic. */
export const strategySchema = z.discriminatedUnion("kind", [
  canarySchema,
  blueGreenSchema,
  rollingSchema,
  experimentSchema,
  argoSchema,
  replaceSchema,
]);

export type Strategy = z.infer<typeof strategySchema>;
export type StrategyKind = Strategy["kind"];
export type Canary = z.infer<typeof canarySchema>;
export type BlueGreen = z.infer<typeof blueGreenSchema>;
export type Rolling = z.infer<typeof rollingSchema>;
export type Replace = z.infer<typeof replaceSchema>;

/** A strategy whose versions run in two slots, so that a candidate can be told from the live version. */
export type SlotStrategy = Extract<Strategy, { readonly kind: "canary" | "blueGreen" | "experiment" }>;

/** Whether the release program moves the traffic, step by step, with the gate on. */
export function isDriven(strategy: Strategy): strategy is Canary | BlueGreen {
  return strategy.kind === "canary" || strategy.kind === "blueGreen";
}

export function hasSlots(strategy: Strategy): strategy is SlotStrategy {
  return strategy.kind === "canary" || strategy.kind === "blueGreen" || strategy.kind === "experiment";
}
