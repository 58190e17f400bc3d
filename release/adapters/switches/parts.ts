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
 * @throws UserError when none, or more than one, carries a release state of this project
 */
export async function findParts(cluster: Cluster, app: App): Promise<RouterParts> {
  // Every app has this Service, whatever its router: a wrong name, or an API server that does not answer, is told here.
  await cluster.read(selectorPart(app).id, liveObjectSchema);
  const all = await Promise.all(anyParts(app).map(async (parts) => ({ parts, ours: await isOurs(cluster, parts) })));
  const [found, ...others] = all.filter(({ ours }) => ours).map(({ parts }) => parts);
  const name = `${app.namespace}/${app.name}`;
  if (found === undefined) {
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

/** What cannot be read is not there, or is not ours: a kind that the cluster does not know is an error too. */
async function isOurs(cluster: Cluster, [first]: RouterParts): Promise<boolean> {
  const object = await cluster.read(first.id, liveObjectSchema).catch(() => undefined);
  return object?.metadata.annotations[STATE_ANNOTATION] !== undefined;
}

function describe({ id }: RouterPart): string {
  return `${id.kind} ${id.name}`;
}
