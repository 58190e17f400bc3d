import { containerName, containersOf, graceOf, SERVING } from "../reading/pods.ts";
import { at, isTree, listAt, numberAt, treeAt, type Tree } from "../reading/read.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

export const requireProbes = defineRule({
  id: "require-probes",
  group: "Workload",
  description:
    "Containers have readiness, liveness and startup probes whose times fit together and into the pod's grace.",
  rationale:
    "Without readiness a JVM gets requests before it can answer; without liveness a hung one keeps them; without a startup " +
    "probe liveness kills a slow start. A liveness that acts before readiness restarts pods that only had to be left alone.",
  remediation: "Add the probe, or set its period and thresholds as the message says.",
  severity: "high",
  enforcement: "mandatory",
  kinds: SERVING,
  needs: "object",
  settings: NO_SETTINGS,
  *check(subject) {
    for (const container of containersOf(subject)) {
      // A container without a port serves nobody: a sidecar that only sends.
      if (listAt(container, "ports").length === 0) continue;
      const name = containerName(container);
      for (const probe of ["readiness", "liveness", "startup"]) {
        if (!isTree(at(container, `${probe}Probe`))) yield `${name}: no ${probe} probe`;
        else yield* checkTimes(name, probe, treeAt(container, `${probe}Probe`));
      }
      yield* checkOrder(name, container, graceOf(subject));
    }
  },
});

function* checkTimes(name: string, probe: string, settings: Tree) {
  const period = numberAt(settings, "periodSeconds") ?? PERIOD_S;
  const timeout = numberAt(settings, "timeoutSeconds") ?? 1;
  if (timeout > period)
    yield `${name}: ${probe} waits ${timeout} s for an answer, longer than its period of ${period} s`;
}

/** Kubernetes' own values. */
const PERIOD_S = 10;
const FAILURES = 3;

function* checkOrder(name: string, container: Tree, grace: number) {
  const [ready, live] = ["readiness", "liveness"].map((probe) => failingTime(at(container, `${probe}Probe`)));
  if (ready === undefined) return;
  if (live !== undefined && live < ready) {
    yield `${name}: liveness restarts after ${live} s, before readiness takes the pod out after ${ready} s`;
  }
  if (ready > grace) {
    yield `${name}: readiness takes the pod out after ${ready} s, longer than the ${grace} s that it has to end`;
  }
}

/** Seconds of failures after which a probe acts. */
function failingTime(probe: unknown): number | undefined {
  if (!isTree(probe)) return undefined;
  return (numberAt(probe, "periodSeconds") ?? PERIOD_S) * (numberAt(probe, "failureThreshold") ?? FAILURES);
}
