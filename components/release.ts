import * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import type { Audience } from "../config/audience.ts";
import type { Database } from "../config/database.ts";
import type { LastUpdate } from "../config/last-update.ts";
import type { KubernetesHandle } from "../config/outputs.ts";
import { SLOTS, type ReleaseState } from "../config/release-state.ts";
import type { KubernetesRouter, SelectorRouter } from "../config/router.ts";
import type { RolloutSettings } from "../config/rollout-settings.ts";
import { splitOf } from "../config/split.ts";
import type { Secrets } from "../config/secrets.ts";
import type { Experiment } from "../config/experiment.ts";
import type { BlueGreen, Canary } from "../config/strategy.ts";
import type { Workload } from "../config/workload.ts";
import { declareContraction, declareExpansion } from "./database-change.ts";
import { declareSurroundings } from "./pod-surroundings.ts";
import { declareRoutes, guardOf } from "./routers/declare.ts";
import { declareSerialPolicy } from "./serial-policy.ts";
import { declareServices } from "./services.ts";
import { VersionSlot } from "./version-slot.ts";

interface CommonArgs {
  readonly app: App;
  readonly workload: Workload;
  /** Secrets that a new version takes along. */
  readonly secrets: pulumi.Input<Secrets>;
  /** Who sees a candidate first, and who never does. */
  readonly audience: Audience;
  /** Name of the ConfigMap with the feature flags; without it: there are none. */
  readonly flags?: pulumi.Input<string> | undefined;
  /** How the database changes around a release; without it: not at all. */
  readonly database?: Database | undefined;
  /** What serves, and how the traffic is split. */
  readonly state: ReleaseState;
  /** What reviewers are told of the stack's rollouts; without it: nothing. */
  readonly settings?: RolloutSettings | undefined;
  /** What the stack's last update left; without it: there was none. */
  readonly last?: LastUpdate;
}

/** Which strategies go with which routers. */
export type ReleaseArgs = CommonArgs &
  (
    | { readonly strategy: BlueGreen; readonly router: KubernetesRouter }
    | { readonly strategy: Canary | Experiment; readonly router: Exclude<KubernetesRouter, SelectorRouter> }
  );

/**
 * A service that is released as a unit: two slots for its versions, and the routing between them. Canary and blue/green
 * are the same objects: they differ in the plan by which the release program moves `state`, so the strategy may change
 * from one release to the next without replacing anything. An experiment is the same with a split that stays.
 */
export class Release extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:Release";
  /** How to take the traffic back without this program. */
  readonly routing: KubernetesHandle;

  constructor(name: string, args: ReleaseArgs, opts: pulumi.ComponentResourceOptions) {
    super(Release.__pulumiType, name, {}, opts);
    const { app, audience, database, flags, last, router, secrets, settings, state, strategy, workload } = args;
    const { objects, serviceAccount } = declareSurroundings(
      `${name}-surroundings`,
      { app, workload },
      { parent: this },
    );
    const changed = { app, workload, secrets, serviceAccount, database, state, strategy: strategy.kind };
    const expansion = declareExpansion(`${name}-database`, changed, { parent: this, dependsOn: objects });
    const services = declareServices(
      `${name}-services`,
      { app, live: state.live, liveIsRouted: router.kind === "selector" },
      { parent: this },
    );
    const slots = SLOTS.flatMap((slot) => {
      const version = state[slot];
      if (version === undefined) return [];
      const mayShrink = strategy.kind === "experiment" || (slot === state.live && state.candidate === undefined);
      const filled = { app, workload, secrets, serviceAccount, flags, slot, version, mayShrink };
      return [
        new VersionSlot(`${name}-${slot}`, filled, { parent: this, dependsOn: expansion?.before(version) ?? [] }),
      ];
    });
    const policy = declareSerialPolicy(`${name}-serial`, { app, guard: guardOf(router, app) }, { parent: this });
    // Routing comes last: a candidate is not reachable before it is ready, and a failed one leaves the traffic alone.
    const routes = declareRoutes(
      `${name}-routes`,
      { app, router, audience, split: splitOf(strategy, audience), state, settings, last },
      { parent: this, dependsOn: [...services, ...slots, ...policy] },
    );
    declareContraction(`${name}-contraction`, changed, expansion, { parent: this, dependsOn: routes.weights });
    this.routing = routes.handle;
    this.registerOutputs({ routing: this.routing });
  }
}
