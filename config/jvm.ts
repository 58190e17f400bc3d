import { z } from "zod";

/** Settings of the Java virtual machine, passed to it in `JAVA_TOOL_OPTIONS`. */
export const jvmSchema = z
  .strictObject({
    /** `low-latency`: G1 with a 10 ms pause goal and a heap touched at start. `throughput`: parallel collector. */
    profile: z.enum(["low-latency", "throughput"]).default("low-latency"),
    /** Share of the container's memory limit that becomes the heap (initial and maximum are equal). */
    heapShare: z.number().min(0.1).max(0.8).default(0.5),
    /** Further options, appended as they are. */
    options: z.array(z.string().regex(/^-\S+$/, 'must start with "-" and contain no space')).default([]),
  })
  .prefault({});

export type Jvm = z.infer<typeof jvmSchema>;
