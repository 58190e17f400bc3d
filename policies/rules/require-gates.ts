import { z } from "zod";
import { isCanaryRollout } from "../reading/argo.ts";
import { at, listAt } from "../reading/read.ts";
import { isWeightedByUs, settingsOf, WEIGHTED } from "../reading/release.ts";
import { defineRule, productionStacks } from "../rule.ts";

export const requireGates = defineRule({
  id: "require-gates",
  group: "Gates",
  description: "In production a canary is judged by metrics, not by time alone.",
  rationale: "A canary without a gate is a slow rollout: everybody gets the fault, only later.",
  remediation:
    "Argo: add `analysis` to the canary or to its steps. Flagger: add `analysis.metrics`. Others: release by strategy canary.",
  severity: "critical",
  enforcement: "mandatory",
  kinds: [...WEIGHTED, "Rollout", "Canary"],
  needs: "object",
  settings: z.strictObject({ productionStacks }),
  *check(subject, review, { productionStacks: stacks }) {
    if (!review.isOneOf(stacks)) return;
    const { body, kind } = subject;
    if (kind === "Rollout") {
      if (isCanaryRollout(subject) && !hasAnalysis(body)) yield "its canary has no analysis: only time decides";
    } else if (kind === "Canary") {
      const judged = listAt(body, "spec", "analysis", "metrics").length > 0;
      if (!judged) yield "its analysis has no metrics: only time decides";
    } else if (isWeightedByUs(subject)) {
      const settings = settingsOf(subject);
      if (settings?.strategy === "experiment") return;
      if (settings?.gate === undefined) yield "no gate judges the versions between which it splits the traffic";
    }
  },
});

function hasAnalysis(body: unknown): boolean {
  const canary = at(body, "spec", "strategy", "canary");
  if (at(canary, "analysis") !== undefined) return true;
  return listAt(canary, "steps").some(
    (step) => at(step, "analysis") !== undefined || at(step, "experiment") !== undefined,
  );
}
