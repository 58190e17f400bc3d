import type { Jvm } from "./jvm.ts";
import { parseMemory } from "./quantity.ts";

const MIB = 2 ** 20;

/** What the model reads. */
export type JvmSize = Pick<Jvm, "profile" | "heapShare" | "memory">;

/**
 * What a collector takes beside the heap that it collects: fixed, and as a share of the heap. G1 and Parallel as a JDK 17
 * tells (`-XX:NativeMemoryTracking`, heaps of 64 MiB to 2 GiB). ZGC's fixed part likewise; its share is the bitmaps of
 * marking and of remembered references (JEP 439), each two bits for eight bytes.
 */
const COLLECTORS: Readonly<Record<Jvm["profile"], { readonly fixed: number; readonly share: number }>> = {
  "low-latency": { fixed: 40 * MIB, share: 0.04 },
  zgc: { fixed: 64 * MIB, share: 0.07 },
  throughput: { fixed: 12 * MIB, share: 0.04 },
};

/** Where the memory of a JVM goes, in bytes. `collector` is what it takes beside the heap. */
export type JvmMemory = Readonly<
  Record<"heap" | "metaspace" | "codeCache" | "stacks" | "direct" | "collector" | "native", number>
>;

/** The most that a JVM takes in a container with this memory limit. The heap is cut to whole MiB. */
export function memoryOf({ heapShare, memory, profile }: JvmSize, limit: string): JvmMemory {
  const heap = Math.floor((parseMemory(limit) * heapShare) / MIB) * MIB;
  const { fixed, share } = COLLECTORS[profile];
  return {
    heap,
    metaspace: parseMemory(memory.metaspace),
    codeCache: parseMemory(memory.codeCache),
    stacks: memory.threads * parseMemory(memory.stack),
    direct: parseMemory(memory.direct),
    collector: fixed + share * heap,
    native: parseMemory(memory.native),
  };
}

/** Why a JVM does not fit into a memory limit, with the whole sum; `undefined` when it does. */
export function explainMisfit(jvm: JvmSize, limit: string): string | undefined {
  const parts = memoryOf(jvm, limit);
  const total = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  if (total <= parseMemory(limit)) return undefined;
  const sum = [
    `heap ${inMib(parts.heap)} (${jvm.heapShare} of the limit)`,
    `metaspace ${inMib(parts.metaspace)}`,
    `code cache ${inMib(parts.codeCache)}`,
    `stacks ${inMib(parts.stacks)} (${jvm.memory.threads} threads of ${jvm.memory.stack})`,
    `direct ${inMib(parts.direct)}`,
    `collector ${inMib(parts.collector)}`,
    `native ${inMib(parts.native)}`,
  ].join(" + ");
  return (
    `does not fit: ${sum} = ${inMib(total)} MiB, above workload.resources.limits.memory = ${inMib(parseMemory(limit))} ` +
    "MiB; raise the limit, or lower workload.jvm.heapShare or a part under workload.jvm.memory"
  );
}

/** Rounded up to a tenth: a sum that is too large never looks as if it fitted. */
function inMib(bytes: number): number {
  return Math.ceil((bytes / MIB) * 10) / 10;
}
