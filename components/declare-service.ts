import type * as pulumi from "@pulumi/pulumi";
import type { LastUpdate } from "../config/last-update.ts";
import type { RoutingHandle } from "../config/outputs.ts";
import { rolloutSettings } from "../config/rollout-settings.ts";
import type { StackConfig } from "../config/schema.ts";
import type { Secrets } from "../config/secrets.ts";
import { isOnHost, type EdgeRouter, type PortRouter } from "../config/router.ts";
import { ArgoRelease } from "./argo-release.ts";
import { LoneRelease } from "./docker/lone-release.ts";
import { DockerRelease } from "./docker/release.ts";
import { FeatureFlags } from "./feature-flags.ts";
import { isObserved, Observability } from "./observability.ts";
import { Release } from "./release.ts";
import { RollingRelease } from "./rolling-release.ts";
import { routingObjects } from "./routers/declare.ts";
import { Watchdog } from "./watchdog.ts";

/** What a declared service tells the release program. */
export interface DeclaredService {
  /** How to take the traffic back without this program; absent where others move it (Kubernetes, Argo). */
  readonly routing?: RoutingHandle;
}

/**
 * Declares a service as its stack says: the component of its strategy.
 *
 * @param secrets what the stack file holds encrypted: no part of the parsed configuration
 * @param last what the stack's last update left, for reviewers who know only what is declared now
 */
export function declareService(
  stack: StackConfig,
  opts: pulumi.ComponentResourceOptions,
  secrets: pulumi.Input<Secrets> = {},
  last?: LastUpdate,
): DeclaredService {
  const { app, audience, database, metrics, release: state, router, strategy, watchdog, workload } = stack;
  if (isOnHost(router)) return declareOnDocker({ ...stack, router }, secrets, last, opts);
  const flags = declareFlags(stack, opts);
  const settings = rolloutSettings(stack);
  const alone = { app, workload, secrets, database, flags, state, settings };
  const common = { ...alone, audience, last };
  if (watchdog !== undefined) {
    new Watchdog(`${app.name}-watchdog`, { app, watchdog, routing: routingObjects(router, app) }, opts);
  }
  if (isObserved(stack)) new Observability(`${app.name}-observability`, stack, opts);
  switch (strategy.kind) {
    case "blueGreen":
      return new Release(app.name, { ...common, strategy, router }, opts);
    case "canary":
    case "experiment":
      if (router.kind === "selector") throw new RangeError(`strategy ${strategy.kind} with a selector: not parsed`);
      return new Release(app.name, { ...common, strategy, router }, opts);
    case "rolling":
      if (router.kind !== "selector") throw new RangeError(`strategy rolling with ${router.kind}: not parsed`);
      new RollingRelease(app.name, { ...alone, strategy, router }, opts);
      return {};
    case "argo":
      if (router.kind !== "istio" && router.kind !== "selector") {
        throw new RangeError(`strategy argo with ${router.kind}: not parsed`);
      }
      if (metrics === undefined) throw new RangeError("strategy argo without metrics: not parsed");
      new ArgoRelease(app.name, { ...alone, strategy, router, metrics }, opts);
      return {};
    case "replace":
      throw new RangeError(`strategy replace with ${router.kind}: not parsed`);
  }
}

/** The same service as containers of a Docker host. */
function declareOnDocker(
  stack: StackConfig & { readonly router: EdgeRouter | PortRouter },
  secrets: pulumi.Input<Secrets>,
  last: LastUpdate,
  opts: pulumi.ComponentResourceOptions,
): DeclaredService {
  const { app, checks, docker, router, strategy } = stack;
  if (docker === undefined) throw new RangeError(`router ${router.kind} without a Docker host: not parsed`);
  if (router.kind !== "port") {
    return new DockerRelease(app.name, { stack: { ...stack, docker, router }, secrets, last }, opts);
  }
  if (strategy.kind !== "replace" || checks === undefined) {
    throw new RangeError(`router port with strategy ${strategy.kind}, or without checks: not parsed`);
  }
  new LoneRelease(app.name, { stack: { ...stack, docker, router, strategy, checks }, secrets }, opts);
  return {};
}

/** Only where there are flags: without any, pods mount nothing. */
function declareFlags({ app, flags }: StackConfig, opts: pulumi.ComponentResourceOptions) {
  if (Object.keys(flags).length === 0) return undefined;
  return new FeatureFlags(`${app.name}-flags`, { app, flags }, opts).configMap;
}
