import * as k8s from "@pulumi/kubernetes";
import type { App } from "../../config/app.ts";
import type { KubernetesObject } from "../../config/outputs.ts";
import type { SelectorRouter } from "../../config/router.ts";
import { selectApp, selectSlot } from "../internal/labels.ts";
import { serviceNames } from "../../config/names.ts";
import {
  handleOf,
  routingAnnotations,
  sameField,
  type Guard,
  type RouteOptions,
  type Routes,
  type Routing,
} from "./router.ts";

/**
 * The plainest router: a Service whose selector names one slot. It knows 0 and 100 only, and switches connections that
 * are made from then on; those that a client keeps open go on where they are until the old pods end them.
 */
export function declareSelectorRoutes(name: string, routing: Routing<SelectorRouter>, opts: RouteOptions): Routes {
  const { metadata, spec } = renderService(routing);
  const weights = new k8s.core.v1.Service(`${name}-weights`, { metadata, spec }, opts);
  return { weights, handle: handleOf(routing, renderService) };
}

/** The Service for a release state: pure, so that every step can be rendered before it is needed. */
export function renderService(routing: Routing<SelectorRouter>) {
  const { app, router, state } = routing;
  const slot = state.weight === 100 && state.candidate !== undefined ? state.candidate : state.live;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: serviceNames.live(app),
      namespace: app.namespace,
      labels: selectApp(app),
      annotations: { ...routingAnnotations(routing), "pulumi.com/skipAwait": "true" },
    },
    spec: {
      type: router.serviceType,
      selector: selectSlot(app, slot),
      ports: [{ name: "http", port: app.port, targetPort: app.port }],
    },
  } satisfies KubernetesObject;
}

export function guardService(app: App): Guard {
  return {
    apiGroup: "",
    resource: "services",
    names: [serviceNames.live(app)],
    unchanged: sameField("spec.selector"),
  };
}
