import { z } from "zod";
import { duration } from "./duration.ts";
import { jvmSchema } from "./jvm.ts";
import { cpuQuantity, memoryQuantity, parseCpu, parseMemory } from "./quantity.ts";
import { releaseStateSchema } from "./release-state.ts";

const dnsLabel = z
  .string()
  .max(40)
  .regex(/^[a-z]([a-z0-9-]*[a-z0-9])?$/, "use lower-case letters, digits and '-', starting with a letter");
const path = z.string().startsWith("/", 'must start with "/"');
const share = z.number().gt(0).lt(1);

const appSchema = z.strictObject({
  /** Name of the service; its objects are called after it. */
  name: dnsLabel,
  /** Namespace that holds the service; the stack creates it. */
  namespace: dnsLabel,
  /** Port on which the container listens for users' requests and for the probes. */
  port: z.int().min(1).max(65_535).default(8080),
});

const probesSchema = z
  .strictObject({
    readiness: path.default("/actuator/health/readiness"),
    liveness: path.default("/actuator/health/liveness"),
    /** How long a pod may take from its start until its liveness path answers. */
    startupTimeout: duration("2m"),
  })
  .prefault({});

const drainSchema = z
  .strictObject({
    /** How long a pod goes on serving after it was told to end, so that routers can take it out. */
    preStop: duration("15s"),
    /** How long the JVM may then take to finish its requests (Spring: `timeout-per-shutdown-phase`). */
    shutdown: duration("30s"),
    /** When the pod is killed. At least preStop + shutdown. */
    grace: duration("45s"),
  })
  .prefault({})
  .refine((drain) => drain.preStop + drain.shutdown <= drain.grace, {
    path: ["grace"],
    error: "must be at least preStop + shutdown, or requests in flight are cut off",
  });

const resourcesSchema = z
  .strictObject({
    requests: z.strictObject({ cpu: cpuQuantity, memory: memoryQuantity }).prefault({ cpu: "500m", memory: "512Mi" }),
    limits: z.strictObject({ cpu: cpuQuantity, memory: memoryQuantity }).prefault({ cpu: "2", memory: "1Gi" }),
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

const workloadSchema = z
  .strictObject({
    resources: resourcesSchema,
    jvm: jvmSchema,
    probes: probesSchema,
    drain: drainSchema,
    /** Environment variables of the container. */
    env: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
    /** How long a version's pods may take to become ready, all together. */
    readyTimeout: duration("5m"),
  })
  .prefault({});

const istioSchema = z.strictObject({
  kind: z.literal("istio"),
  /** Host names under which users reach the service. */
  hosts: z.array(z.string().min(1)).min(1),
  /** The gateways that carry them, as `namespace/name`. */
  gateways: z.array(z.string().regex(/^[a-z0-9-]+\/[a-z0-9-]+$/, "write it as namespace/name")).min(1),
});

const weightsSchema = z
  .array(z.int().min(1).max(100))
  .min(1)
  .superRefine((weights, ctx) => {
    weights.forEach((weight, i) => {
      const before = weights[i - 1];
      if (before !== undefined && weight <= before) {
        ctx.addIssue({
          code: "custom",
          path: [i],
          message: `is not above the step before it (${before})`,
          input: weight,
        });
      }
    });
    if (weights.at(-1) !== 100) {
      ctx.addIssue({
        code: "custom",
        path: [weights.length - 1],
        message: "the last step must be 100",
        input: weights.at(-1),
      });
    }
  });

/** What every strategy with two slots has. */
const twoSlots = {
  /** Pods of the candidate; stable keeps those that it has. */
  replicas: z.int().min(1).max(1_000).default(3),
  /** How long the gate stays on after the last step, before the candidate is promoted. */
  bake: duration("5m"),
};

const strategySchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("canary"),
    /** The steps, in percent of the traffic. */
    weights: weightsSchema.default([1, 5, 10, 25, 50, 100]),
    ...twoSlots,
  }),
  z.strictObject({ kind: z.literal("blueGreen"), ...twoSlots }),
]);

const gateSchema = z
  .strictObject({
    /** Highest probability that a healthy release is rolled back. */
    falseAlarm: share.default(0.01),
    /** Highest acceptable share of failing requests. */
    limit: share.default(0.01),
    /** How many times stable's odds of failing the candidate may have. */
    tolerate: z.number().min(1).max(10).default(1.25),
    /** A failing share so small that it is never a reason to roll back. */
    ignoreBelow: share.default(0.001),
    /** The shortest time at each weight. */
    minStepTime: duration("60s"),
    /** After this time at a weight, `onInconclusive` decides. */
    maxStepTime: duration("10m"),
    /** What to do when the release is neither proved below the limit nor worse. Default: advance at weights up to 10, else pause. */
    onInconclusive: z.enum(["advance", "pause"]).optional(),
    /** How long a pause may last before the release is rolled back. */
    pauseDeadline: duration("10m"),
    /** The same, when only the candidate has stopped reporting. */
    silentDeadline: duration("2m"),
  })
  .prefault({})
  .superRefine((gate, ctx) => {
    if (gate.ignoreBelow >= gate.limit) {
      ctx.addIssue({
        code: "custom",
        path: ["ignoreBelow"],
        message: `must be below limit (${gate.limit})`,
        input: gate.ignoreBelow,
      });
    }
    if (gate.minStepTime > gate.maxStepTime) {
      ctx.addIssue({ code: "custom", path: ["minStepTime"], message: "is longer than maxStepTime" });
    }
  });

const checkSchema = z.strictObject({
  path,
  method: z.enum(["GET", "HEAD", "POST"]).default("GET"),
  /** The status that the answer must have. */
  status: z.int().min(100).max(599).default(200),
  /** The longest time that an answer may take. */
  within: duration("2s"),
  /** How often the request is sent; every answer must pass. */
  times: z.int().min(1).max(1_000).default(10),
});

const checksSchema = z.strictObject({
  /** Where the edge is reached from where the release program runs. */
  baseUrl: z.url({ protocol: /^https?$/ }),
  /** Sent to the candidate, by the route that only testers use, before any user's request reaches it. */
  requests: z.array(checkSchema).min(1),
});

const metricsSchema = z.strictObject({
  /** Base URL of the Prometheus that scrapes the edge. */
  prometheus: z.url({ protocol: /^https?$/ }),
  /** How often it scrapes the edge. */
  scrapeInterval: duration("15s"),
});

/** Everything that a stack file says under `sluice:`. Durations are milliseconds after parsing. */
export const stackSchema = z.strictObject({
  app: appSchema,
  workload: workloadSchema,
  router: istioSchema,
  strategy: strategySchema,
  gate: gateSchema,
  checks: checksSchema,
  metrics: metricsSchema,
  release: releaseStateSchema,
});

export type StackConfig = z.infer<typeof stackSchema>;
export type App = StackConfig["app"];
export type Workload = StackConfig["workload"];
export type IstioRouter = StackConfig["router"];
export type Strategy = StackConfig["strategy"];
export type Gate = StackConfig["gate"];
export type Checks = StackConfig["checks"];
export type Check = Checks["requests"][number];
export type Metrics = StackConfig["metrics"];
