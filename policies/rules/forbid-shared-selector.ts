import { serviceOfFlagger, servicesOfRollout } from "../reading/argo.ts";
import { at, textsAt } from "../reading/read.ts";
import type { Resource } from "../resource.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const forbidSharedSelector = defineRule({
  id: "forbid-shared-selector",
  group: "Traffic",
  description: "The selector of a Service has one writer.",
  rationale:
    "A selector is one field. Where Argo or Flagger writes it and a stack declares it too, each update of the stack sends " +
    "all users to the pods of all versions until the controller has written it back, or fails with a conflict.",
  remediation: "Declare the Service without a selector, or take it out of the Rollout or Canary.",
  severity: "critical",
  enforcement: "mandatory",
  kinds: ["Service"],
  needs: "stack",
  settings: NO_SETTINGS,
  *check(subject, review) {
    const { name } = subject;
    if (name === undefined || at(subject.body, "spec", "selector") === undefined) return;
    const twins = review.beside(subject, "Service").filter((other) => other !== subject && isRival(subject, other));
    for (const twin of twins) {
      yield `it is declared twice: also as ${twin.source.logicalName ?? twin.source.file ?? twin.title}`;
    }
    // A manifest that kubectl applies is merged, and leaves to Argo what Argo added; a stack applies the whole selector.
    if (subject.source.urn !== undefined && !subject.ignores("spec.selector")) {
      for (const rollout of review.beside(subject, "Rollout")) {
        if (servicesOfRollout(rollout).includes(name)) yield `${rollout.title} writes its selector too`;
      }
    }
    for (const canary of review.beside(subject, "Canary")) {
      const base = serviceOfFlagger(canary);
      if (base !== undefined && [base, `${base}-canary`, `${base}-primary`].includes(name)) {
        yield `${canary.title} (Flagger) makes this Service and writes its selector`;
      }
    }
  },
});

/** Of manifests, the same Service in two files is often one in two variants, of which one is applied. */
function isRival(subject: Resource, other: Resource): boolean {
  if (other.name !== subject.name) return false;
  if (subject.source.urn !== undefined) return true;
  const [mine, theirs] = [subject, other].map(({ body }) => textsAt(body, "spec", "selector"));
  return JSON.stringify(mine) !== JSON.stringify(theirs);
}
