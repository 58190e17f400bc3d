import { autoscaler, budget, deployment } from "../objects.ts";
import type { RuleCase } from "./case.ts";

const SPEC = "0/spec/template/spec";
const CONTAINER = `${SPEC}/containers/0`;
const C = "container checkout";
const unknown = (field: string) =>
  [
    `${CONTAINER}/${field.replaceAll(".", "/")}`,
    `cannot decide: spec.template.spec.containers[0].${field} is not known before the update`,
  ] as const;

export const WORKLOAD: readonly RuleCase[] = [
  {
    rule: "require-probes",
    good: [deployment],
    faults: [
      ["no readiness", { [`${CONTAINER}/readinessProbe`]: undefined }, [`${C}: no readiness probe`]],
      ["no liveness", { [`${CONTAINER}/livenessProbe`]: undefined }, [`${C}: no liveness probe`]],
      ["no startup probe", { [`${CONTAINER}/startupProbe`]: undefined }, [`${C}: no startup probe`]],
      [
        "a timeout longer than the period",
        { [`${CONTAINER}/readinessProbe/timeoutSeconds`]: 5 },
        [`${C}: readiness waits 5 s for an answer, longer than its period of 2 s`],
      ],
      [
        "a liveness that is too quick",
        { [`${CONTAINER}/livenessProbe/periodSeconds`]: 1 },
        [`${C}: liveness restarts after 3 s, before readiness takes the pod out after 6 s`],
      ],
      [
        "a readiness slower than the grace",
        { [`${SPEC}/terminationGracePeriodSeconds`]: 5 },
        [`${C}: readiness takes the pod out after 6 s, longer than the 5 s that it has to end`],
      ],
    ],
    fine: [["a container without a port", { [`${CONTAINER}/ports`]: [], [`${CONTAINER}/readinessProbe`]: undefined }]],
    unknown: unknown("readinessProbe"),
  },
  {
    rule: "fit-drain",
    good: [deployment],
    faults: [
      [
        "no preStop",
        { [`${CONTAINER}/lifecycle`]: undefined },
        [`${C}: no preStop, so it stops serving while routers still send requests`],
      ],
      [
        "a short preStop",
        { [`${CONTAINER}/lifecycle/preStop/sleep/seconds`]: 2 },
        [`${C}: preStop of 2 s is shorter than 5 s`],
      ],
      [
        "a grace that is too short",
        { [`${SPEC}/terminationGracePeriodSeconds`]: 30 },
        [`${C}: preStop 15 s + shutdown 30 s exceed the grace of 30 s`],
      ],
      [
        "a command that sleeps too long",
        {
          [`${CONTAINER}/lifecycle/preStop`]: { exec: { command: ["sh", "-c", "sleep 50"] } },
          [`${CONTAINER}/env`]: [],
        },
        [`${C}: preStop 50 s exceed the grace of 45 s`],
      ],
    ],
    fine: [
      ["a preStop whose time nobody knows", { [`${CONTAINER}/lifecycle/preStop`]: { exec: { command: ["/drain"] } } }],
    ],
    settings: [[{ leastPreStop: 20 }, {}, [`${C}: preStop of 15 s is shorter than 20 s`]]],
    unknown: unknown("lifecycle"),
  },
  {
    rule: "require-replicas",
    good: [deployment],
    faults: [
      ["one pod", { "0/spec/replicas": 1 }, ["it has 1 pod, fewer than 2"]],
      ["no number, which is one", { "0/spec/replicas": undefined }, ["it has 1 pod, fewer than 2"]],
      [
        "an autoscaler that leaves one",
        { "1": { ...autoscaler, spec: { ...(autoscaler.spec as object), minReplicas: 1 } } },
        ["HorizontalPodAutoscaler shop/checkout may leave 1 of its pods, fewer than 2"],
      ],
    ],
    fine: [
      ["an empty slot", { "0/spec/replicas": 0 }],
      ["an autoscaler that leaves enough", { "0/spec/replicas": undefined, "1": autoscaler }],
    ],
    settings: [[{ least: 4 }, {}, ["it has 3 pods, fewer than 4"]]],
    unknown: ["0/spec/replicas", "cannot decide: spec.replicas is not known before the update"],
    production: true,
  },
  {
    rule: "allow-disruption",
    good: [deployment, budget],
    faults: [
      ["no budget", { "1/spec/selector/matchLabels": { app: "other" } }, ["no PodDisruptionBudget selects its pods"]],
      [
        "a budget of none",
        { "1/spec/maxUnavailable": 0 },
        ["PodDisruptionBudget shop/checkout lets no pod go (3 pods): no node could be drained"],
      ],
      [
        "a budget of all",
        { "1/spec/maxUnavailable": undefined, "1/spec/minAvailable": "100%" },
        ["PodDisruptionBudget shop/checkout lets no pod go (3 pods): no node could be drained"],
      ],
      [
        "two budgets",
        { "2": budget },
        [
          "PodDisruptionBudget shop/checkout and PodDisruptionBudget shop/checkout select the same pods: none can be evicted",
        ],
      ],
    ],
    fine: [
      [
        "a selector by expression",
        { "1/spec/selector": { matchExpressions: [{ key: "version", operator: "In", values: ["v1"] }] } },
      ],
      ["a single pod", { "0/spec/replicas": 1, "1/spec/selector/matchLabels": { app: "other" } }],
    ],
    unknown: ["1/spec/maxUnavailable", "cannot decide: spec.maxUnavailable is not known before the update"],
    production: true,
  },
  {
    rule: "require-resources",
    good: [deployment],
    faults: [
      [
        "no cpu request",
        { [`${CONTAINER}/resources`]: { requests: { memory: "1Gi" }, limits: { memory: "1Gi" } } },
        [`${C}: no requests.cpu`],
      ],
      ["no memory limit", { [`${CONTAINER}/resources/limits/memory`]: undefined }, [`${C}: no limits.memory`]],
      [
        "a request above its limit",
        { [`${CONTAINER}/resources/requests/memory`]: "2Gi" },
        [`${C}: requests.memory 2Gi is above its limit 1Gi`],
      ],
    ],
    fine: [["limits alone, which are the requests", { [`${CONTAINER}/resources/requests`]: {} }]],
    unknown: unknown("resources"),
  },
];
