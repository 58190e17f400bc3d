import { createHash } from "node:crypto";
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { App } from "../../config/app.ts";
import type { DatabaseJob, DatabaseStep } from "../../config/database.ts";
import { seconds } from "../../config/duration.ts";
import { databaseLabels } from "../../config/limits.ts";
import type { SlotState } from "../../config/release-state.ts";
import type { Workload } from "../../config/workload.ts";
import { javaToolOptions } from "./java-options.ts";
import { CONFINED_CONTAINER, CONFINED_POD, resources } from "./pod-template.ts";

/** Names end before this, so that the label with the Job's name, which Kubernetes gives its pods, is valid. */
const NAME_LENGTH = 63;

/** What Kubernetes may need to end a pod that has used up its time, so that its log outlives it. */
const END_S = 30;

export interface DatabaseJobArgs {
  readonly app: App;
  readonly workload: Workload;
  /** Name of the Job's ServiceAccount: the one of the service's own pods. */
  readonly serviceAccount: pulumi.Input<string>;
  /** Name of the ConfigMap and of the Secret with the service's settings. */
  readonly settings: string;
  readonly step: DatabaseStep;
  readonly job: DatabaseJob;
  /** For which version it runs. */
  readonly version: SlotState;
}

/**
 * A Job that changes the database. Its name tells the version and the content, so that a changed one is another Job, and
 * one that has succeeded is never run again by an update.
 */
export function databaseJob(args: DatabaseJobArgs): k8s.batch.v1.JobArgs {
  const { app, job, serviceAccount, step, version } = args;
  const labels = databaseLabels(app, step, version.version);
  const spec = {
    backoffLimit: 0,
    activeDeadlineSeconds: seconds(job.timeout) + END_S,
    template: { metadata: { labels }, spec: podSpec(args) },
  };
  return {
    metadata: {
      name: jobName(args, JSON.stringify([version.version, spec])),
      namespace: app.namespace,
      labels,
      // A Job that failed, or whose update was killed, is made anew by the next update.
      annotations: { "pulumi.com/replaceUnready": "true" },
    },
    spec: {
      ...spec,
      template: { ...spec.template, spec: { ...spec.template.spec, serviceAccountName: serviceAccount } },
    },
  };
}

/** How long Pulumi waits for it. */
export function jobTimeouts({ timeout }: DatabaseJob): pulumi.CustomTimeouts {
  return { create: `${seconds(timeout) + 2 * END_S}s`, delete: "2m" };
}

function podSpec({ job, settings, step, version, workload }: DatabaseJobArgs) {
  const { jvm, pullPolicy, pullSecrets, resources: sizes } = workload;
  const variables = { JAVA_TOOL_OPTIONS: javaToolOptions(jvm, sizes.limits.memory), ...job.env };
  return {
    restartPolicy: "Never",
    // Of the pod too: the Job's own deadline deletes the pod, and its log with it.
    activeDeadlineSeconds: seconds(job.timeout),
    automountServiceAccountToken: workload.serviceAccount.token,
    enableServiceLinks: false,
    securityContext: CONFINED_POD,
    ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    volumes: [
      { name: "tmp", emptyDir: {} },
      { name: "settings", configMap: { name: settings } },
    ],
    containers: [
      {
        name: step,
        image: job.image ?? version.image,
        imagePullPolicy: pullPolicy,
        command: job.command,
        envFrom: [{ configMapRef: { name: settings } }, { secretRef: { name: settings } }],
        env: Object.entries(variables).map(([name, value]) => ({ name, value })),
        resources: resources(workload),
        volumeMounts: [
          { name: "tmp", mountPath: "/tmp" },
          { name: "settings", mountPath: workload.settings.directory, readOnly: true },
        ],
        securityContext: CONFINED_CONTAINER,
      },
    ],
  };
}

function jobName({ app, step, version }: DatabaseJobArgs, content: string): string {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  const room = NAME_LENGTH - `${app.name}-${step}--${hash}`.length;
  const legible = version.version
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, room)
    .replace(/-$/, "");
  return `${app.name}-${step}-${legible}-${hash}`;
}
