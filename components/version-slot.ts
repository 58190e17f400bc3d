import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Slot, SlotState } from "../config/release-state.ts";
import type { App, Workload } from "../config/schema.ts";
import { javaToolOptions } from "./internal/java-options.ts";
import { labelPod, selectSlot } from "./internal/labels.ts";

export interface VersionSlotArgs {
  readonly app: App;
  readonly workload: Workload;
  readonly slot: Slot;
  /** What runs in the slot. */
  readonly version: SlotState;
}

const PROBE_PERIOD_S = 2;
const READ_ONLY_ROOT_TMP = "tmp";

/** The pods of one slot. */
export class VersionSlot extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:VersionSlot";

  constructor(name: string, args: VersionSlotArgs, opts: pulumi.ComponentResourceOptions) {
    super(VersionSlot.__pulumiType, name, {}, opts);
    const { app, slot, version, workload } = args;
    const ready = `${workload.readyTimeout / 1_000}s`;
    new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      {
        metadata: { name: `${app.name}-${slot}`, namespace: app.namespace, labels: selectSlot(app, slot) },
        spec: {
          replicas: version.replicas,
          revisionHistoryLimit: 5,
          progressDeadlineSeconds: seconds(workload.readyTimeout),
          selector: { matchLabels: selectSlot(app, slot) },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: {
            metadata: {
              labels: labelPod(app, slot, version.version),
              annotations: {
                "prometheus.io/scrape": "true",
                "prometheus.io/port": String(app.port),
                "prometheus.io/path": "/actuator/prometheus",
              },
            },
            spec: podSpec(args),
          },
        },
      },
      { parent: this, customTimeouts: { create: ready, update: ready, delete: "2m" } },
    );
    this.registerOutputs({});
  }
}

function podSpec({ app, workload, version }: VersionSlotArgs): k8s.types.input.core.v1.PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: seconds(workload.drain.grace),
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    volumes: [{ name: READ_ONLY_ROOT_TMP, emptyDir: {} }],
    containers: [
      {
        name: app.name,
        image: version.image,
        imagePullPolicy: "IfNotPresent",
        ports: [{ name: "http", containerPort: app.port }],
        env: [
          { name: "JAVA_TOOL_OPTIONS", value: javaToolOptions(workload.jvm, workload.resources.limits.memory) },
          ...Object.entries(workload.env).map(([name, value]) => ({ name, value })),
        ],
        resources: workload.resources,
        volumeMounts: [{ name: READ_ONLY_ROOT_TMP, mountPath: "/tmp" }],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        ...probes(app, workload),
        // The pod goes on serving while routers take it out; the kubelet's own sleep needs no shell in the image.
        lifecycle: { preStop: { sleep: { seconds: seconds(workload.drain.preStop) } } },
      },
    ],
  };
}

function probes(app: App, { probes: { readiness, liveness, startupTimeout } }: Workload) {
  const ask = (path: string) => ({ httpGet: { path, port: app.port }, timeoutSeconds: 2 });
  return {
    startupProbe: {
      ...ask(liveness),
      periodSeconds: PROBE_PERIOD_S,
      failureThreshold: Math.ceil(seconds(startupTimeout) / PROBE_PERIOD_S),
    },
    readinessProbe: { ...ask(readiness), periodSeconds: PROBE_PERIOD_S, failureThreshold: 3 },
    livenessProbe: { ...ask(liveness), periodSeconds: 10, failureThreshold: 3 },
  };
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
