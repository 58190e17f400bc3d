import type * as pulumi from "@pulumi/pulumi";
import type { RoutingHandle } from "../config/outputs.ts";
import type { StackConfig } from "../config/schema.ts";
import { Release } from "./release.ts";

/** What a declared service tells the release program. */
export interface DeclaredService {
  /** How to take the traffic back without this program; absent where others move it (Kubernetes, Argo). */
  readonly routing?: RoutingHandle;
}

/** Declares a service as its stack says: the component of its strategy. */
export function declareService(stack: StackConfig, opts: pulumi.ComponentResourceOptions): DeclaredService {
  const { app, audience, release: state, router, strategy, workload } = stack;
  const common = { app, workload, audience, state };
  switch (strategy.kind) {
    case "blueGreen":
      return new Release(app.name, { ...common, strategy, router }, opts);
    case "canary":
    case "experiment":
      if (router.kind === "selector") throw new RangeError(`strategy ${strategy.kind} with a selector: not parsed`);
      return new Release(app.name, { ...common, strategy, router }, opts);
    case "rolling":
    case "argo":
      throw new RangeError(`strategy ${strategy.kind}`);
  }
}
