import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Slot, SlotState } from "../config/release-state.ts";
import type { Workload } from "../config/workload.ts";
import { labelPod, selectSlot } from "./internal/labels.ts";
import { podTemplate, seconds } from "./internal/pod-template.ts";

export interface VersionSlotArgs {
  readonly app: App;
  readonly workload: Workload;
  readonly slot: Slot;
  /** What runs in the slot. */
  readonly version: SlotState;
}

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
          template: podTemplate({ app, workload, image: version.image, labels: labelPod(app, slot, version.version) }),
        },
      },
      { parent: this, customTimeouts: { create: ready, update: ready, delete: "2m" } },
    );
    this.registerOutputs({});
  }
}
