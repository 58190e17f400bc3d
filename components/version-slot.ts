import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import { seconds } from "../config/duration.ts";
import type { Slot, SlotState } from "../config/release-state.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Workload } from "../config/workload.ts";
import { labelPod, selectSlot } from "./internal/labels.ts";
import { podTemplate } from "./internal/pod-template.ts";
import { guardPods, leaveReplicas } from "./pod-guards.ts";
import { declareSettings, type SettingsNames } from "./versioned-settings.ts";

export interface VersionSlotArgs {
  readonly app: App;
  readonly workload: Workload;
  readonly secrets: pulumi.Input<Secrets>;
  /** Name of the ServiceAccount of the pods. */
  readonly serviceAccount: pulumi.Input<string>;
  /** Name of the ConfigMap with the feature flags, if there are any. */
  readonly flags?: pulumi.Input<string> | undefined;
  readonly slot: Slot;
  /** What runs in the slot. */
  readonly version: SlotState;
  /** Whether an autoscaler may take pods away: only where the traffic cannot come back all at once. */
  readonly mayShrink: boolean;
}

/** The pods of one slot, with their settings and guards. */
export class VersionSlot extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:VersionSlot";

  constructor(name: string, args: VersionSlotArgs, opts: pulumi.ComponentResourceOptions) {
    super(VersionSlot.__pulumiType, name, {}, opts);
    const { app, mayShrink, secrets, slot, version, workload } = args;
    const labels = labelPod(app, slot, version.version);
    const settings = declareSettings(
      `${name}-settings-${version.version}`,
      { app, settings: workload.settings, secrets, version: version.version, labels, keptBy: "version" },
      { parent: this },
    );
    // An autoscaled Deployment keeps the number of pods that it has, and an autoscaler never wakes one that has none: it
    // would stay at 0 for ever. So an empty slot gives it up, and its next version begins with a number of its own.
    if (version.replicas > 0 || workload.autoscaling === undefined) {
      const deployment = new k8s.apps.v1.Deployment(`${name}-deployment`, deploymentArgs(args, labels, settings), {
        parent: this,
        ...leaveReplicas(workload),
        customTimeouts: timeouts(workload),
      });
      if (version.replicas > 0) {
        const target = { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name } as const;
        const selector = selectSlot(app, slot);
        const guarded = { app, workload, target, selector, replicas: version.replicas, mayShrink };
        guardPods(`${name}-guards`, guarded, { parent: this });
      }
    }
    this.registerOutputs({});
  }
}

function deploymentArgs(
  { app, flags, serviceAccount, slot, version, workload }: VersionSlotArgs,
  labels: Readonly<Record<string, string>>,
  settings: SettingsNames,
): k8s.apps.v1.DeploymentArgs {
  return {
    metadata: { name: `${app.name}-${slot}`, namespace: app.namespace, labels: selectSlot(app, slot) },
    spec: {
      replicas: version.replicas,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: seconds(workload.readyTimeout),
      selector: { matchLabels: selectSlot(app, slot) },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: podTemplate({ app, workload, image: version.image, labels, serviceAccount, settings, flags }),
    },
  };
}

/** A Deployment is gone when its pods are: each may take its grace to end. */
function timeouts({ drain, readyTimeout }: Workload): pulumi.CustomTimeouts {
  const ready = `${readyTimeout / 1_000}s`;
  return { create: ready, update: ready, delete: `${seconds(drain.grace) + 75}s` };
}
