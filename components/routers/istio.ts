import type { App } from "../../config/app.ts";
import type { Match, Segment } from "../../config/audience.ts";
import { CANDIDATE_HEADER, SLOT_HEADER } from "../../config/limits.ts";
import type { KubernetesObject } from "../../config/outputs.ts";
import { SLOTS, slotWeights, type Slot } from "../../config/release-state.ts";
import type { IstioRouter } from "../../config/router.ts";
import { bucketsBelow } from "../../config/split.ts";
import { DestinationRule, VirtualService, type VirtualServiceSpec } from "../crds/istio.ts";
import { serviceNames } from "../../config/names.ts";
import { forwardedForRegex } from "../internal/cidr-regex.ts";
import { cookieRegex, escapeRegex } from "../internal/regex.ts";
import { destination, renderDestinationRule, RETRIES } from "./istio-destination.ts";
import {
  handleOf,
  routingAnnotations,
  sameField,
  type Guard,
  type RouteOptions,
  type Routes,
  type Routing,
} from "./router.ts";

type HttpRoute = NonNullable<VirtualServiceSpec["http"]>[number];
type HttpMatch = NonNullable<HttpRoute["match"]>[number];

/** Declares the weighted route and the routes of testers and segments of one service, on Istio. */
export function declareIstioRoutes(name: string, routing: Routing<IstioRouter>, opts: RouteOptions): Routes {
  const { app, router } = routing;
  const { dependsOn = [], ...atOnce } = opts;
  const slots = SLOTS.map((slot) => [slot, serviceNames.slot(app, slot)] as const);
  const forced = [["live", serviceNames.live(app)] as const, ["preview", serviceNames.preview(app)] as const];
  const destinations = [...slots, ...forced].map(([role, service]) => {
    const metadata = { name: service, namespace: app.namespace };
    const spec = renderDestinationRule(app, router, service);
    return new DestinationRule(`${name}-${role}`, { metadata, spec }, atOnce);
  });
  const { metadata, spec } = renderVirtualService(routing);
  const after = { ...opts, dependsOn: [...dependsOn, ...destinations] };
  const weights = new VirtualService(`${name}-weights`, { metadata, spec }, after);
  return { weights, handle: handleOf(routing, renderVirtualService) };
}

/** The whole VirtualService for a release state: pure, so that every step can be rendered before it is needed. */
export function renderVirtualService(routing: Routing<IstioRouter>) {
  const { app, router } = routing;
  const spec: VirtualServiceSpec = {
    hosts: router.hosts,
    gateways: router.gateways,
    http: [...forcedRoutes(routing), ...splitRoutes(routing)],
  };
  return {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: app.name, namespace: app.namespace, annotations: { ...routingAnnotations(routing) } },
    spec,
  } satisfies KubernetesObject;
}

/**
 * Takes testers to the candidate and segments to their side, whatever the weight. Their requests go to Services of
 * their own, so that they are counted apart and are never evidence; without a candidate there are no such routes.
 */
function forcedRoutes({ app, audience, router, state }: Routing<IstioRouter>): HttpRoute[] {
  if (state.candidate === undefined) return [];
  const testers: HttpRoute = {
    name: "testers",
    match: [{ headers: { [CANDIDATE_HEADER]: { exact: "true" } } }],
    route: [{ destination: destination(app, serviceNames.preview(app)) }],
    retries: RETRIES,
    headers: { response: { set: { [SLOT_HEADER]: state.candidate } } },
  };
  return [testers, ...audience.segments.map((segment) => segmentRoute(app, router, segment))];
}

function segmentRoute(app: App, { trustedProxies }: IstioRouter, { goesTo, name, when }: Segment): HttpRoute {
  const service = goesTo === "candidate" ? serviceNames.preview(app) : serviceNames.live(app);
  return {
    name: `segment-${name}`,
    match: when.map((match) => renderMatch(match, trustedProxies)),
    route: [{ destination: destination(app, service) }],
    retries: RETRIES,
  };
}

/** Envoy takes a regular expression for the whole value. */
function renderMatch({ cidr, cookie, header, userAgent }: Match, trustedProxies: number): HttpMatch {
  const headers: Record<string, { exact: string } | { regex: string }> = {};
  if (header !== undefined) {
    headers[header.name] = header.exact === undefined ? { regex: header.regex ?? "" } : { exact: header.exact };
  }
  if (cookie !== undefined) headers.cookie = { regex: cookieRegex(cookie) };
  if (userAgent !== undefined) headers["user-agent"] = { regex: userAgent };
  if (cidr !== undefined) headers["x-forwarded-for"] = { regex: forwardedForRegex(cidr, trustedProxies) };
  return { headers };
}

/** Everyone else: by weight, by the user's bucket, or by the group that a header tells. */
function splitRoutes(routing: Routing<IstioRouter>): HttpRoute[] {
  const { app, split, state } = routing;
  const { candidate, weight } = state;
  // At 100 % everybody is meant, also those whose requests tell no group.
  if (split.by === "random" || candidate === undefined || weight === 100) {
    return [weightedRoute(routing, slotWeights(state))];
  }
  const groups = [weightedRoute(routing, slotWeights({ ...state, weight: 0 }))];
  if (weight === 0) return groups;
  const regex = split.by === "bucket" ? bucketsBelow(weight) : split.values.map(escapeRegex).join("|");
  const route = [{ destination: destination(app, serviceNames.slot(app, candidate)) }];
  return [{ name: "group", match: [{ headers: { [split.header]: { regex } } }], route, retries: RETRIES }, ...groups];
}

/** Both slots stay in the route at weight 0, so that a step changes numbers only. */
function weightedRoute({ app, audience, state }: Routing<IstioRouter>, weights: Record<Slot, number>): HttpRoute {
  const { mirror } = audience;
  const mirrored = mirror !== undefined && state.candidate !== undefined && state.weight === 0;
  const preview = destination(app, serviceNames.preview(app));
  return {
    name: "weighted",
    route: SLOTS.map((slot) => ({
      destination: destination(app, serviceNames.slot(app, slot)),
      weight: weights[slot],
    })),
    retries: RETRIES,
    ...(mirrored ? { mirrors: [{ destination: preview, percentage: { value: mirror.percent } }] } : {}),
  };
}

export function guardVirtualService(app: App): Guard {
  return {
    apiGroup: "networking.istio.io",
    resource: "virtualservices",
    names: [app.name],
    unchanged: sameField("spec"),
  };
}
