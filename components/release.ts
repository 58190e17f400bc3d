import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { RoutingHandle } from "../config/outputs.ts";
import { SLOTS, type ReleaseState } from "../config/release-state.ts";
import type { App, IstioRouter, Workload } from "../config/schema.ts";
import { selectApp } from "./internal/labels.ts";
import { IstioRoutes } from "./routers/istio.ts";
import { SerialPolicy } from "./serial-policy.ts";
import { VersionSlot } from "./version-slot.ts";

export interface ReleaseArgs {
  readonly app: App;
  readonly workload: Workload;
  readonly router: IstioRouter;
  /** What serves, and how the traffic is split. */
  readonly state: ReleaseState;
}

/**
 * A service that is released as a unit: two slots for its versions, and the routing between them. Canary and blue/green
 * are the same objects: they differ in the plan by which the release program moves `state`, so the strategy may change
 * from one release to the next without replacing anything.
 */
export class Release extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:Release";
  /** How to take the traffic back without this program. */
  readonly routing: RoutingHandle;

  constructor(name: string, args: ReleaseArgs, opts: pulumi.ComponentResourceOptions) {
    super(Release.__pulumiType, name, {}, opts);
    const { app, router, state, workload } = args;
    new k8s.core.v1.Service(
      `${name}-service`,
      {
        metadata: {
          name: app.name,
          namespace: app.namespace,
          labels: selectApp(app),
          // The slots' own Deployments are waited for; a service waits ten minutes for its first endpoint.
          annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: { selector: selectApp(app), ports: [{ name: "http", port: app.port, targetPort: app.port }] },
      },
      { parent: this },
    );
    const slots = SLOTS.flatMap((slot) => {
      const version = state[slot];
      if (version === undefined) return [];
      return [new VersionSlot(`${name}-${slot}`, { app, workload, slot, version }, { parent: this })];
    });
    const policy = new SerialPolicy(`${name}-serial`, { app }, { parent: this });
    // Routing comes last: a candidate is not reachable before it is ready, and a failed one leaves the traffic alone.
    const routes = new IstioRoutes(
      `${name}-routes`,
      { app, router, state },
      { parent: this, dependsOn: [...slots, policy] },
    );
    this.routing = routes.handle;
    this.registerOutputs({ routing: this.routing });
  }
}
