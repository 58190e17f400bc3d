import { z } from "zod";
import { jvmsOf, numberOf, sizeOf, type Jvm } from "../reading/java.ts";
import { containerName, SERVING } from "../reading/pods.ts";
import { inMebibytes, readQuantity } from "../reading/quantities.ts";
import { at } from "../reading/read.ts";
import { defineRule } from "../rule.ts";

/** What a JVM is held to beside its heap, by option. */
const PARTS = [
  ["metaspace", "-XX:MaxMetaspaceSize="],
  ["code cache", "-XX:ReservedCodeCacheSize="],
  ["direct memory", "-XX:MaxDirectMemorySize="],
] as const;

export const fitHeap = defineRule({
  id: "fit-heap",
  group: "Workload",
  description: "The heap of a JVM, and what it may take beside it, fit into the container's memory limit.",
  rationale:
    "The kernel kills a container at its limit, in the middle of its requests and without a word in its log. A JVM needs " +
    "memory beside its heap: classes, compiled code, stacks, buffers.",
  remediation: "Lower -Xmx (or MaxRAMPercentage), or raise the memory limit.",
  severity: "critical",
  enforcement: "mandatory",
  kinds: SERVING,
  needs: "object",
  settings: z.strictObject({
    mostShare: z.number().min(10).max(100).default(80).describe("Largest heap, in percent of the memory limit."),
  }),
  *check(subject, _review, { mostShare }) {
    for (const jvm of jvmsOf(subject)) {
      const limit = readQuantity(at(jvm.container, "resources", "limits", "memory"));
      if (limit === undefined) continue;
      const name = containerName(jvm.container);
      const heap = heapOf(jvm, limit);
      if (heap === undefined) continue;
      const share = Math.round((1_000 * heap) / limit) / 10;
      if (share > mostShare) {
        yield `${name}: a heap of ${inMebibytes(heap)} is ${share} % of the limit of ${inMebibytes(limit)}, above ${mostShare} %`;
        continue;
      }
      const beside = PARTS.map(([what, option]) => [what, sizeOf(jvm, option) ?? 0] as const);
      const total = beside.reduce((sum, [, size]) => sum + size, heap);
      if (total > limit) {
        const parts = beside.filter(([, size]) => size > 0).map(([what, size]) => `${what} ${inMebibytes(size)}`);
        const sum = [`heap ${inMebibytes(heap)}`, ...parts].join(" + ");
        yield `${name}: ${sum} = ${inMebibytes(total)}, above the limit of ${inMebibytes(limit)}`;
      }
    }
  },
});

function heapOf(jvm: Jvm, limit: number): number | undefined {
  const fixed = sizeOf(jvm, "-Xmx", "-XX:MaxHeapSize=");
  const percentage = numberOf(jvm, "MaxRAMPercentage");
  return fixed ?? (percentage === undefined ? undefined : (limit * percentage) / 100);
}
