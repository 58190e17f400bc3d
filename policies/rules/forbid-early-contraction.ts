import { APP_LABEL } from "../../config/limits.ts";
import { isEmpty, podLabels, SERVING } from "../reading/pods.ts";
import { textsAt } from "../reading/read.ts";
import { stateOf, WEIGHTED } from "../reading/release.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

const VERSION = "app.kubernetes.io/version";

export const forbidEarlyContraction = defineRule({
  id: "forbid-early-contraction",
  group: "Process",
  description: "The database is contracted when no other version can come back, never together with a new one.",
  rationale:
    "A contraction removes what older versions need. While one of them has pods, or a release is under way, the way back " +
    "would lead to a version that fails at every request.",
  remediation: "Promote first, scale the old version to 0, and approve the contraction after that.",
  severity: "critical",
  enforcement: "mandatory",
  kinds: ["Job"],
  needs: "stack",
  settings: NO_SETTINGS,
  *check(subject, review) {
    const labels = textsAt(subject.body, "metadata", "labels");
    if (labels["app.kubernetes.io/component"] !== "database-contract") return;
    const version = labels[VERSION] ?? "?";
    const app = labels[APP_LABEL];
    for (const router of review.beside(subject, ...WEIGHTED)) {
      if (stateOf(router)?.candidate !== undefined)
        yield `it contracts the database while ${router.title} has a candidate`;
    }
    for (const workload of review.beside(subject, ...SERVING)) {
      const pods = podLabels(workload);
      const other = pods[VERSION];
      const isTheApp = pods["app.kubernetes.io/name"] === app || pods[APP_LABEL] === app;
      if (!isTheApp || isEmpty(workload) || other === undefined || other === version) continue;
      yield `it contracts the database for version ${version} while ${workload.title} runs version ${other}`;
    }
  },
});
