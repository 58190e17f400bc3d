import * as pulumi from "@pulumi/pulumi";
import { CANDIDATE_HEADER, FIELD_MANAGER, SERIAL_ANNOTATION, STATE_ANNOTATION } from "../../config/limits.ts";
import type { RoutingHandle } from "../../config/outputs.ts";
import { rolledBack, SLOTS, slotWeights, type ReleaseState } from "../../config/release-state.ts";
import type { App, IstioRouter } from "../../config/schema.ts";
import { DestinationRule, VirtualService, type DestinationRuleSpec, type VirtualServiceSpec } from "../crds/istio.ts";
import { selectSlot } from "../internal/labels.ts";

export interface IstioRoutesArgs {
  readonly app: App;
  readonly router: IstioRouter;
  readonly state: ReleaseState;
}

/** The weighted route and the testers' route of one service, on Istio. */
export class IstioRoutes extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:IstioRoutes";
  /** How to take the traffic back without this program. */
  readonly handle: RoutingHandle;

  constructor(name: string, args: IstioRoutesArgs, opts: pulumi.ComponentResourceOptions) {
    super(IstioRoutes.__pulumiType, name, {}, opts);
    const { app, router, state } = args;
    const destinations = new DestinationRule(
      `${name}-destinations`,
      { metadata: { name: app.name, namespace: app.namespace }, spec: renderSubsets(app) },
      { parent: this },
    );
    const { metadata, spec } = renderVirtualService(app, router, state);
    new VirtualService(`${name}-weights`, { metadata, spec }, { parent: this, dependsOn: destinations });
    this.handle = renderHandle(args);
    this.registerOutputs({ handle: this.handle });
  }
}

interface VirtualServiceObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly annotations: Record<string, string>;
  };
  readonly spec: VirtualServiceSpec;
}

/** The whole VirtualService for a release state: pure, so that every step can be rendered before it is needed. */
export function renderVirtualService(app: App, router: IstioRouter, state: ReleaseState): VirtualServiceObject {
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: {
      name: app.name,
      namespace: app.namespace,
      annotations: {
        [SERIAL_ANNOTATION]: String(state.serial),
        [STATE_ANNOTATION]: JSON.stringify(state),
        // The list of routes is one atomic field: two managers of it would be a conflict at every write.
        "pulumi.com/patchFieldManager": FIELD_MANAGER,
      },
    },
    spec: {
      hosts: router.hosts,
      gateways: router.gateways,
      http: [...testersRoute(app, state), weightedRoute(app, state)],
    },
  };
}

/**
 * Takes requests with the candidate's header to it, whatever its weight. The route has a subset of its own, so that
 * these requests are counted apart and are never evidence; without a candidate there is no such route.
 */
function testersRoute(app: App, state: ReleaseState): VirtualServiceSpec["http"] {
  if (state.candidate === undefined) return [];
  return [
    {
      name: "testers",
      match: [{ headers: { [CANDIDATE_HEADER]: { exact: "true" } } }],
      route: [{ destination: destination(app, `${state.candidate}-direct`) }],
    },
  ];
}

/** Both slots stay in the route at weight 0, so that a step changes numbers only. */
function weightedRoute(app: App, state: ReleaseState): VirtualServiceSpec["http"][number] {
  const weights = slotWeights(state);
  return {
    name: "weighted",
    route: SLOTS.map((slot) => ({ destination: destination(app, slot), weight: weights[slot] })),
    // Only what no pod has begun to work on is sent again: safe for every method.
    retries: { attempts: 2, retryOn: "connect-failure,refused-stream" },
  };
}

function destination(app: App, subset: string) {
  return { host: serviceHost(app), subset, port: { number: app.port } };
}

function serviceHost(app: App): string {
  return `${app.name}.${app.namespace}.svc.cluster.local`;
}

function renderSubsets(app: App): DestinationRuleSpec {
  return {
    host: serviceHost(app),
    subsets: SLOTS.flatMap((slot) => [
      { name: slot, labels: selectSlot(app, slot) },
      { name: `${slot}-direct`, labels: selectSlot(app, slot) },
    ]),
  };
}

function renderHandle({ app, router, state }: IstioRoutesArgs): RoutingHandle {
  return {
    kind: "istio",
    fieldManager: FIELD_MANAGER,
    live: state.live,
    back: { ...renderVirtualService(app, router, rolledBack(state)) },
  };
}
