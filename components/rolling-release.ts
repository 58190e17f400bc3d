import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Database } from "../config/database.ts";
import { seconds } from "../config/duration.ts";
import { serviceNames } from "../config/names.ts";
import { liveVersion, type ReleaseState } from "../config/release-state.ts";
import type { SelectorRouter } from "../config/router.ts";
import type { RolloutSettings } from "../config/rollout-settings.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Rolling } from "../config/strategy.ts";
import type { Workload } from "../config/workload.ts";
import { declareContraction, declareExpansion } from "./database-change.ts";
import { labelVersion, selectApp } from "./internal/labels.ts";
import { podTemplate } from "./internal/pod-template.ts";
import { guardPods, leaveReplicas } from "./pod-guards.ts";
import { declareSurroundings } from "./pod-surroundings.ts";
import { annotateSettings } from "./routers/router.ts";
import { declareSettings } from "./versioned-settings.ts";

export interface RollingReleaseArgs {
  readonly app: App;
  readonly workload: Workload;
  /** Secrets of the service. */
  readonly secrets: pulumi.Input<Secrets>;
  /** Name of the ConfigMap with the feature flags; without it: there are none. */
  readonly flags?: pulumi.Input<string> | undefined;
  /** How the database changes around a new version; without it: not at all. */
  readonly database?: Database | undefined;
  readonly router: SelectorRouter;
  readonly strategy: Rolling;
  /** What serves, or is to serve: its live version. */
  readonly state: ReleaseState;
  /** What reviewers are told of the stack's rollouts; without it: nothing. */
  readonly settings?: RolloutSettings | undefined;
}

/** A service whose pods Kubernetes replaces a few at a time: one Deployment of the live version behind one Service. */
export class RollingRelease extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:RollingRelease";
  /** Labels that select all pods of the service, of every version. */
  readonly selector: Readonly<Record<string, string>>;

  constructor(name: string, args: RollingReleaseArgs, opts: pulumi.ComponentResourceOptions) {
    super(RollingRelease.__pulumiType, name, {}, opts);
    const { app, database, flags, router, secrets, state, strategy, workload } = args;
    const annotations = args.settings === undefined ? {} : annotateSettings(args.settings);
    const live = liveVersion(state);
    const { image, version } = live;
    const { changeCause, maxSurge, maxUnavailable, minReadyTime, replicas, revisionHistory } = strategy;
    const labels = labelVersion(app, version);
    this.selector = selectApp(app);
    const updated = `${longestUpdate(strategy, workload)}s`;
    const { objects, serviceAccount } = declareSurroundings(
      `${name}-surroundings`,
      { app, workload },
      { parent: this },
    );
    const changed = { app, workload, secrets, serviceAccount, database, state, strategy: strategy.kind };
    const expansion = declareExpansion(`${name}-database`, changed, { parent: this, dependsOn: objects });
    const before = expansion?.before(live) ?? [];
    const settings = declareSettings(
      `${name}-settings`,
      { app, settings: workload.settings, secrets, version, labels: this.selector, keptBy: "content" },
      { parent: this },
    );
    const deployment = new k8s.apps.v1.Deployment(
      `${name}-deployment`,
      {
        metadata: {
          name: app.name,
          namespace: app.namespace,
          labels: selectApp(app),
          // Kubernetes keeps it with the revision: `kubectl rollout history` shows it.
          annotations: { ...annotations, "kubernetes.io/change-cause": changeCause ?? `version ${version}` },
        },
        spec: {
          replicas,
          revisionHistoryLimit: revisionHistory,
          minReadySeconds: seconds(minReadyTime),
          // Has to be longer than the time for which a pod must be ready.
          progressDeadlineSeconds: seconds(workload.readyTimeout) + seconds(minReadyTime),
          selector: { matchLabels: this.selector },
          strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
          template: podTemplate({ app, workload, image, labels, serviceAccount, settings, flags }),
        },
      },
      {
        parent: this,
        dependsOn: before,
        ...leaveReplicas(workload),
        customTimeouts: { create: updated, update: updated, delete: "2m" },
      },
    );
    const target = { apiVersion: "apps/v1", kind: "Deployment", name: deployment.metadata.name } as const;
    const guarded = { app, workload, target, selector: this.selector, replicas, mayShrink: true };
    guardPods(`${name}-guards`, guarded, { parent: this });
    new k8s.core.v1.Service(
      `${name}-service`,
      {
        metadata: {
          name: serviceNames.live(app),
          namespace: app.namespace,
          labels: selectApp(app),
          // The Deployment is waited for; a Service waits ten minutes for its first endpoint.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
          type: router.serviceType,
          selector: this.selector,
          ports: [{ name: "http", port: app.port, targetPort: app.port }],
        },
      },
      { parent: this },
    );
    declareContraction(`${name}-contraction`, changed, expansion, { parent: this, dependsOn: deployment });
    this.registerOutputs({});
  }
}

/** In seconds: all pods' start together, and the wait after each batch. */
function longestUpdate({ maxSurge, maxUnavailable, minReadyTime, replicas }: Rolling, workload: Workload): number {
  const batches = Math.ceil(replicas / (maxSurge + maxUnavailable));
  return seconds(workload.readyTimeout) + batches * seconds(minReadyTime);
}
