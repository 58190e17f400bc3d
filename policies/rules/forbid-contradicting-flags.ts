import { flagOf, jvmsOf, numberOf, sizeOf, type Jvm } from "../reading/java.ts";
import { containerName, SERVING } from "../reading/pods.ts";
import { defineRule, NO_SETTINGS } from "../rule.ts";

const COLLECTORS = ["UseG1GC", "UseZGC", "UseShenandoahGC", "UseParallelGC", "UseSerialGC", "UseEpsilonGC"];

/** Options that only one collector reads. */
const BOUND = [
  ["G1HeapRegionSize", ["UseG1GC"]],
  ["MaxGCPauseMillis", ["UseG1GC", "UseParallelGC"]],
  ["ZGenerational", ["UseZGC"]],
  ["ZUncommitDelay", ["UseZGC"]],
] as const;

export const forbidContradictingFlags = defineRule({
  id: "forbid-contradicting-flags",
  group: "Workload",
  description: "The options of a JVM do not contradict each other.",
  rationale:
    "A JVM refuses two collectors at its start, and silently takes the last of two sizes. A pause goal for a collector that " +
    "has none, or a heap that is touched at the start and grows later, is latency that somebody believes to have bought.",
  remediation: "Keep the option that is meant, and remove the other.",
  severity: "medium",
  enforcement: "mandatory",
  kinds: SERVING,
  needs: "object",
  settings: NO_SETTINGS,
  *check(subject) {
    for (const jvm of jvmsOf(subject)) {
      const name = containerName(jvm.container);
      for (const problem of contradictions(jvm)) yield `${name}: ${problem}`;
    }
  },
});

function* contradictions(jvm: Jvm) {
  const on = COLLECTORS.filter((collector) => flagOf(jvm, collector) === true);
  if (on.length > 1) yield `two collectors, ${on.map((collector) => `-XX:+${collector}`).join(" and ")}`;
  yield* reversals(jvm);
  for (const [option, collectors] of BOUND) {
    const isGiven =
      numberOf(jvm, option) !== undefined ||
      sizeOf(jvm, `-XX:${option}=`) !== undefined ||
      flagOf(jvm, option) === true;
    const [collector] = on;
    if (isGiven && collector !== undefined && !collectors.some((each) => each === collector)) {
      yield `${option} means nothing to -XX:+${collector}`;
    }
  }
  const [first, most] = [sizeOf(jvm, "-Xms", "-XX:InitialHeapSize="), sizeOf(jvm, "-Xmx", "-XX:MaxHeapSize=")];
  if (first !== undefined && most !== undefined && first > most) yield "-Xms is above -Xmx: the JVM does not start";
  if (flagOf(jvm, "AlwaysPreTouch") === true && most !== undefined && (first ?? 0) < most) {
    yield "-XX:+AlwaysPreTouch with -Xms below -Xmx: what the heap grows by is not touched";
  }
  if (flagOf(jvm, "UseLargePages") === true && flagOf(jvm, "UseTransparentHugePages") === true) {
    yield "-XX:+UseLargePages and -XX:+UseTransparentHugePages: reserved pages are not used";
  }
}

/** An option that is given twice, with two meanings. */
function* reversals({ options }: Jvm) {
  const seen = new Map<string, string>();
  for (const option of options) {
    const flag = /^-XX:[+-](\w+)$/.exec(option)?.[1];
    const key = flag ?? /^(-XX:\w+)=/.exec(option)?.[1] ?? /^-X(mx|ms|ss)/.exec(option)?.[0];
    if (key === undefined) continue;
    const before = seen.get(key);
    if (before !== undefined && before !== option) yield `${before} and ${option}: the last one wins`;
    seen.set(key, option);
  }
}
