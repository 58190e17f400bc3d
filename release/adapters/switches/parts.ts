import type { App } from "../../../config/app.ts";
import { STATE_ANNOTATION } from "../../../config/limits.ts";
import { isOnHost, type Router } from "../../../config/router.ts";
import { UserError } from "../../errors.ts";
import type { Cluster } from "../kubernetes.ts";
import { httpRoutePart } from "./http-route.ts";
import { canaryIngressPart, mainIngressPart } from "./ingress-nginx.ts";
import { istioPart } from "./istio.ts";
import { kongPluginPart } from "./kong-plugin.ts";
import { liveObjectSchema, type RouterPart, type RouterParts } from "./router-part.ts";
import { selectorPart } from "./selector.ts";

/**
 * The objects by which a router splits the traffic of a service.
 *
 * @throws UserError for a router that is no object of a cluster
 */
export function partsOf(router: Router, app: App): RouterParts {
  if (isOnHost(router)) throw new UserError(`Router ${router.kind} is on a Docker host, and not in a cluster.`);
  switch (router.kind) {
    case "selector":
      return [selectorPart(app)];
    case "istio":
      return [istioPart(app)];
    case "gateway":
      return [httpRoutePart(app)];
    case "ingressNginx":
      return [canaryIngressPart(app), mainIngressPart(app)];
    case "kong":
      return router.canaryPlugin === undefined ? [httpRoutePart(app)] : [kongPluginPart(app), httpRoutePart(app)];
  }
}

/**
 * The same, found in the cluster: where no stack file tells the router.
 *
 * @throws UserError when the app is not there, or when none, or more than one, carries a release state of this project
 * @throws Error when the API server does not tell
 */
export async function findParts(cluster: Cluster, app: App): Promise<RouterParts> {
  const name = `${app.namespace}/${app.name}`;
  // Every app has this Service, whatever its router.
  if ((await cluster.find(selectorPart(app).id, liveObjectSchema)) === undefined)
    throw new UserError(`There is no Service ${name} in this cluster: --app names <namespace>/<name> of a service.`);
  const looked = await Promise.allSettled(anyParts(app).map((parts) => isOurs(cluster, parts)));
  const [found, ...others] = anyParts(app).filter((_, i) => looked[i]?.status === "fulfilled" && looked[i].value);
  if (found === undefined) {
    const unread = looked.find(({ status }) => status === "rejected");
    if (unread?.status === "rejected") throw unread.reason;
    throw new UserError(
      `No router of ${name} carries a release state (annotation ${STATE_ANNOTATION}). Looked for: ` +
        `${anyParts(app)
          .map(([first]) => describe(first))
          .join(", ")}.`,
    );
  }
  if (others.length === 0) return found;
  const several = [found, ...others].map(([first]) => describe(first)).join(", ");
  throw new UserError(
    `More than one router of ${name} carries a release state: ${several}. Name the stack with --stack.`,
  );
}

function anyParts(app: App): readonly RouterParts[] {
  return [
    [istioPart(app)],
    [kongPluginPart(app), httpRoutePart(app)],
    [httpRoutePart(app)],
    [canaryIngressPart(app), mainIngressPart(app)],
    [selectorPart(app)],
  ];
}

async function isOurs(cluster: Cluster, [first]: RouterParts): Promise<boolean> {
  const object = await cluster.find(first.id, liveObjectSchema);
  return object?.metadata.annotations[STATE_ANNOTATION] !== undefined;
}

function describe({ id }: RouterPart): string {
  return `${id.kind} ${id.name}`;
}
