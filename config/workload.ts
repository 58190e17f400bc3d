import { z } from "zod";
import { duration } from "./duration.ts";
import { environment } from "./environment.ts";
import { explainMisfit } from "./jvm-memory.ts";
import { jvmSchema } from "./jvm.ts";
import { cpuQuantity, memoryQuantity, parseCpu, parseMemory } from "./quantity.ts";
import {
  autoscalingSchema,
  disruptionSchema,
  networkPolicySchema,
  serviceAccountSchema,
  spreadSchema,
} from "./scheduling.ts";
import { settingsSchema } from "./settings.ts";
import { dnsLabel, urlPath } from "./text.ts";

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

const sizes = {
  cpu: cpuQuantity.describe("Cores, as `500m` or `2`."),
  memory: memoryQuantity.describe("Memory, as `512Mi` or `1Gi`."),
};

const resourcesSchema = z
  .strictObject({
    requests: z
      .strictObject(sizes)
      .prefault({ cpu: "500m", memory: "512Mi" })
      .describe("What the scheduler reserves for a pod."),
    limits: z
      .strictObject(sizes)
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
    resources: resourcesSchema.describe("What a pod reserves and may use."),
    jvm: jvmSchema.describe("The Java virtual machine."),
    probes: probesSchema.describe("How Kubernetes knows the state of a pod."),
    drain: drainSchema.describe("How a pod ends without losing a request."),
    autoscaling: autoscalingSchema.describe("Lets the number of pods follow the load; without it it stays as it is."),
    disruption: disruptionSchema.describe("What an eviction may take at a time (PodDisruptionBudget)."),
    spread: spreadSchema.describe("How pods are spread over nodes and zones."),
    serviceAccount: serviceAccountSchema.describe("Who the pods are to the cluster and to a cloud."),
    networkPolicy: networkPolicySchema.describe("Who may connect to the pods; without it: as the cluster has it."),
    settings: settingsSchema.describe("Settings of the service, which a version keeps as long as it is in its slot."),
    env: environment.describe("Environment variables of the container, for all versions at once."),
    pullPolicy: z
      .enum(["IfNotPresent", "Always"])
      .default("IfNotPresent")
      .describe("Whether a node asks the registry for an image that it has."),
    pullSecrets: z.array(dnsLabel).default([]).describe("Secrets of the namespace that open the registry."),
    readyTimeout: duration("5m").describe("How long a version's pods may take to become ready, all together."),
  })
  .prefault({})
  .superRefine(({ env, jvm, resources, settings }, ctx) => {
    const misfit = explainMisfit(jvm, resources.limits.memory);
    if (misfit !== undefined) ctx.addIssue({ code: "custom", path: ["jvm", "memory"], message: misfit });
    for (const name of Object.keys(settings.env).filter((name) => name in env)) {
      const message = "is in workload.env too, which would win";
      ctx.addIssue({ code: "custom", path: ["settings", "env", name], message });
    }
  });

export type Workload = z.infer<typeof workloadSchema>;
