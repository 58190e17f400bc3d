import { z } from "zod";
import type { Resource } from "./resource.ts";
import type { Review } from "./review.ts";

export const ENFORCEMENTS = ["mandatory", "advisory", "disabled"] as const;
export type Enforcement = (typeof ENFORCEMENTS)[number];
export type Severity = "low" | "medium" | "high" | "critical";
export type Group = "Traffic" | "Workload" | "Gates" | "Process";

/** What people are told of a rule. */
export interface RuleText {
  /** Name of the policy, and of its section in the catalogue. */
  readonly id: string;
  readonly group: Group;
  /** What is asked for, in one sentence. */
  readonly description: string;
  /** Why. */
  readonly rationale: string;
  /** What to do about a violation. */
  readonly remediation: string;
  readonly severity: Severity;
  /** What a violation means where the configuration does not say otherwise. */
  readonly enforcement: Enforcement;
}

interface RuleParts<Settings extends z.ZodObject> extends RuleText {
  /** Kinds of the objects that are judged, each by itself. */
  readonly kinds: readonly string[];
  /** `object`: the object tells everything, so it is judged before it is written. `stack`: others are needed. */
  readonly needs: "object" | "stack";
  readonly settings: Settings;
  /** Says what is wrong with an object, sentence by sentence; may read unknown values, which ends it. */
  readonly check: (subject: Resource, review: Review, settings: z.output<Settings>) => Iterable<string>;
}

export interface Rule extends Omit<RuleParts<z.ZodObject>, "check"> {
  /** @throws Error when the settings are not what the rule takes */
  readonly check: (subject: Resource, review: Review, settings: unknown) => Iterable<string>;
}

/** Makes a rule out of its parts; its settings are checked before they are used. */
export function defineRule<Settings extends z.ZodObject>(parts: RuleParts<Settings>): Rule {
  const { check, settings } = parts;
  const parse = (given: unknown): z.output<Settings> => {
    const result = settings.safeParse(given ?? {});
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    throw new Error(`policy ${parts.id}: ${[...(issue?.path ?? []), issue?.message].join(": ")}`);
  };
  return { ...parts, check: (subject, review, given) => check(subject, review, parse(given)) };
}

/** For rules without settings. */
export const NO_SETTINGS = z.strictObject({});

/** The setting by which a rule knows production. */
export const productionStacks = z
  .array(z.string())
  .default(["production", "prod", "live"])
  .describe("Stacks that are production: these names, and those that begin with one of them and a `-`.");

/** Where the rule's section is. */
export const CATALOGUE = "docs/policies.md";
