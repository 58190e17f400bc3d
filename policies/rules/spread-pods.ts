import { isEmpty, podOf, replicasOf, SERVING } from "../reading/pods.ts";
import { listAt, treeAt } from "../reading/read.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const spreadPods = defineRule({
  id: "spread-pods",
  group: "Workload",
  description: "Pods of one workload keep apart from each other, by anti-affinity or by spread.",
  rationale:
    "Three pods on one node are one failure away from none, and a canary whose pods share a node is compared with that node.",
  remediation: "Add a podAntiAffinity by kubernetes.io/hostname or topologySpreadConstraints.",
  severity: "medium",
  enforcement: "mandatory",
  kinds: SERVING,
  needs: "object",
  settings: NO_SETTINGS,
  *check(subject) {
    const pod = podOf(subject);
    if (pod === undefined || isEmpty(subject) || replicasOf(subject) === 1) return;
    const spread = listAt(pod, "spec", "topologySpreadConstraints").length > 0;
    const apart = Object.keys(treeAt(pod, "spec", "affinity", "podAntiAffinity")).length > 0;
    if (!spread && !apart)
      yield "its pods may all be on one node: neither podAntiAffinity nor topologySpreadConstraints";
  },
});
