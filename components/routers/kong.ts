import type { App } from "../../config/app.ts";
import { serviceHost, serviceNames } from "../../config/names.ts";
import type { KubernetesObject } from "../../config/outputs.ts";
import { otherSlot, type ReleaseState } from "../../config/release-state.ts";
import type { KongRouter } from "../../config/router.ts";
import { HTTPRoute } from "../crds/gateway-api.ts";
import { KongPlugin, type CanaryPluginConfig } from "../crds/kong.ts";
import { guardHttpRoute, renderHttpRoute } from "./gateway.ts";
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

/**
 * Kong as an implementation of the Gateway API: the weights are those of an HTTPRoute. With `canaryPlugin` the route stays
 * at the live slot, and Kong's Enterprise plugin sends a percentage of it to the other one.
 */
export function declareKongRoutes(name: string, routing: Routing<KongRouter>, opts: RouteOptions): Routes {
  const { dependsOn = [] } = opts;
  if (routing.router.canaryPlugin === undefined) {
    const { metadata, spec } = renderKongRoute(routing);
    const weights = new HTTPRoute(`${name}-weights`, { metadata, spec }, opts);
    return { weights, handle: handleOf(routing, renderKongRoute) };
  }
  const { metadata, spec } = renderStableRoute(routing);
  // At a promotion the route turns to the new version first, while the plugin still sends it everything.
  const route = new HTTPRoute(`${name}-route`, { metadata, spec }, opts);
  const { config, metadata: pluginMetadata, plugin } = renderCanaryPlugin(routing);
  const after = { ...opts, dependsOn: [...dependsOn, route] };
  const weights = new KongPlugin(`${name}-weights`, { metadata: pluginMetadata, plugin, config }, after);
  return { weights, handle: handleOf(routing, renderCanaryPlugin, renderStableRoute) };
}

export function renderKongRoute(routing: Routing<KongRouter>) {
  const { metadata, ...route } = renderHttpRoute(routing);
  return { ...route, metadata: { ...metadata, annotations: { ...metadata.annotations, ...KEEP_PATH } } };
}

/** The route without any weight of its own: all to the live slot, testers and segments to their side. */
export function renderStableRoute(routing: Routing<KongRouter>) {
  const { app, state } = routing;
  const { metadata, spec, ...kind } = renderHttpRoute({
    ...routing,
    split: { by: "random" },
    state: { ...state, weight: 0 },
  });
  const extensionRef = { group: "configuration.konghq.com", kind: "KongPlugin", name: pluginName(app) };
  const [weighted, ...forced] = (spec.rules ?? []).toReversed();
  // On the whole route the plugin would also move testers, and segments that must stay on stable.
  const split = { ...weighted, filters: [{ type: "ExtensionRef" as const, extensionRef }] };
  return {
    ...kind,
    // The plugin holds the weight, so it alone carries serial and state.
    metadata: { name: metadata.name, namespace: metadata.namespace, annotations: { ...KEEP_PATH, ...OURS } },
    spec: { ...spec, rules: [...forced.toReversed(), split] },
  };
}

/** Kong would cut the matched path off, as no other implementation does. */
const KEEP_PATH = { "konghq.com/strip-path": "false" };

/** The plugin for a release state: pure, so that every step can be rendered before it is needed. */
export function renderCanaryPlugin(routing: Routing<KongRouter>) {
  const { app, router, state } = routing;
  const config: CanaryPluginConfig = {
    percentage: state.candidate === undefined ? 0 : state.weight,
    upstream_host: serviceHost(app, serviceNames.slot(app, otherSlot(state.live))),
    upstream_port: app.port,
    ...renderChoice(router.canaryPlugin, state),
  };
  return {
    apiVersion: "configuration.konghq.com/v1",
    kind: "KongPlugin",
    metadata: { name: pluginName(app), namespace: app.namespace, annotations: { ...routingAnnotations(routing) } },
    plugin: "canary" as const,
    config,
  } satisfies KubernetesObject;
}

/** Whom the plugin sends over. Its lists of groups know no percentage: nobody and everybody must be said otherwise. */
function renderChoice(plugin: KongRouter["canaryPlugin"], { candidate, weight }: ReleaseState) {
  const { groups, hash, header } = plugin ?? { hash: "none" as const };
  if (groups !== undefined) {
    return candidate === undefined || weight === 0 || weight === 100 ? { hash: "none" as const } : { hash, groups };
  }
  return { hash, ...(header === undefined ? {} : { hash_header: header }) };
}

function pluginName(app: App): string {
  return `${app.name}-canary`;
}

export function guardKong(app: App, { canaryPlugin }: KongRouter): Guard {
  if (canaryPlugin === undefined) return guardHttpRoute(app);
  return {
    apiGroup: "configuration.konghq.com",
    resource: "kongplugins",
    names: [pluginName(app)],
    // Kong ignores a plugin that is disabled.
    unchanged: ["plugin", "config", "configFrom", "disabled"].map(sameField).join(" && "),
  };
}
