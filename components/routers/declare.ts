import type * as pulumi from "@pulumi/pulumi";
import type { App } from "../../config/app.ts";
import type { Router } from "../../config/router.ts";
import { GatewayRoutes, guardHttpRoute } from "./gateway.ts";
import { guardIngress, IngressNginxRoutes } from "./ingress-nginx.ts";
import { guardVirtualService, IstioRoutes } from "./istio.ts";
import { guardKong, KongRoutes } from "./kong.ts";
import type { Guard, Routes, Routing, RoutingObjects } from "./router.ts";
import { guardService, SelectorRoutes } from "./selector.ts";

/** Declares the routes of the chosen router. */
export function declareRoutes(name: string, routing: Routing, opts: pulumi.ComponentResourceOptions): Routes {
  const { router } = routing;
  switch (router.kind) {
    case "selector":
      return new SelectorRoutes(name, { ...routing, router }, opts);
    case "istio":
      return new IstioRoutes(name, { ...routing, router }, opts);
    case "gateway":
      return new GatewayRoutes(name, { ...routing, router }, opts);
    case "ingressNginx":
      return new IngressNginxRoutes(name, { ...routing, router }, opts);
    case "kong":
      return new KongRoutes(name, { ...routing, router }, opts);
  }
}

/** The object by which the router splits traffic. */
export function guardOf(router: Router, app: App): Guard {
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
export function routingObjects(router: Router, app: App): readonly RoutingObjects[] {
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
