import { z } from "zod";
import { alertsOf, isAboutCandidate } from "../reading/alerts.ts";
import { settingsOf, WEIGHTED } from "../reading/release.ts";
import { defineRule } from "../rule.ts";

export const requireBake = defineRule({
  id: "require-bake",
  group: "Gates",
  description: "A candidate bakes at least as long as its alerts must hold before they fire.",
  rationale:
    "An alert that needs five minutes cannot fire in a bake of two: the release is promoted, and the way back closes, before " +
    "anybody could have been told.",
  remediation: "Raise `sluice:strategy.bake`, or shorten the alert's `for`.",
  severity: "medium",
  enforcement: "mandatory",
  kinds: WEIGHTED,
  needs: "stack",
  settings: z.strictObject({
    least: z.number().min(0).default(0).describe("Shortest bake, in seconds, whatever the alerts are."),
  }),
  *check(subject, review, { least }) {
    const bake = settingsOf(subject)?.bake;
    if (bake === undefined) return;
    if (bake < least) yield `it bakes for ${bake} s, shorter than ${least} s`;
    for (const rules of review.beside(subject, "PrometheusRule")) {
      for (const { holds, name, ...alert } of alertsOf(rules)) {
        if (isAboutCandidate({ name, ...alert }) && holds > bake) {
          yield `it bakes for ${bake} s, and alert ${name} must hold for ${holds} s before it fires`;
        }
      }
    }
  },
});
