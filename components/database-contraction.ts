import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { DatabaseJob } from "../config/database.ts";
import type { SlotState } from "../config/release-state.ts";
import type { Workload } from "../config/workload.ts";
import { databaseJob, jobTimeouts } from "./internal/database-job.ts";

export interface DatabaseContractionArgs {
  readonly app: App;
  readonly workload: Workload;
  /** What removes the rest of older versions from the database. */
  readonly job: DatabaseJob;
  /** Name of the Job's ServiceAccount. */
  readonly serviceAccount: pulumi.Input<string>;
  /** Name of the ConfigMap and of the Secret with the service's settings: `DatabaseExpansion.settings`. */
  readonly settings: string;
  /** The live version, for which the contraction is approved. */
  readonly version: SlotState;
}

/** Removes from the database what only older versions needed. Nothing comes after it, and its failure stops nothing. */
export class DatabaseContraction extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:DatabaseContraction";

  constructor(name: string, args: DatabaseContractionArgs, opts: pulumi.ComponentResourceOptions) {
    super(DatabaseContraction.__pulumiType, name, {}, opts);
    new k8s.batch.v1.Job(`${name}-job`, databaseJob({ ...args, step: "contract" }), {
      parent: this,
      customTimeouts: jobTimeouts(args.job),
    });
    this.registerOutputs({});
  }
}
