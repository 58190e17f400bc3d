import type { App } from "./app.ts";
import type { DatabaseStep } from "./database.ts";

/** Names and bounds that the stack program, the release program and the policies must agree on. */

/** On the router's object: the release state's serial, raised by whoever changes the routing. */
export const SERIAL_ANNOTATION = "sluice.dev/serial";

/** On the router's object: the whole release state as JSON, so that the cluster can tell what it serves. */
export const STATE_ANNOTATION = "sluice.dev/release-state";

/** On the object that holds the weights, or makes the pods: `RolloutSettings` as JSON, for those who review them. */
export const SETTINGS_ANNOTATION = "sluice.dev/rollout-settings";

/** On the router's object: the weight before the present one, in percent. */
export const PREVIOUS_WEIGHT_ANNOTATION = "sluice.dev/previous-weight";

/** On the router's object, only where the stack file is older: the serial of the stack's last update. */
export const STACK_SERIAL_ANNOTATION = "sluice.dev/stack-serial";

/** On any object, followed by the name of a policy: why that policy does not hold for it. */
export const EXEMPTION_PREFIX = "policy.sluice.dev/";

/**
 * How many requests a second Pulumi's provider may send to the API server, and how many at once. The provider's own bounds
 * are what a preview of many services would wait for; a server protects itself (API priority and fairness).
 */
export const CLUSTER_REQUESTS = { qps: 400, burst: 800 } as const;

/** On pods and services: which slot they belong to. */
export const SLOT_LABEL = "sluice.dev/slot";

/** The one field manager of the router's object: Pulumi and the release program write it under the same name. */
export const FIELD_MANAGER = "sluice";

/** On the ConfigMap of feature flags: a hash of them, by which one sees which flags a pod should have. */
export const FLAGS_VERSION_ANNOTATION = "sluice.dev/flags-version";

/** Where every pod of a service with feature flags finds them. */
export const FLAGS_DIRECTORY = "/etc/flags";
export const FLAGS_FILE = "flags.json";

/** Requests with this header and the value "true" reach the candidate, whatever its weight. */
export const CANDIDATE_HEADER = "x-canary";

/**
 * Which slot it is. On answers by the testers' route: proof that the candidate gave them. On requests behind the split:
 * where a router counts slots apart only if it treats their requests differently.
 */
export const SLOT_HEADER = "x-sluice-slot";

/** Releases of an app whose records are kept in the cluster. */
export const RELEASES_KEPT = 10;

/** The Lease of whoever drives an app's releases. */
export function leaseName(app: string): string {
  return `${app}-release`;
}

/** The ConfigMap of one release; they sort by time. */
export function releaseName(app: string, id: string): string {
  return `${app}-release-${id}`;
}

/** On all Leases and records that release programs write; with `APP_LABEL`, on those of one app. */
export const RELEASE_LABELS = {
  "app.kubernetes.io/managed-by": "sluice",
  "app.kubernetes.io/component": "release",
} as const;

/** To which app a Lease or a record belongs. */
export const APP_LABEL = "app.kubernetes.io/part-of";

export function releaseLabels(app: string): Readonly<Record<string, string>> {
  return { ...RELEASE_LABELS, [APP_LABEL]: app };
}

/** On Jobs that change the database, and on their pods. No Service selects them: they lack the name of the service. */
export function databaseLabels(app: App, step: DatabaseStep, version: string): Readonly<Record<string, string>> {
  return {
    "app.kubernetes.io/part-of": app.name,
    "app.kubernetes.io/component": `database-${step}`,
    "app.kubernetes.io/version": version,
  };
}
