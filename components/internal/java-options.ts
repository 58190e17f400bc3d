import { memoryOf } from "../../config/jvm-memory.ts";
import type { Jvm } from "../../config/jvm.ts";
import { parseMemory } from "../../config/quantity.ts";

/**
 * The value of `JAVA_TOOL_OPTIONS` for a container with this memory limit. Initial and maximum heap are equal, so that
 * the heap never grows under load; running out of memory ends the JVM, so that the pod is replaced and does not linger.
 *
 * Sources: the `java` command's reference, HotSpot's `globals.hpp` (JDK 17) and the JEPs that are named below.
 */
export function javaToolOptions(jvm: Jvm, memoryLimit: string): string {
  return [
    ...sizes(jvm, memoryLimit),
    ...collector(jvm),
    "-XX:+ExitOnOutOfMemoryError",
    ...tuning(jvm),
    ...jvm.options,
  ].join(" ");
}

/** Every part of the memory model that the JVM can be held to. */
function sizes(jvm: Jvm, memoryLimit: string): readonly string[] {
  const { heap } = memoryOf(jvm, memoryLimit);
  const { codeCache, direct, metaspace, stack } = jvm.memory;
  return [
    `-Xms${jvmSize(heap)}`,
    `-Xmx${jvmSize(heap)}`,
    `-Xss${jvmSize(parseMemory(stack))}`,
    `-XX:MaxMetaspaceSize=${jvmSize(parseMemory(metaspace))}`,
    `-XX:ReservedCodeCacheSize=${jvmSize(parseMemory(codeCache))}`,
    `-XX:MaxDirectMemorySize=${jvmSize(parseMemory(direct))}`,
  ];
}

function collector({ jdk, profile }: Jvm): readonly string[] {
  switch (profile) {
    case "low-latency":
      // A touched heap and a pause goal of 10 ms: no page fault and no long collection on a user's request.
      return ["-XX:+UseG1GC", "-XX:MaxGCPauseMillis=10", "-XX:+AlwaysPreTouch", "-XX:+UseStringDeduplication"];
    case "zgc":
      // Generational by option in 21 and 22 (JEP 439), by default in 23 (JEP 474), always from 24 on (JEP 490), where
      // the option is a warning, and later an error.
      return [
        "-XX:+UseZGC",
        ...(jdk < 23 ? ["-XX:+ZGenerational"] : []),
        "-XX:+AlwaysPreTouch",
        "-XX:+UseStringDeduplication",
      ];
    case "throughput":
      return ["-XX:+UseParallelGC"];
  }
}

/** What differs from the JDK's own defaults. */
function tuning(jvm: Jvm): readonly string[] {
  const { guaranteedSafepointInterval: safepoints, parallelReferenceProcessing: parallel, regionSize } = jvm;
  return [
    ...(regionSize === undefined ? [] : [`-XX:G1HeapRegionSize=${jvmSize(parseMemory(regionSize))}`]),
    ...(parallel === undefined ? [] : [`-XX:${parallel ? "+" : "-"}ParallelRefProcEnabled`]),
    ...(jvm.tieredCompilation ? [] : ["-XX:-TieredCompilation"]),
    ...(jvm.largePages === "transparent" ? ["-XX:+UseTransparentHugePages"] : []),
    // Without a free page the JVM warns and takes small ones: the heap stays in the memory model.
    ...(jvm.largePages === "reserved" ? ["-XX:+UseLargePages"] : []),
    // A diagnostic option: the one that unlocks it must come first, or the JVM does not start.
    ...(safepoints === undefined
      ? []
      : ["-XX:+UnlockDiagnosticVMOptions", `-XX:GuaranteedSafepointInterval=${safepoints}`]),
    ...(jvm.springAot ? ["-Dspring.aot.enabled=true"] : []),
  ];
}

/** A size as the JVM reads it; the schema lets only whole KiB through. */
function jvmSize(bytes: number): string {
  const kib = bytes / 1_024;
  return kib % 1_024 === 0 ? `${kib / 1_024}m` : `${kib}k`;
}
