import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Argo } from "../config/argo-strategy.ts";
import type { Database } from "../config/database.ts";
import { seconds } from "../config/duration.ts";
import type { Metrics } from "../config/metrics.ts";
import { liveVersion, type ReleaseState } from "../config/release-state.ts";
import type { IstioRouter, SelectorRouter } from "../config/router.ts";
import type { RolloutSettings } from "../config/rollout-settings.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Workload } from "../config/workload.ts";
import { ArgoAnalysis } from "./argo/analysis.ts";
import { ArgoRoutes } from "./argo/routes.ts";
import { ArgoServices } from "./argo/services.ts";
import { renderStrategy } from "./argo/strategy.ts";
import { Rollout } from "./crds/argo.ts";
import { declareContraction, declareExpansion } from "./database-change.ts";
import { labelVersion, selectApp } from "./internal/labels.ts";
import { podTemplate } from "./internal/pod-template.ts";
import { guardPods, leaveReplicas } from "./pod-guards.ts";
import { declareSurroundings } from "./pod-surroundings.ts";
import { annotateSettings } from "./routers/router.ts";
import { declareSettings } from "./versioned-settings.ts";

export interface ArgoReleaseArgs {
  readonly app: App;
  readonly workload: Workload;
  /** Secrets of the service. */
  readonly secrets: pulumi.Input<Secrets>;
  /** Name of the ConfigMap with the feature flags; without it: there are none. */
  readonly flags?: pulumi.Input<string> | undefined;
  /** How the database changes around a new version; without it: not at all. */
  readonly database?: Database | undefined;
  /** Istio for Argo's canary, the Services' selectors for its blue/green: the schema holds them together. */
  readonly router: IstioRouter | SelectorRouter;
  readonly strategy: Argo;
  /** Where Argo measures. */
  readonly metrics: Metrics;
  /** What serves, or is to serve: its live version. */
  readonly state: ReleaseState;
  /** What reviewers are told of the stack's rollouts; without it: nothing. */
  readonly settings?: RolloutSettings | undefined;
}

/**
 * A service that Argo Rollouts releases: a new live version changes one object, the Rollout, and Argo moves the traffic
 * and judges. What Argo writes is not declared here, so that no update of the stack takes it back.
 */
export class ArgoRelease extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:ArgoRelease";
  /** Labels that select all pods of the service, of every version. */
  readonly selector: Readonly<Record<string, string>>;

  constructor(name: string, args: ArgoReleaseArgs, opts: pulumi.ComponentResourceOptions) {
    super(ArgoRelease.__pulumiType, name, {}, opts);
    const { app, database, flags, metrics, router, secrets, state, strategy, workload } = args;
    const annotations = args.settings === undefined ? {} : annotateSettings(args.settings);
    const live = liveVersion(state);
    const { image, version } = live;
    const labels = labelVersion(app, version);
    this.selector = selectApp(app);
    const liveType = router.kind === "selector" ? router.serviceType : "ClusterIP";
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
    const services = new ArgoServices(`${name}-services`, { app, liveType }, { parent: this });
    const analysis = new ArgoAnalysis(`${name}-analysis`, { app, metrics, strategy }, { parent: this });
    const routes =
      router.kind === "istio"
        ? [new ArgoRoutes(`${name}-routes`, { app, router }, { parent: this, dependsOn: services })]
        : [];
    const rollout = new Rollout(
      `${name}-rollout`,
      {
        metadata: {
          name: app.name,
          namespace: app.namespace,
          labels: selectApp(app),
          // A release by Argo takes longer than an update of the stack should, and its outcome is Argo's to tell. The
          // provider's own waiting would take the last release's status for this one's.
          annotations: { ...annotations, "pulumi.com/skipAwait": "true" },
        },
        spec: {
          replicas: strategy.replicas,
          revisionHistoryLimit: 5,
          progressDeadlineSeconds: seconds(workload.readyTimeout),
          // A version whose pods never become ready is given up like one that fails its analysis.
          progressDeadlineAbort: true,
          selector: { matchLabels: this.selector },
          template: podTemplate({ app, workload, image, labels, serviceAccount, settings, flags }),
          strategy: renderStrategy(app, strategy, metrics),
        },
      },
      // Argo refuses a Rollout whose Services, routes and templates are not there.
      {
        parent: this,
        dependsOn: [services, analysis, ...routes, ...before],
        ...leaveReplicas(workload),
        customTimeouts: { create: "1m", update: "1m", delete: "2m" },
      },
    );
    const target = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", name: rollout.metadata.name } as const;
    // An autoscaler counts the pods of both versions and their whole load: what it leaves can carry that alone.
    const guarded = { app, workload, target, selector: this.selector, replicas: strategy.replicas, mayShrink: true };
    guardPods(`${name}-guards`, guarded, { parent: this });
    // Pulumi does not wait for Argo: whoever approves a contraction has seen the Rollout healthy.
    declareContraction(`${name}-contraction`, changed, expansion, { parent: this, dependsOn: rollout });
    this.registerOutputs({});
  }
}
