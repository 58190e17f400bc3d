import { allContainersOf, containerName, SERVING } from "../reading/pods.ts";
import { readQuantity } from "../reading/quantities.ts";
import { at } from "../reading/read.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const requireResources = defineRule({
  id: "require-resources",
  group: "Workload",
  description: "Containers say what they need and how much memory they may take.",
  rationale:
    "Without requests the scheduler puts a latency-sensitive pod beside anything, and it is the first to be evicted. " +
    "Without a memory limit the JVM sizes its heap by the node.",
  remediation: "Set requests for cpu and memory and a limit for memory; requests do not exceed limits.",
  severity: "high",
  enforcement: "mandatory",
  kinds: [...SERVING, "DaemonSet"],
  needs: "object",
  settings: NO_SETTINGS,
  *check(subject) {
    for (const container of allContainersOf(subject)) {
      const name = containerName(container);
      for (const [part, resource] of [
        ["requests", "cpu"],
        ["requests", "memory"],
        ["limits", "memory"],
      ] as const) {
        const value = at(container, "resources", part, resource);
        // A limit without a request is the request.
        const limit = part === "requests" ? at(container, "resources", "limits", resource) : undefined;
        if (value === undefined && limit === undefined) yield `${name}: no ${part}.${resource}`;
      }
      for (const resource of ["cpu", "memory"]) {
        const [request, limit] = ["requests", "limits"].map((part) => at(container, "resources", part, resource));
        const [asked, most] = [readQuantity(request), readQuantity(limit)];
        if (asked !== undefined && most !== undefined && asked > most) {
          yield `${name}: requests.${resource} ${String(request)} is above its limit ${String(limit)}`;
        }
      }
    }
  },
});
