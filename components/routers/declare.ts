import type { App } from "../../config/app.ts";
import type { KubernetesRouter } from "../../config/router.ts";
import { declareGatewayRoutes, guardHttpRoute } from "./gateway.ts";
import { guardIngress, declareIngressNginxRoutes } from "./ingress-nginx.ts";
import { guardVirtualService, declareIstioRoutes } from "./istio.ts";
import { guardKong, declareKongRoutes } from "./kong.ts";
import type { Guard, RouteOptions, Routes, Routing, RoutingObjects } from "./router.ts";
import { guardService, declareSelectorRoutes } from "./selector.ts";

/** Declares the routes of the chosen router. */
export function declareRoutes(name: string, routing: Routing, opts: RouteOptions): Routes {
  const { router } = routing;
  switch (router.kind) {
    case "selector":
      return declareSelectorRoutes(name, { ...routing, router }, opts);
    case "istio":
      return declareIstioRoutes(name, { ...routing, router }, opts);
    case "gateway":
      return declareGatewayRoutes(name, { ...routing, router }, opts);
    case "ingressNginx":
      return declareIngressNginxRoutes(name, { ...routing, router }, opts);
    case "kong":
      return declareKongRoutes(name, { ...routing, router }, opts);
  }
}

/** The object by which the router splits traffic. */
export function guardOf(router: KubernetesRouter, app: App): Guard {
  switch (router.kind) {
    case "selector":
      return guardService(app);
    case "istio":
      return guardVirtualService(app);
    case "gateway":
      return guardHttpRoute(app);
    case "ingressNginx":
      return guardIngress(app);
    case "kong":
      return guardKong(app, router);
  }
}

/** All that a way back writes: what splits the traffic, and what leads it there. */
export function routingObjects(router: KubernetesRouter, app: App): readonly RoutingObjects[] {
  const guard = guardOf(router, app);
  switch (router.kind) {
    case "ingressNginx":
      return [{ ...guard, names: [...guard.names, app.name] }];
    case "kong":
      return router.canaryPlugin === undefined ? [guard] : [guard, guardHttpRoute(app)];
    case "selector":
    case "istio":
    case "gateway":
      return [guard];
  }
}
