import { z } from "zod";
import { isCanaryRollout } from "../reading/argo.ts";
import { alertsOf, isAboutCandidate } from "../reading/alerts.ts";
import { settingsOf, stateOf, WEIGHTED } from "../reading/release.ts";
import type { Resource } from "../resource.ts";
import { defineRule, productionStacks } from "../rule.ts";

export const requireAlerts = defineRule({
  id: "require-alerts",
  group: "Gates",
  description: "In production there are alert rules for each version under release.",
  rationale:
    "A gate sees what it asks for, and ends with the release. Alerts tell people, and the watchdog, of what goes on when the " +
    "release program is dead or done.",
  remediation: "Set `sluice:observability.rules: true`, or declare a PrometheusRule beside the service.",
  severity: "medium",
  enforcement: "advisory",
  kinds: [...WEIGHTED, "Rollout", "Canary"],
  needs: "stack",
  settings: z.strictObject({ productionStacks }),
  *check(subject, review, { productionStacks: stacks }) {
    if (!review.isOneOf(stacks) || !isUnderRelease(subject)) return;
    const alerts = review.beside(subject, "PrometheusRule").flatMap(alertsOf);
    // Argo and Flagger call the versions as they please: any alert beside them may be about one.
    const found = stateOf(subject) === undefined ? alerts.length > 0 : alerts.some(isAboutCandidate);
    if (!found) yield "no PrometheusRule of its namespace has an alert about the version under release";
  },
});

function isUnderRelease(subject: Resource): boolean {
  if (subject.kind === "Canary") return true;
  if (subject.kind === "Rollout") return isCanaryRollout(subject);
  return stateOf(subject)?.candidate !== undefined && settingsOf(subject)?.strategy !== "experiment";
}
