import type * as k8s from "@pulumi/kubernetes";
import type { App } from "../../config/app.ts";
import type { Workload } from "../../config/workload.ts";
import { javaToolOptions } from "./java-options.ts";

const PROBE_PERIOD_S = 2;
const READ_ONLY_ROOT_TMP = "tmp";

export interface PodArgs {
  readonly app: App;
  readonly workload: Workload;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The template of every pod of the service, whatever object makes the pods. */
export function podTemplate(args: PodArgs): k8s.types.input.core.v1.PodTemplateSpec {
  const { app, labels } = args;
  return {
    metadata: {
      labels,
      annotations: {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": String(app.port),
        "prometheus.io/path": "/actuator/prometheus",
      },
    },
    spec: podSpec(args),
  };
}

function podSpec({ app, image, workload }: PodArgs): k8s.types.input.core.v1.PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: seconds(workload.drain.grace),
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    volumes: [{ name: READ_ONLY_ROOT_TMP, emptyDir: {} }],
    containers: [
      {
        name: app.name,
        image,
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

/** Whole seconds, rounded up: what Kubernetes counts in. */
export function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
