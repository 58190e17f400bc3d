import { z } from "zod";
import { parseDuration } from "../../config/duration.ts";
import { containerName, containersOf, graceOf, preStopOf, SERVING, variableOf } from "../reading/pods.ts";
import { listAt, type Tree } from "../reading/read.ts";
import { defineRule } from "../rule.ts";

export const fitDrain = defineRule({
  id: "fit-drain",
  group: "Workload",
  description: "A pod goes on serving before it ends, and what it then needs fits into its grace.",
  rationale:
    "Routers learn with a delay that a pod ends, and go on sending requests to it. So it waits first (preStop), then " +
    "finishes what it has (shutdown); if both are longer than the grace it is killed with requests in flight.",
  remediation: "Add a preStop sleep, and set terminationGracePeriodSeconds to at least preStop + shutdown.",
  severity: "high",
  enforcement: "mandatory",
  kinds: SERVING,
  needs: "object",
  settings: z.strictObject({
    leastPreStop: z.number().min(0).default(5).describe("Shortest time that a pod goes on serving, in seconds."),
  }),
  *check(subject, _review, { leastPreStop }) {
    const grace = graceOf(subject);
    for (const container of containersOf(subject)) {
      if (listAt(container, "ports").length === 0) continue;
      const preStop = preStopOf(container);
      if (preStop === undefined) continue;
      const name = containerName(container);
      const shutdown = shutdownOf(container);
      if (preStop === 0) yield `${name}: no preStop, so it stops serving while routers still send requests`;
      else if (preStop < leastPreStop) yield `${name}: preStop of ${preStop} s is shorter than ${leastPreStop} s`;
      if (preStop + shutdown > grace) {
        const parts = shutdown === 0 ? `preStop ${preStop} s` : `preStop ${preStop} s + shutdown ${shutdown} s`;
        yield `${name}: ${parts} exceed the grace of ${grace} s`;
      }
    }
  },
});

/** Seconds that a Spring service takes at most to finish its requests; 0 where it says nothing. */
function shutdownOf(container: Tree): number {
  const text = variableOf(container, "SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE");
  return text === undefined ? 0 : (parseDuration(text) ?? 0) / 1_000;
}
