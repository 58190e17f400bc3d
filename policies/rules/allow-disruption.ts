import { isEmpty, podOf, replicasOf, SERVING } from "../reading/pods.ts";
import { at, numberAt } from "../reading/read.ts";
import { budgetsOf, scalerOf } from "../reading/surroundings.ts";
import type { Resource } from "../resource.ts";
import type { Review } from "../review.ts";
import { defineRule, productionStacks } from "../rule.ts";
import { z } from "zod";

export const allowDisruption = defineRule({
  id: "allow-disruption",
  group: "Workload",
  description: "In production pods have a PodDisruptionBudget, and it lets one pod go at a time.",
  rationale:
    "Without a budget the draining of nodes may take all pods of a version at once. With one that allows none, no node can " +
    "be drained, and somebody deletes the pods by force.",
  remediation: "Add a PodDisruptionBudget with maxUnavailable 1 that selects the pods.",
  severity: "medium",
  enforcement: "mandatory",
  kinds: SERVING,
  needs: "stack",
  settings: z.strictObject({ productionStacks }),
  *check(subject, review, { productionStacks: stacks }) {
    if (!review.isOneOf(stacks) || isEmpty(subject) || podOf(subject) === undefined) return;
    const budgets = budgetsOf(subject, review);
    const fewest = fewestPods(subject, review);
    // Kubernetes refuses every eviction of a single pod that a budget holds.
    if (budgets.length === 0 && fewest > 1) yield "no PodDisruptionBudget selects its pods";
    if (budgets.length > 1) {
      yield `${budgets.map(({ title }) => title).join(" and ")} select the same pods: none can be evicted`;
    }
    for (const { body, title } of budgets) {
      const most = countOf(at(body, "spec", "maxUnavailable"), fewest);
      const least = countOf(at(body, "spec", "minAvailable"), fewest);
      if (most === 0 || (least !== undefined && least >= fewest)) {
        yield `${title} lets no pod go (${fewest} pods): no node could be drained`;
      }
    }
  },
});

function fewestPods(subject: Resource, review: Review): number {
  const scaler = scalerOf(subject, review);
  return (scaler === undefined ? undefined : numberAt(scaler.body, "spec", "minReplicas")) ?? replicasOf(subject) ?? 1;
}

/** A number of pods, or the percentage of them, rounded up as Kubernetes does. */
function countOf(value: unknown, pods: number): number | undefined {
  const percent = typeof value === "string" ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  return percent === undefined ? numberAt(value) : Math.ceil((Number(percent) * pods) / 100);
}
