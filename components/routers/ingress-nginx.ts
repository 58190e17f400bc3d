import * as k8s from "@pulumi/kubernetes";
import type { App } from "../../config/app.ts";
import { CANDIDATE_HEADER } from "../../config/limits.ts";
import { serviceNames } from "../../config/names.ts";
import type { KubernetesObject } from "../../config/outputs.ts";
import { otherSlot, type Slot } from "../../config/release-state.ts";
import type { IngressNginxRouter } from "../../config/router.ts";
import {
  handleOf,
  OURS,
  routingAnnotations,
  sameField,
  type Guard,
  type RouteOptions,
  type Routes,
  type Routing,
} from "./router.ts";

const PREFIX = "nginx.ingress.kubernetes.io";

/**
 * An Ingress to the live slot and a canary Ingress to the other one, for the ingress-nginx controller. Upstream has
 * retired that controller: for services that have it, not for new ones. Requests that testers force to the candidate
 * cannot be told from the others in its metrics.
 */
export function declareIngressNginxRoutes(
  name: string,
  routing: Routing<IngressNginxRouter>,
  opts: RouteOptions,
): Routes {
  const { dependsOn = [] } = opts;
  const { metadata: mainMetadata, spec: mainSpec } = renderMainIngress(routing);
  const main = new k8s.networking.v1.Ingress(`${name}-main`, { metadata: mainMetadata, spec: mainSpec }, opts);
  const { metadata, spec } = renderCanaryIngress(routing);
  // At a promotion the main Ingress turns to the new version first, while the canary still sends it everything.
  const after = { ...opts, dependsOn: [...dependsOn, main] };
  const weights = new k8s.networking.v1.Ingress(`${name}-weights`, { metadata, spec }, after);
  return { weights, handle: handleOf(routing, renderCanaryIngress, renderMainIngress) };
}

/** The Ingress to the live slot. */
export function renderMainIngress({ app, router, state }: Routing<IngressNginxRouter>) {
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name: app.name,
      namespace: app.namespace,
      annotations: { ...OURS, "pulumi.com/skipAwait": "true" },
    },
    spec: renderSpec(app, router, state.live),
  } satisfies KubernetesObject;
}

/** The canary Ingress for a release state: pure, so that every step can be rendered before it is needed. */
export function renderCanaryIngress(routing: Routing<IngressNginxRouter>) {
  const { app, router, state } = routing;
  const weight = state.candidate === undefined ? 0 : state.weight;
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: {
      name: `${app.name}-canary`,
      namespace: app.namespace,
      annotations: {
        ...routingAnnotations(routing),
        "pulumi.com/skipAwait": "true",
        [`${PREFIX}/canary`]: "true",
        [`${PREFIX}/canary-weight`]: String(weight),
        ...(state.candidate === undefined ? {} : forcedAnnotations(router)),
      },
    },
    spec: renderSpec(app, router, otherSlot(state.live)),
  } satisfies KubernetesObject;
}

function forcedAnnotations({ cookie }: IngressNginxRouter): Readonly<Record<string, string>> {
  return {
    [`${PREFIX}/canary-by-header`]: CANDIDATE_HEADER,
    [`${PREFIX}/canary-by-header-value`]: "true",
    ...(cookie === undefined ? {} : { [`${PREFIX}/canary-by-cookie`]: cookie }),
  };
}

function renderSpec(app: App, { className, hosts, tlsSecret }: IngressNginxRouter, slot: Slot) {
  const backend = { service: { name: serviceNames.slot(app, slot), port: { number: app.port } } };
  return {
    ingressClassName: className,
    rules: hosts.map((host) => ({ host, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } })),
    ...(tlsSecret === undefined ? {} : { tls: [{ hosts, secretName: tlsSecret }] }),
  };
}

/** Every annotation by which the controller decides who gets the candidate, also those that are not written here. */
const DECIDING = [
  "canary",
  "canary-weight",
  "canary-weight-total",
  "canary-by-header",
  "canary-by-header-value",
  "canary-by-header-pattern",
  "canary-by-cookie",
];

export function guardIngress(app: App): Guard {
  const valueIn = (object: string) =>
    `(has(${object}.metadata.annotations) && key in ${object}.metadata.annotations ` +
    `? ${object}.metadata.annotations[key] : '')`;
  const keys = DECIDING.map((key) => `'${PREFIX}/${key}'`).join(", ");
  return {
    apiGroup: "networking.k8s.io",
    resource: "ingresses",
    names: [`${app.name}-canary`],
    unchanged: `${sameField("spec")} && [${keys}].all(key, ${valueIn("object")} == ${valueIn("oldObject")})`,
  };
}
