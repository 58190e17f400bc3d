import { at, isTree, listAt, textAt } from "../reading/read.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const requireVerdicts = defineRule({
  id: "require-verdicts",
  group: "Gates",
  description: "An Argo analysis says what is good, what is bad, what no data means, and how often it may fail.",
  rationale:
    "With one condition alone Argo takes everything else for the other verdict. Prometheus answers a share without requests " +
    "with NaN or with nothing, and a comparison with NaN is false: silence becomes a pass, or an error.",
  remediation:
    "Give successCondition and failureCondition, begin both with `len(result) > 0 && !isNaN(result[0]) &&`, and set failureLimit.",
  severity: "high",
  enforcement: "mandatory",
  kinds: ["AnalysisTemplate", "ClusterAnalysisTemplate"],
  needs: "object",
  settings: NO_SETTINGS,
  *check(subject) {
    for (const metric of listAt(subject.body, "spec", "metrics")) {
      // A Job succeeds or fails by itself.
      if (at(metric, "provider", "job") !== undefined) continue;
      const name = `metric ${textAt(metric, "name") ?? "without a name"}`;
      for (const condition of ["successCondition", "failureCondition"]) {
        if (at(metric, condition) === undefined) yield `${name}: no ${condition}`;
      }
      if (at(metric, "failureLimit") === undefined) yield `${name}: no failureLimit`;
      if (isTree(at(metric, "provider", "prometheus"))) yield* checkSilence(name, metric);
    }
  },
});

/** A condition that asks whether there is a number, or that gives one where there is none. */
const SAFE = /isNaN|isNil|default\(|len\(/;

function* checkSilence(name: string, metric: unknown) {
  for (const condition of ["successCondition", "failureCondition"]) {
    const text = textAt(metric, condition);
    if (text !== undefined && !SAFE.test(text)) yield `${name}: ${condition} does not say what no data or NaN means`;
  }
}
