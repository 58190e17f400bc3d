import { edgeRoutingOf, type EdgeRouting } from "../../../config/edge/basis.ts";
import { parseStackConfig } from "../../../config/parse.ts";
import { releaseStateSchema, withCandidate, withWeight, type ReleaseState } from "../../../config/release-state.ts";
import type { EdgeRouter } from "../../../config/router.ts";
import type { StackConfig } from "../../../config/schema.ts";
import { STACK } from "../../release/world.ts";

/** Only stable, in slot blue. */
export const ALONE: ReleaseState = releaseStateSchema.parse({ ...STACK.release, serial: 7 });

/** A candidate in slot green at a weight, with a serial of its own. */
export function at(weight: number, serial = 9): ReleaseState {
  const candidate = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
  return releaseStateSchema.parse({ ...withWeight(withCandidate(ALONE, candidate), weight), serial });
}

/** A stack on a Docker host, parsed, so that a test cannot ask for what a user could not write. */
export function edgeStack(
  kind: EdgeRouter["kind"],
  { docker = {}, release = ALONE, router = {}, ...sections }: Readonly<Record<string, unknown>> = {},
): StackConfig {
  const hosts = ["checkout.example.com"];
  const values = { ...STACK, docker, release, router: { kind, hosts, ...(router as object) }, ...sections };
  return parseStackConfig(values, "test");
}

export function edgeRouting(...stack: Parameters<typeof edgeStack>): EdgeRouting {
  return edgeRoutingOf(edgeStack(...stack));
}
