import { isEmpty, replicasOf } from "../reading/pods.ts";
import { scalerOf } from "../reading/surroundings.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const leaveReplicasToAutoscaler = defineRule({
  id: "leave-replicas-to-autoscaler",
  group: "Workload",
  description: "Where an autoscaler counts the pods, nobody else sets their number.",
  rationale:
    "Each update sets the declared number, and under load that takes pods away until the autoscaler has noticed: at every " +
    "deployment, when capacity is needed most.",
  remediation: 'Leave `spec.replicas` out, or to whom it belongs (`ignoreChanges: ["spec.replicas"]`).',
  severity: "high",
  enforcement: "mandatory",
  kinds: ["Deployment", "StatefulSet", "Rollout"],
  needs: "stack",
  settings: NO_SETTINGS,
  *check(subject, review) {
    const replicas = replicasOf(subject);
    // 0 is how an autoscaled workload is put to sleep: the autoscaler leaves it alone.
    if (replicas === undefined || isEmpty(subject) || subject.ignores("spec.replicas")) return;
    const scaler = scalerOf(subject, review);
    if (scaler !== undefined) yield `it declares ${replicas} replicas, which ${scaler.title} counts too`;
  },
});
