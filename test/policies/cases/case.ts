import type { Body } from "../objects.ts";
import type { Changes } from "../resources.ts";

/** What one rule says about objects, the first of which it judges. */
export interface RuleCase {
  readonly rule: string;
  /** Objects that it has nothing to object to. */
  readonly good: readonly Body[];
  /** Single changes, and every word that the rule then says. */
  readonly faults: readonly (readonly [what: string, changes: Changes, messages: readonly string[]])[];
  /** Changes after which it still has nothing to object to. */
  readonly fine?: readonly (readonly [what: string, changes: Changes])[];
  /** Settings under which it speaks differently. */
  readonly settings?: readonly (readonly [settings: object, changes: Changes, messages: readonly string[]])[];
  /** A value without which it cannot decide, and what it says then. */
  readonly unknown: readonly [path: string, message: string];
  /** Whether it judges production only. */
  readonly production?: true;
}
