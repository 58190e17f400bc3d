import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Audience } from "../config/audience.ts";
import type { RoutingHandle } from "../config/outputs.ts";
import { SLOTS, type ReleaseState } from "../config/release-state.ts";
import type { Router, SelectorRouter } from "../config/router.ts";
import { splitOf } from "../config/split.ts";
import type { BlueGreen, Canary, Experiment } from "../config/strategy.ts";
import type { Workload } from "../config/workload.ts";
import { declareRoutes, guardOf } from "./routers/declare.ts";
import { SerialPolicy } from "./serial-policy.ts";
import { Services } from "./services.ts";
import { VersionSlot } from "./version-slot.ts";

interface CommonArgs {
  readonly app: App;
  readonly workload: Workload;
  /** Who sees a candidate first, and who never does. */
  readonly audience: Audience;
  /** What serves, and how the traffic is split. */
  readonly state: ReleaseState;
}

/** Which strategies go with which routers. */
export type ReleaseArgs = CommonArgs &
  (
    | { readonly strategy: BlueGreen; readonly router: Router }
    | { readonly strategy: Canary | Experiment; readonly router: Exclude<Router, SelectorRouter> }
  );

/**
 * A service that is released as a unit: two slots for its versions, and the routing between them. Canary and blue/green
 * are the same objects: they differ in the plan by which the release program moves `state`, so the strategy may change
 * from one release to the next without replacing anything. An experiment is the same with a split that stays.
 */
export class Release extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:Release";
  /** How to take the traffic back without this program. */
  readonly routing: RoutingHandle;

  constructor(name: string, args: ReleaseArgs, opts: pulumi.ComponentResourceOptions) {
    super(Release.__pulumiType, name, {}, opts);
    const { app, audience, router, state, strategy, workload } = args;
    const services = new Services(
      `${name}-services`,
      { app, live: state.live, liveIsRouted: router.kind === "selector" },
      { parent: this },
    );
    const slots = SLOTS.flatMap((slot) => {
      const version = state[slot];
      if (version === undefined) return [];
      return [new VersionSlot(`${name}-${slot}`, { app, workload, slot, version }, { parent: this })];
    });
    const policy = new SerialPolicy(`${name}-serial`, { app, guard: guardOf(router, app) }, { parent: this });
    // Routing comes last: a candidate is not reachable before it is ready, and a failed one leaves the traffic alone.
    const routes = declareRoutes(
      `${name}-routes`,
      { app, router, audience, split: splitOf(strategy, audience), state },
      { parent: this, dependsOn: [services, ...slots, policy] },
    );
    this.routing = routes.handle;
    this.registerOutputs({ routing: this.routing });
  }
}
