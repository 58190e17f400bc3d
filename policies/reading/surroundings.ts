import type { Resource } from "../resource.ts";
import type { Review } from "../review.ts";
import { podLabels } from "./pods.ts";
import { listAt, selects, textAt, textsAt, treeAt } from "./read.ts";

/** The autoscaler that counts the pods of a workload. */
export function scalerOf(workload: Resource, review: Review): Resource | undefined {
  return review.beside(workload, "HorizontalPodAutoscaler").find(({ body }) => {
    const target = treeAt(body, "spec", "scaleTargetRef");
    return textAt(target, "kind") === workload.kind && textAt(target, "name") === workload.name;
  });
}

/** The budgets for evictions that hold for the pods of a workload. */
export function budgetsOf(workload: Resource, review: Review): readonly Resource[] {
  const labels = podLabels(workload);
  return review.beside(workload, "PodDisruptionBudget").filter(({ body }) => {
    const selector = treeAt(body, "spec", "selector");
    const pairs = textsAt(selector, "matchLabels");
    const expressions = listAt(selector, "matchExpressions");
    if (Object.keys(pairs).length === 0 && expressions.length === 0) return false;
    return selects(pairs, labels) && expressions.every((each) => matches(each, labels));
  });
}

/** One of Kubernetes' expressions over labels. */
function matches(expression: unknown, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[textAt(expression, "key") ?? ""];
  const isIn = listAt(expression, "values").includes(value);
  switch (textAt(expression, "operator")) {
    case "In":
      return isIn;
    case "NotIn":
      return !isIn;
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case undefined:
    default:
      return false;
  }
}
