import { z } from "zod";
import { duration } from "./duration.ts";
import { jvmSchema } from "./jvm.ts";
import { cpuQuantity, memoryQuantity, parseCpu, parseMemory } from "./quantity.ts";
import { urlPath } from "./text.ts";

const probesSchema = z
  .strictObject({
    readiness: urlPath.default("/actuator/health/readiness").describe("Answers 200 when the pod may get traffic."),
    liveness: urlPath.default("/actuator/health/liveness").describe("Answers 200 while the process is worth keeping."),
    startupTimeout: duration("2m").describe("How long a pod may take from its start until its liveness path answers."),
  })
  .prefault({});

const drainSchema = z
  .strictObject({
    preStop: duration("15s").describe(
      "How long a pod goes on serving after it was told to end, so that routers can take it out.",
    ),
    shutdown: duration("30s").describe(
      "How long the JVM may then take to finish its requests (Spring: `timeout-per-shutdown-phase`).",
    ),
    grace: duration("45s").describe("When the pod is killed. At least preStop + shutdown."),
  })
  .prefault({})
  .refine((drain) => drain.preStop + drain.shutdown <= drain.grace, {
    path: ["grace"],
    error: "must be at least preStop + shutdown, or requests in flight are cut off",
  });

const resourcesSchema = z
  .strictObject({
    requests: z
      .strictObject({ cpu: cpuQuantity, memory: memoryQuantity })
      .prefault({ cpu: "500m", memory: "512Mi" })
      .describe("What the scheduler reserves for a pod."),
    limits: z
      .strictObject({ cpu: cpuQuantity, memory: memoryQuantity })
      .prefault({ cpu: "2", memory: "1Gi" })
      .describe("What a pod may use at most; the heap is computed from the memory limit."),
  })
  .prefault({})
  .superRefine(({ requests, limits }, ctx) => {
    if (parseMemory(requests.memory) > parseMemory(limits.memory)) {
      ctx.addIssue({ code: "custom", path: ["requests", "memory"], message: `is above its limit ${limits.memory}` });
    }
    if (parseCpu(requests.cpu) > parseCpu(limits.cpu)) {
      ctx.addIssue({ code: "custom", path: ["requests", "cpu"], message: `is above its limit ${limits.cpu}` });
    }
  });

export const workloadSchema = z
  .strictObject({
    resources: resourcesSchema,
    jvm: jvmSchema,
    probes: probesSchema,
    drain: drainSchema,
    env: z
      .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
      .default({})
      .describe("Environment variables of the container."),
    readyTimeout: duration("5m").describe("How long a version's pods may take to become ready, all together."),
  })
  .prefault({});

export type Workload = z.infer<typeof workloadSchema>;
