import type * as pulumi from "@pulumi/pulumi";
import type { Docker } from "../../config/docker.ts";
import { LocalResource } from "./local-resource.ts";

/** What an edge is to do, and where it is. */
export interface EdgeRoutingInputs {
  readonly docker: Pick<Docker, "host" | "tls">;
  /** Name of the edge's container. */
  readonly edge: string;
  /** Name of the volume that holds its configuration. */
  readonly volume: string;
  readonly image: string;
  /** The file that holds all but the routing. */
  readonly base: { readonly name: string; readonly text: string };
  /** The file that alone changes with a weight. */
  readonly routing: string;
}

type Inputs<T> = { readonly [K in keyof T]: pulumi.Input<T[K]> };

/** The configuration of an edge, in its volume. It is there before the edge starts, and changes without a restart. */
export class EdgeRouting extends LocalResource {
  constructor(name: string, args: Inputs<EdgeRoutingInputs>, opts: pulumi.CustomResourceOptions) {
    super("EdgeRouting", "components/docker/edge-routing-provider.ts", name, { ...args }, opts);
  }
}
