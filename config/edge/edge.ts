import { isEdge } from "../router.ts";
import type { StackConfig } from "../schema.ts";
import { EDGE_DIRECTORY } from "./basis.ts";
import { renderNginxConf } from "./nginx-conf.ts";
import { renderTraefikStatic } from "./traefik-static.ts";

/** What an edge is started with. */
export interface Edge {
  /** The container's command. */
  readonly command: readonly string[];
  /** Name and text of the file in the edge's directory that holds all but the routing. */
  readonly file: { readonly name: string; readonly text: string };
}

/**
 * The edge's whole configuration except the routing: it changes with the stack file, never with a release.
 *
 * @throws RangeError for a stack that is not on a Docker host
 */
export function renderEdge({ app, docker, router }: StackConfig): Edge {
  if (!isEdge(router) || docker === undefined)
    throw new RangeError(`router ${router.kind} is no edge of a Docker host`);
  if (router.kind === "nginx") {
    const file = { name: "nginx.conf", text: renderNginxConf(app, router, docker) };
    return { command: ["nginx", "-c", `${EDGE_DIRECTORY}/${file.name}`, "-g", "daemon off;"], file };
  }
  const file = { name: "traefik.yaml", text: renderTraefikStatic(router) };
  return { command: ["traefik", `--configFile=${EDGE_DIRECTORY}/${file.name}`], file };
}
