import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Database } from "../config/database.ts";
import type { SlotState } from "../config/release-state.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Workload } from "../config/workload.ts";
import { databaseJob, jobTimeouts } from "./internal/database-job.ts";
import { selectApp } from "./internal/labels.ts";
import { secretData } from "./versioned-settings.ts";

export interface DatabaseExpansionArgs {
  readonly app: App;
  readonly workload: Workload;
  readonly database: Database;
  readonly secrets: pulumi.Input<Secrets>;
  /** Name of the Jobs' ServiceAccount. */
  readonly serviceAccount: pulumi.Input<string>;
  /** The version under release; without one nothing runs. */
  readonly version: SlotState | undefined;
}

/**
 * Backs the database up and adds what a version needs, before that version has any pod. What uses the version comes after
 * this component; a Job that fails ends the update before that.
 */
export class DatabaseExpansion extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:DatabaseExpansion";
  /** Name of the ConfigMap and of the Secret that give the Jobs the service's settings. */
  readonly settings: string;

  constructor(name: string, args: DatabaseExpansionArgs, opts: pulumi.ComponentResourceOptions) {
    super(DatabaseExpansion.__pulumiType, name, {}, opts);
    const { app, database, version } = args;
    this.settings = `${app.name}-database`;
    let before: pulumi.Resource[] = declareSettings(name, this.settings, args, this);
    for (const step of ["backup", "expand"] as const) {
      const job = database[step];
      if (job === undefined || version === undefined) continue;
      const declared = databaseJob({ ...args, settings: this.settings, step, job, version });
      const opts = { parent: this, dependsOn: before, customTimeouts: jobTimeouts(job) };
      before = [new k8s.batch.v1.Job(`${name}-${step}`, declared, opts)];
    }
    this.registerOutputs({ settings: this.settings });
  }
}

/**
 * The settings of today, under one name: unlike a version's pods, a Job that failed for a wrong setting must be able to
 * try again with the right one, and a Job that has succeeded must not run again for a change of them.
 */
function declareSettings(
  name: string,
  settings: string,
  { app, secrets, workload }: DatabaseExpansionArgs,
  parent: pulumi.Resource,
): pulumi.Resource[] {
  const files = Object.entries(workload.settings.files);
  const metadata = { name: settings, namespace: app.namespace, labels: selectApp(app) };
  return [
    new k8s.core.v1.ConfigMap(
      `${name}-config`,
      {
        metadata,
        data: { ...workload.settings.env, ...workload.env },
        binaryData: Object.fromEntries(files.map(([file, text]) => [file, Buffer.from(text).toString("base64")])),
      },
      { parent },
    ),
    new k8s.core.v1.Secret(`${name}-secret`, { metadata, ...secretData(secrets) }, { parent }),
  ];
}
