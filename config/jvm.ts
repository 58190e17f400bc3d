import { z } from "zod";
import { durationText } from "./duration.ts";
import { memoryBetween } from "./quantity.ts";

const REGION_SIZES = ["1Mi", "2Mi", "4Mi", "8Mi", "16Mi", "32Mi"] as const;

/** What a JVM needs beside its heap. All but `native` are limits that the JVM keeps. */
const memorySchema = z
  .strictObject({
    metaspace: memoryBetween("16Mi", "16Gi")
      .default("128Mi")
      .describe(
        "Most memory for classes, of which a service with Spring and Hibernate has 100 MiB (MaxMetaspaceSize).",
      ),
    codeCache: memoryBetween("8Mi", "2Gi")
      .default("80Mi")
      .describe("Most memory for compiled code; when it is full, the rest stays interpreted (ReservedCodeCacheSize)."),
    threads: z
      .int()
      .min(20)
      .max(10_000)
      .default(250)
      .describe("Threads that are counted: those of the server's pool (Tomcat: 200) and 50 of the JVM and libraries."),
    stack: memoryBetween("256Ki", "16Mi").default("512Ki").describe("Most memory for the stack of one thread (Xss)."),
    direct: memoryBetween("1Mi", "64Gi")
      .default("32Mi")
      .describe("Most memory for buffers outside the heap, above all of sockets (MaxDirectMemorySize)."),
    native: memoryBetween("16Mi", "16Gi")
      .default("32Mi")
      .describe("What compilers, symbols and native libraries take. No option limits it."),
  })
  .prefault({});

/** Options that have a field: given twice, the later one would win, and the memory model would be wrong. */
const FIELD_OF_OPTION: readonly (readonly [RegExp, string])[] = [
  [/^-Xm[sx]|^-XX:(Max|Initial|Min)(HeapSize|RAM)/, "heapShare"],
  [/^-Xss|^-XX:ThreadStackSize/, "memory.stack"],
  [/^-XX:MaxMetaspaceSize/, "memory.metaspace"],
  [/^-XX:ReservedCodeCacheSize/, "memory.codeCache"],
  [/^-XX:MaxDirectMemorySize/, "memory.direct"],
  [/^-XX:[+-]Use\w+GC$|^-XX:[+-]ZGenerational/, "profile"],
  [/^-XX:G1HeapRegionSize/, "regionSize"],
  [/^-XX:[+-]ParallelRefProcEnabled/, "parallelReferenceProcessing"],
  [/^-XX:[+-]TieredCompilation$/, "tieredCompilation"],
  [/^-XX:[+-]Use(Large|TransparentHuge)Pages$/, "largePages"],
  [/^-XX:GuaranteedSafepointInterval/, "guaranteedSafepointInterval"],
  [/^-Dspring\.aot\.enabled/, "springAot"],
];

const option = z
  .string()
  .regex(/^-\S+$/, 'must start with "-" and contain no space')
  .superRefine((text, ctx) => {
    const field = FIELD_OF_OPTION.find(([pattern]) => pattern.test(text))?.[1];
    if (field !== undefined) ctx.addIssue({ code: "custom", message: `use workload.jvm.${field}`, input: text });
  });

/** Settings of the Java virtual machine, passed to it in `JAVA_TOOL_OPTIONS`. */
export const jvmSchema = z
  .strictObject({
    jdk: z.int().min(17).default(21).describe("The image's JDK, by its feature release: which options it knows."),
    profile: z
      .enum(["low-latency", "zgc", "throughput"])
      .default("low-latency")
      .describe(
        "`low-latency`: G1 with a pause goal of 10 ms and a heap that is touched at the start. `zgc`: generational ZGC " +
          "with pauses below 1 ms for more processor time (JDK 21 and newer). `throughput`: parallel collector.",
      ),
    heapShare: z
      .number()
      .min(0.1)
      .max(0.8)
      .default(0.5)
      .describe(
        "Share of the container's memory limit that becomes the heap; its first and its largest size are equal.",
      ),
    memory: memorySchema.describe("What the JVM needs beside the heap. All together fit into the memory limit."),
    regionSize: z
      .enum(REGION_SIZES)
      .optional()
      .describe("Size of G1's regions (G1HeapRegionSize); objects of half a region and more are handled apart."),
    parallelReferenceProcessing: z
      .boolean()
      .optional()
      .describe(
        "Whether several threads handle weak and soft references (ParallelRefProcEnabled); else as the JDK does.",
      ),
    tieredCompilation: z
      .boolean()
      .default(true)
      .describe("Whether code is compiled quickly first and well later; without it a start takes longer."),
    largePages: z
      .enum(["none", "transparent", "reserved"])
      .default("none")
      .describe(
        "`transparent`: the kernel joins pages of the heap. `reserved`: pages of 2 MiB that the node keeps apart; the pod " +
          "asks for as many as heap and code need, and runs only on nodes that have them.",
      ),
    guaranteedSafepointInterval: durationText
      .optional()
      .describe("How often all threads stop at least; `0s` is never. Else as the JDK does (JDK 17: each second)."),
    springAot: z
      .boolean()
      .default(false)
      .describe("Whether Spring uses what it prepared when the image was built (`spring.aot.enabled`)."),
    options: z.array(option).default([]).describe("Further options, appended as they are."),
  })
  .prefault({})
  .superRefine((jvm, ctx) => {
    const refuse = (field: keyof typeof jvm, message: string) =>
      ctx.addIssue({ code: "custom", path: [field], message, input: jvm[field] });
    if (jvm.profile === "zgc" && jvm.jdk < 21) {
      refuse("profile", `generational ZGC needs JDK 21 or newer, and workload.jvm.jdk is ${jvm.jdk}`);
    }
    if (jvm.regionSize !== undefined && jvm.profile !== "low-latency") {
      refuse("regionSize", `is for G1 (profile low-latency), and workload.jvm.profile is ${jvm.profile}`);
    }
    if (jvm.parallelReferenceProcessing !== undefined && jvm.profile === "zgc") {
      refuse("parallelReferenceProcessing", "is not for ZGC, which handles references while the service runs");
    }
  });

export type Jvm = z.infer<typeof jvmSchema>;
