/** A PrometheusRule object, as far as its rules go. */
export interface PrometheusRule {
  readonly metadata?: { readonly namespace?: string; readonly name?: string; readonly uid?: string };
  readonly spec?: { readonly groups?: readonly RuleGroup[] };
}

interface RuleGroup {
  readonly name: string;
  readonly partial_response_strategy?: string;
}

/** The name of the rule file of an object. */
export function ruleFileName(object: PrometheusRule): string {
  return `${object.metadata?.namespace ?? "default"}.${object.metadata?.name ?? "unnamed"}.json`;
}

/**
 * The object's groups as a rule file. `partial_response_strategy` is for Thanos; Prometheus refuses a file that has it.
 */
export function toRuleFile(object: PrometheusRule): string {
  const groups = (object.spec?.groups ?? []).map((group) => ({ ...group, partial_response_strategy: undefined }));
  return `${JSON.stringify({ groups }, undefined, 2)}\n`;
}
