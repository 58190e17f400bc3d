import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { App } from "../config/app.ts";
import { otherSlot, SLOTS, type Slot } from "../config/release-state.ts";
import { selectApp, selectSlot } from "./internal/labels.ts";
import { serviceNames } from "../config/names.ts";

export interface ServicesArgs {
  readonly app: App;
  /** The slot of the stable version. */
  readonly live: Slot;
  /** Whether a router owns the Service of the live version: then it is not declared here. */
  readonly liveIsRouted: boolean;
}

/**
 * Declares the Services of a service with two slots: one for each slot, one for the live version and one for the other slot. The
 * last two change their slot when a version is promoted, never with a weight.
 */
export function declareServices(
  name: string,
  { app, live, liveIsRouted }: ServicesArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const declare = (role: string, service: string, slot: Slot) =>
    new k8s.core.v1.Service(`${name}-${role}`, serviceArgs(app, service, slot), opts);
  return [
    ...SLOTS.map((slot) => declare(slot, serviceNames.slot(app, slot), slot)),
    declare("preview", serviceNames.preview(app), otherSlot(live)),
    ...(liveIsRouted ? [] : [declare("live", serviceNames.live(app), live)]),
  ];
}

function serviceArgs(app: App, name: string, slot: Slot): k8s.core.v1.ServiceArgs {
  return {
    metadata: {
      name,
      namespace: app.namespace,
      labels: selectApp(app),
      // The slots' own Deployments are waited for; a Service waits ten minutes for its first endpoint.
      annotations: { "pulumi.com/skipAwait": "true" },
    },
    spec: { selector: selectSlot(app, slot), ports: [{ name: "http", port: app.port, targetPort: app.port }] },
  };
}
