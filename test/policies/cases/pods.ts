import { autoscaler, deployment } from "../objects.ts";
import type { RuleCase } from "./case.ts";

const SPEC = "0/spec/template/spec";
const CONTAINER = `${SPEC}/containers/0`;
const C = "container checkout";
const IMAGE_UNKNOWN = "cannot decide: spec.template.spec.containers[0].image is not known before the update";
const unknown = (field: string) =>
  [
    `${CONTAINER}/${field.replaceAll(".", "/")}`,
    `cannot decide: spec.template.spec.containers[0].${field} is not known before the update`,
  ] as const;
const options = (value: string) => ({ [`${CONTAINER}/env/0/value`]: value });

export const PODS: readonly RuleCase[] = [
  {
    rule: "fit-heap",
    good: [deployment],
    faults: [
      [
        "a heap above its share",
        options("-Xmx1000m"),
        [`${C}: a heap of 1000 MiB is 97.7 % of the limit of 1024 MiB, above 80 %`],
      ],
      [
        "a share by percentage",
        options("-XX:MaxRAMPercentage=90"),
        [`${C}: a heap of 921.6 MiB is 90 % of the limit of 1024 MiB, above 80 %`],
      ],
      [
        "parts that do not fit together",
        options("-Xmx700m -XX:MaxMetaspaceSize=256m -XX:ReservedCodeCacheSize=128m"),
        [`${C}: heap 700 MiB + metaspace 256 MiB + code cache 128 MiB = 1084 MiB, above the limit of 1024 MiB`],
      ],
      [
        "a heap among the arguments",
        { [`${CONTAINER}/args`]: ["java", "-Xmx2g", "-jar", "app.jar"] },
        [`${C}: a heap of 2048 MiB is 200 % of the limit of 1024 MiB, above 80 %`],
      ],
    ],
    settings: [[{ mostShare: 40 }, {}, [`${C}: a heap of 512 MiB is 50 % of the limit of 1024 MiB, above 40 %`]]],
    unknown: unknown("env[0].value").map((part) => part.replace("env[0]/value", "env/0/value")) as [string, string],
  },
  {
    rule: "forbid-contradicting-flags",
    good: [deployment],
    faults: [
      ["two collectors", options("-XX:+UseG1GC -XX:+UseZGC"), [`${C}: two collectors, -XX:+UseG1GC and -XX:+UseZGC`]],
      [
        "a pause goal without pauses",
        options("-XX:+UseZGC -XX:MaxGCPauseMillis=10"),
        [`${C}: MaxGCPauseMillis means nothing to -XX:+UseZGC`],
      ],
      [
        "G1's regions elsewhere",
        options("-XX:+UseParallelGC -XX:G1HeapRegionSize=4m"),
        [`${C}: G1HeapRegionSize means nothing to -XX:+UseParallelGC`],
      ],
      [
        "a touched heap that grows",
        options("-Xms128m -Xmx512m -XX:+AlwaysPreTouch"),
        [`${C}: -XX:+AlwaysPreTouch with -Xms below -Xmx: what the heap grows by is not touched`],
      ],
      [
        "a heap that begins above its end",
        options("-Xms512m -Xmx256m"),
        [`${C}: -Xms is above -Xmx: the JVM does not start`],
      ],
      [
        "a flag on and off",
        options("-XX:+UseNUMA -XX:-UseNUMA"),
        [`${C}: -XX:+UseNUMA and -XX:-UseNUMA: the last one wins`],
      ],
      ["a size given twice", options("-Xmx256m -Xmx512m"), [`${C}: -Xmx256m and -Xmx512m: the last one wins`]],
      [
        "two kinds of large pages",
        options("-XX:+UseLargePages -XX:+UseTransparentHugePages"),
        [`${C}: -XX:+UseLargePages and -XX:+UseTransparentHugePages: reserved pages are not used`],
      ],
    ],
    unknown: [
      "0/spec/template/spec/containers/0/env",
      "cannot decide: spec.template.spec.containers[0].env is not known before the update",
    ],
  },
  {
    rule: "confine-pods",
    good: [deployment],
    faults: [
      ["perhaps root", { [`${SPEC}/securityContext`]: {} }, [`${C}: may run as root (no runAsNonRoot: true)`]],
      ["root", { [`${CONTAINER}/securityContext/runAsUser`]: 0 }, [`${C}: runs as root (runAsUser 0)`]],
      ["all privileges", { [`${CONTAINER}/securityContext/privileged`]: true }, [`${C}: is privileged`]],
      [
        "privileges to gain",
        { [`${CONTAINER}/securityContext/allowPrivilegeEscalation`]: undefined },
        [`${C}: may gain privileges (no allowPrivilegeEscalation: false)`],
      ],
      [
        "a capability",
        { [`${CONTAINER}/securityContext/capabilities/add`]: ["NET_BIND_SERVICE", "SYS_ADMIN"] },
        [`${C}: has the capability SYS_ADMIN`],
      ],
      [
        "the node's network",
        { [`${SPEC}/hostNetwork`]: true },
        ["hostNetwork is true: the pod is in the node's namespace"],
      ],
      ["the node's processes", { [`${SPEC}/hostPID`]: true }, ["hostPID is true: the pod is in the node's namespace"]],
      [
        "the node's files",
        { [`${SPEC}/volumes/0`]: { name: "logs", hostPath: { path: "/var" } } },
        ["volume logs is a path of the node"],
      ],
    ],
    fine: [["a user by number", { [`${SPEC}/securityContext`]: { runAsUser: 65532 } }]],
    unknown: unknown("securityContext"),
  },
  {
    rule: "pin-images",
    good: [deployment],
    faults: [
      ["latest", { [`${CONTAINER}/image`]: "checkout:latest" }, [`${C}: image checkout:latest has a tag that moves`]],
      [
        "no tag",
        { [`${CONTAINER}/image`]: "registry:5000/checkout" },
        [`${C}: image registry:5000/checkout has no tag, which means latest`],
      ],
      ["a branch", { [`${CONTAINER}/image`]: "checkout:main" }, [`${C}: image checkout:main has a tag that moves`]],
    ],
    fine: [["a digest", { [`${CONTAINER}/image`]: `checkout@sha256:${"a".repeat(64)}` }]],
    settings: [[{ digest: true }, {}, [`${C}: image registry.example.com/checkout:1.0.0 is not named by its digest`]]],
    unknown: [`${CONTAINER}/image`, IMAGE_UNKNOWN],
  },
  {
    rule: "spread-pods",
    good: [deployment],
    faults: [
      [
        "no wish",
        { [`${SPEC}/affinity`]: undefined },
        ["its pods may all be on one node: neither podAntiAffinity nor topologySpreadConstraints"],
      ],
    ],
    fine: [
      ["a spread", { [`${SPEC}/affinity`]: undefined, [`${SPEC}/topologySpreadConstraints`]: [{ maxSkew: 1 }] }],
      ["a single pod", { [`${SPEC}/affinity`]: undefined, "0/spec/replicas": 1 }],
    ],
    unknown: [`${SPEC}/affinity`, "cannot decide: spec.template.spec.affinity is not known before the update"],
  },
  {
    rule: "leave-replicas-to-autoscaler",
    good: [deployment],
    faults: [
      [
        "two who count",
        { "1": autoscaler },
        ["it declares 3 replicas, which HorizontalPodAutoscaler shop/checkout counts too"],
      ],
    ],
    fine: [
      ["an autoscaler alone", { "0/spec/replicas": undefined, "1": autoscaler }],
      [
        "an autoscaler of another workload",
        { "1": { ...autoscaler, spec: { scaleTargetRef: { kind: "Deployment", name: "cart" } } } },
      ],
    ],
    unknown: ["0/spec/replicas", "cannot decide: spec.replicas is not known before the update"],
  },
];
