import type { Jvm } from "../../config/jvm.ts";
import { parseMemory } from "../../config/quantity.ts";

const PROFILES: Readonly<Record<Jvm["profile"], readonly string[]>> = {
  // A touched heap and a pause goal of 10 ms: no page fault and no long collection on a user's request.
  "low-latency": ["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=10", "-XX:+AlwaysPreTouch", "-XX:+UseStringDeduplication"],
  throughput: ["-XX:+UseParallelGC"],
};

/**
 * The value of `JAVA_TOOL_OPTIONS` for a container with this memory limit. Initial and maximum heap are equal, so that
 * the heap never grows under load; running out of memory ends the JVM, so that the pod is replaced and does not linger.
 */
export function javaToolOptions(jvm: Jvm, memoryLimit: string): string {
  const heapMiB = Math.floor((parseMemory(memoryLimit) * jvm.heapShare) / 2 ** 20);
  return [
    `-Xms${heapMiB}m`,
    `-Xmx${heapMiB}m`,
    ...PROFILES[jvm.profile],
    "-XX:+ExitOnOutOfMemoryError",
    ...jvm.options,
  ].join(" ");
}
