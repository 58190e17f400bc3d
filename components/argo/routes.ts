import * as pulumi from "@pulumi/pulumi";
import type { App } from "../../config/app.ts";
import { serviceNames } from "../../config/names.ts";
import type { IstioRouter } from "../../config/router.ts";
import { DestinationRule, VirtualService } from "../crds/istio.ts";
import { destination, renderDestinationRule, RETRIES } from "../routers/istio-destination.ts";

/** The route, in the VirtualService of the weights, that Argo writes the weights of. */
export const WEIGHTED_ROUTE = "weighted";

/** Name of the VirtualService that Argo owns. */
export function weightsName(app: App): string {
  return `${app.name}-weights`;
}

export interface ArgoRoutesArgs {
  readonly app: App;
  readonly router: IstioRouter;
}

/**
 * The routes of a service whose weights Argo owns, in two VirtualServices, because all routes of one are a single
 * field: whoever writes one weight owns them all. The hosts and gateways are ours, in a VirtualService that delegates
 * to another. That other one holds nothing but the weighted route; it is made once with all traffic on the live
 * version, and from then on Argo alone writes it. `ignoreChanges` on a part of a list does nothing under server-side
 * apply, on the whole spec it does; and as nothing of the configuration is in that spec, nothing is lost by it.
 */
export class ArgoRoutes extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:ArgoRoutes";

  constructor(name: string, { app, router }: ArgoRoutesArgs, opts: pulumi.ComponentResourceOptions) {
    super(ArgoRoutes.__pulumiType, name, {}, opts);
    const { namespace } = app;
    const [live, preview] = [serviceNames.live(app), serviceNames.preview(app)];
    const rules = Object.entries({ live, preview }).map(([role, service]) => {
      const spec = renderDestinationRule(app, router, service);
      return new DestinationRule(`${name}-${role}`, { metadata: { name: service, namespace }, spec }, { parent: this });
    });
    const weights = new VirtualService(
      `${name}-weights`,
      { metadata: { name: weightsName(app), namespace }, spec: weightedSpec(app) },
      { parent: this, dependsOn: rules, ignoreChanges: ["spec"] },
    );
    new VirtualService(
      `${name}-hosts`,
      {
        metadata: { name: app.name, namespace },
        spec: {
          hosts: router.hosts,
          gateways: router.gateways,
          http: [{ name: "all", delegate: { name: weightsName(app), namespace } }],
        },
      },
      { parent: this, dependsOn: weights },
    );
    this.registerOutputs({});
  }
}

/** Argo finds its two Services in the route by their names. */
function weightedSpec(app: App) {
  const to = (service: string, weight: number) => ({ destination: destination(app, service), weight });
  const route = [to(serviceNames.live(app), 100), to(serviceNames.preview(app), 0)];
  return { http: [{ name: WEIGHTED_ROUTE, route, retries: RETRIES }] };
}
