import { z } from "zod";
import { isEmpty, replicasOf } from "../reading/pods.ts";
import { numberAt } from "../reading/read.ts";
import { scalerOf } from "../reading/surroundings.ts";
import { defineRule, productionStacks } from "../rule.ts";

export const requireReplicas = defineRule({
  id: "require-replicas",
  group: "Workload",
  description: "In production a workload has at least two pods.",
  rationale:
    "One pod is an outage at every eviction, node failure and restart, and a canary of one pod judges a node as much as " +
    "a version.",
  remediation: "Raise the replicas, or the autoscaler's minReplicas.",
  severity: "high",
  enforcement: "mandatory",
  kinds: ["Deployment", "StatefulSet", "Rollout"],
  needs: "stack",
  settings: z.strictObject({
    least: z.number().min(1).default(2).describe("Fewest pods of a workload in production."),
    productionStacks,
  }),
  *check(subject, review, { least, productionStacks: stacks }) {
    if (!review.isOneOf(stacks) || isEmpty(subject)) return;
    const scaler = scalerOf(subject, review);
    if (scaler !== undefined) {
      const fewest = numberAt(scaler.body, "spec", "minReplicas") ?? 1;
      if (fewest < least) yield `${scaler.title} may leave ${fewest} of its pods, fewer than ${least}`;
      return;
    }
    const replicas = replicasOf(subject) ?? 1;
    if (replicas < least) yield `it has ${replicas === 1 ? "1 pod" : `${replicas} pods`}, fewer than ${least}`;
  },
});
