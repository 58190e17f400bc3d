import { EXEMPTION_PREFIX } from "../config/limits.ts";
import type { Resource } from "./resource.ts";
import type { Enforcement, Rule } from "./rule.ts";
import { Undecided } from "./unknowns.ts";

/** Everything that is reviewed together. */
export class Review {
  readonly resources: readonly Resource[];
  /** Name of the stack, by which production is known. */
  readonly stack: string;
  readonly #byKind: ReadonlyMap<string, readonly Resource[]>;

  constructor(resources: readonly Resource[], stack: string) {
    this.resources = resources;
    this.stack = stack;
    this.#byKind = Map.groupBy(resources, ({ kind }) => kind);
  }

  /** All objects of these kinds. */
  all(...kinds: readonly string[]): readonly Resource[] {
    return kinds.flatMap((kind) => this.#byKind.get(kind) ?? []);
  }

  /** Those of them that are in the namespace of an object. */
  beside({ namespace }: Resource, ...kinds: readonly string[]): readonly Resource[] {
    return this.all(...kinds).filter((other) => other.namespace === namespace);
  }

  isOneOf(stacks: readonly string[]): boolean {
    return stacks.some((name) => this.stack === name || this.stack.startsWith(`${name}-`));
  }
}

/** What a rule says about an object. */
export interface Finding {
  readonly rule: Rule;
  readonly resource: Resource;
  /** `undecided`: the rule could not decide, because something is not known yet. */
  readonly kind: "violation" | "undecided" | "exempt";
  readonly message: string;
  readonly enforcement: Enforcement;
}

/** What the configuration says about one rule; the rest are settings of its own. */
export interface RuleConfig {
  readonly enforcementLevel?: Enforcement | undefined;
  readonly [setting: string]: unknown;
}

/** Judges everything by every rule. */
export function reviewAll(
  review: Review,
  rules: readonly Rule[],
  config: Readonly<Record<string, RuleConfig>> = {},
): readonly Finding[] {
  return rules.flatMap((rule) => {
    const { enforcementLevel = config.all?.enforcementLevel ?? rule.enforcement, ...settings } = config[rule.id] ?? {};
    if (enforcementLevel === "disabled") return [];
    return review
      .all(...rule.kinds)
      .flatMap((resource) => judge(rule, resource, review, settings))
      .map((finding) => ({
        ...finding,
        enforcement: finding.kind === "violation" ? enforcementLevel : ("advisory" as const),
      }));
  });
}

/** What one rule says about one object. An exempt object is judged too, so that a needless exemption says nothing. */
export function judge(
  rule: Rule,
  resource: Resource,
  review: Review,
  settings: unknown,
): readonly Omit<Finding, "enforcement">[] {
  const findings: Omit<Finding, "enforcement">[] = [];
  try {
    const reason = resource.annotations[`${EXEMPTION_PREFIX}${rule.id}`]?.trim();
    // Without a reason it is no exemption.
    const exempt = reason === "" ? undefined : reason;
    for (const message of rule.check(resource, review, settings)) {
      findings.push(
        exempt === undefined
          ? { rule, resource, kind: "violation", message }
          : { rule, resource, kind: "exempt", message: `${message} (exempt: ${exempt})` },
      );
    }
  } catch (error) {
    if (!(error instanceof Undecided)) throw error;
    findings.push({ rule, resource, kind: "undecided", message: `cannot decide: ${error.message}` });
  }
  return findings;
}
