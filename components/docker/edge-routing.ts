import type * as pulumi from "@pulumi/pulumi";
import type { Docker } from "../../config/docker.ts";
import type { EdgePlace } from "../../engine/put-edge.ts";
import { LocalResource } from "./local-resource.ts";

/** What an edge is to do, and where it is. */
export interface EdgeRoutingInputs extends EdgePlace {
  readonly docker: Pick<Docker, "host" | "tls">;
  /** Port at which the edge tells which routing is in force. */
  readonly statusPort: number;
  /** The configuration but the routing, by the names of its files. */
  readonly base: Readonly<Record<string, string>>;
  /** The file that alone changes with a weight. */
  readonly routing: { readonly file: string; readonly text: string };
}

type Inputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

/** The configuration of an edge, in its volume. It is there before the edge starts, and changes without a restart. */
export class EdgeRouting extends LocalResource {
  constructor(name: string, args: Inputs<EdgeRoutingInputs>, opts: pulumi.CustomResourceOptions) {
    super("EdgeRouting", "components/docker/edge-routing-provider.ts", name, { ...args }, opts);
  }
}
