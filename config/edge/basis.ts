import { z } from "zod";
import { appSchema } from "../app.ts";
import type { Audience } from "../audience.ts";
import { releaseStateSchema, type ReleaseState } from "../release-state.ts";
import { EDGE_ROUTERS, isEdge } from "../router.ts";
import type { StackConfig } from "../schema.ts";
import { splitOf, type Split } from "../split.ts";

/** Where the edge's volume is in its container. */
export const EDGE_DIRECTORY = "/etc/sluice";

/** Path, at the edge's status port, that tells the serial and the weights in force. */
export const ROUTING_PATH = "/sluice/routing";

/**
 * What a routing needs to know of its stack when nobody but stable is to be served: it is kept in the routing's file, so
 * that the way back can be rendered where no stack file is at hand.
 */
export const edgeBasisSchema = z.strictObject({
  kind: z.enum(EDGE_ROUTERS),
  app: appSchema,
  subnet: z.string(),
  hosts: z.array(z.string()),
  keepalive: z.number(),
  statusPort: z.number(),
  health: z.strictObject({ path: z.string(), interval: z.number(), timeout: z.number() }),
});

export type EdgeBasis = z.infer<typeof edgeBasisSchema>;

/** What the first line of a routing's file holds. */
export const edgeFactsSchema = z.strictObject({ state: releaseStateSchema, basis: edgeBasisSchema });

/** What the edge of a Docker host is told: whom it sends where. */
export interface EdgeRouting {
  readonly basis: EdgeBasis;
  readonly audience: Audience;
  /** How users who belong to no segment are split. */
  readonly split: Split;
  readonly state: ReleaseState;
}

/**
 * The routing that a stack declares.
 *
 * @throws RangeError for a stack that is not on a Docker host
 */
export function edgeRoutingOf(stack: StackConfig): EdgeRouting {
  const { app, audience, docker, release, router, strategy } = stack;
  if (!isEdge(router) || docker === undefined)
    throw new RangeError(`router ${router.kind} is no edge of a Docker host`);
  const { path, interval, timeout } = docker.health;
  const { hosts, keepalive, kind, statusPort } = router;
  const health = { path, interval, timeout };
  const basis = { kind, app, subnet: docker.subnet, hosts, keepalive, statusPort, health };
  return { basis, audience, split: splitOf(strategy, audience), state: release };
}

/** The same edge with no candidate: nobody is forced to a side, and one slot gets everything. */
export function edgeRoutingBack(basis: EdgeBasis, state: ReleaseState): EdgeRouting {
  return { basis, audience: { segments: [] }, split: { by: "random" }, state };
}

/** Name of the file, in the edge's directory, that alone changes with a weight. */
export function routingFile(kind: EdgeBasis["kind"]): string {
  return kind === "nginx" ? "routing.conf" : "routing.yaml";
}
