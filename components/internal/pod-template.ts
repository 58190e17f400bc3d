import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { App } from "../../config/app.ts";
import { seconds } from "../../config/duration.ts";
import { memoryOf } from "../../config/jvm-memory.ts";
import { FLAGS_DIRECTORY } from "../../config/limits.ts";
import type { Workload } from "../../config/workload.ts";
import type { SettingsNames } from "../versioned-settings.ts";
import { javaToolOptions } from "./java-options.ts";

const PROBE_PERIOD_S = 2;
const READ_ONLY_ROOT_TMP = "tmp";
const SETTINGS = "settings";
const FLAGS = "flags";
const HUGE_PAGE = 2 * 2 ** 20;

/** What `restricted` Pod Security asks of a pod and of its containers, and a root file system that nobody can write. */
export const CONFINED_POD = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };
export const CONFINED_CONTAINER = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};

export interface PodArgs {
  readonly app: App;
  readonly workload: Workload;
  readonly image: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Name of the pods' ServiceAccount; without it: the namespace's default one. */
  readonly serviceAccount?: pulumi.Input<string>;
  /** Settings and secrets of the version; without it: none. */
  readonly settings?: SettingsNames;
  /** Name of the ConfigMap with the feature flags; without it: none. */
  readonly flags?: pulumi.Input<string> | undefined;
}

/** The template of every pod of the service, whatever object makes the pods. It satisfies `restricted` Pod Security. */
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

function podSpec(args: PodArgs): k8s.types.input.core.v1.PodSpec {
  const { flags, labels, serviceAccount, settings, workload } = args;
  const { drain, pullSecrets } = workload;
  return {
    ...(serviceAccount === undefined ? {} : { serviceAccountName: serviceAccount }),
    automountServiceAccountToken: serviceAccount !== undefined && workload.serviceAccount.token,
    enableServiceLinks: false,
    // Rounding to whole seconds must not cut the grace below what is taken from it.
    terminationGracePeriodSeconds: Math.max(seconds(drain.grace), seconds(drain.preStop) + seconds(drain.shutdown)),
    securityContext: CONFINED_POD,
    ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...spread(workload, labels),
    volumes: [
      { name: READ_ONLY_ROOT_TMP, emptyDir: {} },
      ...(settings === undefined ? [] : [{ name: SETTINGS, configMap: { name: settings.config } }]),
      ...(flags === undefined ? [] : [{ name: FLAGS, configMap: { name: flags } }]),
    ],
    containers: [container(args)],
  };
}

function container({ app, flags, image, settings, workload }: PodArgs): k8s.types.input.core.v1.Container {
  const { drain } = workload;
  return {
    name: app.name,
    image,
    imagePullPolicy: workload.pullPolicy,
    ports: [{ name: "http", containerPort: app.port }],
    // Whole maps, and no single keys: which keys there are belongs to the version, not to the stack file of today.
    ...(settings === undefined
      ? {}
      : { envFrom: [{ configMapRef: { name: settings.config } }, { secretRef: { name: settings.secret } }] }),
    env: environment(workload),
    resources: resources(workload),
    volumeMounts: [
      { name: READ_ONLY_ROOT_TMP, mountPath: "/tmp" },
      ...(settings === undefined ? [] : [{ name: SETTINGS, mountPath: workload.settings.directory, readOnly: true }]),
      // A whole directory: the kubelet never refreshes a single file that is mounted by its `subPath`.
      ...(flags === undefined ? [] : [{ name: FLAGS, mountPath: FLAGS_DIRECTORY, readOnly: true }]),
    ],
    securityContext: CONFINED_CONTAINER,
    ...probes(app, workload),
    // The pod goes on serving while routers take it out; the kubelet's own sleep needs no shell in the image. Older API
    // servers refuse a sleep of 0.
    ...(drain.preStop === 0 ? {} : { lifecycle: { preStop: { sleep: { seconds: seconds(drain.preStop) } } } }),
  };
}

/** Options of the JVM, Spring's shutdown as the stack says, and what the stack sets itself, which wins. */
function environment({ drain, env, jvm, resources }: Workload) {
  const variables = {
    JAVA_TOOL_OPTIONS: javaToolOptions(jvm, resources.limits.memory),
    SERVER_SHUTDOWN: "graceful",
    SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE: `${drain.shutdown}ms`,
    ...env,
  };
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}

/** Reserved large pages are a resource of their own: as many as the heap, the collector's tables and the code fill. */
export function resources({ jvm, resources: { limits, requests } }: Workload) {
  if (jvm.largePages !== "reserved") return { limits, requests };
  const { codeCache, collector, heap } = memoryOf(jvm, limits.memory);
  const pages = { "hugepages-2Mi": `${Math.ceil((heap + collector + codeCache) / HUGE_PAGE) * 2}Mi` };
  return { limits: { ...limits, ...pages }, requests: { ...requests, ...pages } };
}

/** By all labels, the version's too: while a version replaces another, the new pods are spread among themselves. */
function spread({ spread: { hosts, zones } }: Workload, labels: Readonly<Record<string, string>>) {
  const labelSelector = { matchLabels: labels };
  const apart = { weight: 100, podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector } };
  const evenly = {
    maxSkew: 1,
    topologyKey: "topology.kubernetes.io/zone",
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector,
  };
  return {
    ...(hosts ? { affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [apart] } } } : {}),
    ...(zones ? { topologySpreadConstraints: [evenly] } : {}),
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
