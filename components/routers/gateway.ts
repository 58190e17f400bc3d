import type { App } from "../../config/app.ts";
import type { Match, Segment } from "../../config/audience.ts";
import { CANDIDATE_HEADER, SLOT_HEADER } from "../../config/limits.ts";
import { serviceNames } from "../../config/names.ts";
import type { KubernetesObject } from "../../config/outputs.ts";
import { SLOTS, slotWeights, type Slot } from "../../config/release-state.ts";
import type { GatewayRouter, KongRouter } from "../../config/router.ts";
import { bucketsBelow } from "../../config/split.ts";
import { HTTPRoute, type HTTPRouteSpec } from "../crds/gateway-api.ts";
import { cookieRegex, escapeRegex } from "../internal/regex.ts";
import {
  handleOf,
  routingAnnotations,
  sameField,
  type Guard,
  type RouteOptions,
  type Routes,
  type Routing,
} from "./router.ts";

type Rule = NonNullable<HTTPRouteSpec["rules"]>[number];
type HeaderMatch = NonNullable<NonNullable<NonNullable<Rule["matches"]>[number]["headers"]>[number]>;

/** Declares the weighted rule and the rules of testers and segments of one service, on any implementation of the Gateway API. */
export function declareGatewayRoutes(name: string, routing: Routing<GatewayRouter>, opts: RouteOptions): Routes {
  const { metadata, spec } = renderHttpRoute(routing);
  const weights = new HTTPRoute(`${name}-weights`, { metadata, spec }, opts);
  return { weights, handle: handleOf(routing, renderHttpRoute) };
}

/** The whole HTTPRoute for a release state: pure, so that every step can be rendered before it is needed. */
export function renderHttpRoute(routing: Routing<GatewayRouter | KongRouter>) {
  const { app, router } = routing;
  const spec: HTTPRouteSpec = {
    parentRefs: router.gateways.map((gateway) => {
      const [namespace = "", name = ""] = gateway.split("/");
      return { name, namespace };
    }),
    hostnames: router.hosts,
    // Of rules that match by one header each, the first in this order wins; one with more headers would beat them all.
    rules: [...forcedRules(routing), ...splitRules(routing)],
  };
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "HTTPRoute",
    metadata: { name: app.name, namespace: app.namespace, annotations: { ...routingAnnotations(routing) } },
    spec,
  } satisfies KubernetesObject;
}

/** Testers and segments go to Services of their own, whatever the weight: they are counted apart and never evidence. */
function forcedRules({ app, audience, state }: Routing): Rule[] {
  if (state.candidate === undefined) return [];
  const testers = rule([{ type: "Exact", name: CANDIDATE_HEADER, value: "true" }], app, serviceNames.preview(app));
  const set = [{ name: SLOT_HEADER, value: state.candidate }];
  testers.filters = [{ type: "ResponseHeaderModifier", responseHeaderModifier: { set } }];
  return [testers, ...audience.segments.map((segment) => segmentRule(app, segment))];
}

function segmentRule(app: App, { goesTo, when }: Segment): Rule {
  const service = goesTo === "candidate" ? serviceNames.preview(app) : serviceNames.live(app);
  return rule(when.map(headerMatch), app, service);
}

function headerMatch({ cookie, header, userAgent }: Match): HeaderMatch {
  if (header?.exact !== undefined) return { type: "Exact", name: header.name, value: header.exact };
  if (header !== undefined) return wholeValue(header.name, header.regex ?? "");
  if (cookie !== undefined) return wholeValue("cookie", cookieRegex(cookie));
  return wholeValue("user-agent", userAgent ?? "");
}

/** Whether a regular expression is for the whole value is left to each implementation: anchors settle it. */
function wholeValue(name: string, regex: string): HeaderMatch {
  return { type: "RegularExpression", name, value: `^(?:${regex})$` };
}

/** A rule for requests that match any of these. */
function rule(headers: readonly HeaderMatch[], app: App, service: string): Rule {
  return {
    matches: headers.map((header) => ({ path: { type: "PathPrefix", value: "/" }, headers: [header] })),
    backendRefs: [{ name: service, port: app.port }],
  };
}

/** Everyone else: by weight, by the user's bucket, or by the group that a header tells. */
function splitRules(routing: Routing): Rule[] {
  const { app, split, state } = routing;
  const { candidate, weight } = state;
  // At 100 % everybody is meant, also those whose requests tell no group.
  if (split.by === "random" || candidate === undefined || weight === 100) {
    return [weightedRule(routing, slotWeights(state))];
  }
  const others = [weightedRule(routing, slotWeights({ ...state, weight: 0 }))];
  if (weight === 0) return others;
  const value = split.by === "bucket" ? bucketsBelow(weight) : split.values.map(escapeRegex).join("|");
  return [rule([wholeValue(split.header, value)], app, serviceNames.slot(app, candidate)), ...others];
}

/** Both slots stay in the rule at weight 0, so that a step changes numbers only. */
function weightedRule({ app, audience: { mirror }, router, state }: Routing, weights: Record<Slot, number>): Rule {
  const mirrored = mirror !== undefined && state.candidate !== undefined && state.weight === 0;
  const counted = router.kind === "gateway" && router.countSlots;
  return {
    matches: [{ path: { type: "PathPrefix", value: "/" } }],
    backendRefs: SLOTS.map((slot) => ({
      name: serviceNames.slot(app, slot),
      port: app.port,
      weight: weights[slot],
      ...(counted ? { filters: [markSlot(slot)] } : {}),
    })),
    ...(mirrored ? { filters: [mirrorTo(app, mirror.percent)] } : {}),
  };
}

/** Envoy Gateway makes a cluster for each backend, with counters of its own, only where a backend has a filter. */
function markSlot(slot: Slot) {
  return {
    type: "RequestHeaderModifier" as const,
    requestHeaderModifier: { set: [{ name: SLOT_HEADER, value: slot }] },
  };
}

function mirrorTo(app: App, percent: number): NonNullable<Rule["filters"]>[number] {
  const backendRef = { name: serviceNames.preview(app), port: app.port };
  return { type: "RequestMirror", requestMirror: { backendRef, percent } };
}

export function guardHttpRoute(app: App): Guard {
  return {
    apiGroup: "gateway.networking.k8s.io",
    resource: "httproutes",
    names: [app.name],
    unchanged: sameField("spec"),
  };
}
