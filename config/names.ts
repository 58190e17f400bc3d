import type { App } from "./app.ts";
import type { Slot } from "./release-state.ts";

/** Names of the Services of an app: the four places that a route can send a request to. */
export const serviceNames = {
  /** The live version: for callers inside the cluster, and for segments that stay on stable. */
  live: (app: App): string => app.name,
  /** The version in the other slot: for testers, checks, and segments that go first. */
  preview: (app: App): string => `${app.name}-preview`,
  /** One slot: what the weights are about. */
  slot: (app: App, slot: Slot): string => `${app.name}-${slot}`,
};

/** Full name of a Service inside the cluster. */
export function serviceHost(app: App, service: string): string {
  return `${service}.${app.namespace}.svc.cluster.local`;
}
