import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { dockerNames, freeRange } from "../../config/docker-host.ts";
import type { Docker } from "../../config/docker.ts";
import type { LastUpdate } from "../../config/last-update.ts";
import type { EdgeHandle } from "../../config/outputs.ts";
import { SLOTS, slotWeights } from "../../config/release-state.ts";
import type { EdgeRouter } from "../../config/router.ts";
import type { StackConfig } from "../../config/schema.ts";
import type { Secrets } from "../../config/secrets.ts";
import { declareEdge } from "./edge.ts";
import { DockerSlot } from "./slot.ts";
import { declareWatchdog, secretsOfService } from "./watchdog.ts";

/** A stack on a Docker host. */
export type DockerStack = StackConfig & { readonly docker: Docker; readonly router: EdgeRouter };

export interface DockerReleaseArgs {
  readonly stack: DockerStack;
  /** Secrets that a new version takes along, and the watchdog's token. */
  readonly secrets: pulumi.Input<Secrets>;
  /** What the stack's last update left; without it: there was none. */
  readonly last: LastUpdate;
}

/**
 * A service on a Docker host that is released as a unit: a network, two slots of containers, and the edge between them and
 * the users. The strategies differ in the plan by which the release program moves the release state.
 */
export class DockerRelease extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:docker:Release";
  /** How to take the traffic back without this program. */
  readonly routing: EdgeHandle;

  constructor(name: string, { last, secrets, stack }: DockerReleaseArgs, opts: pulumi.ComponentResourceOptions) {
    super(DockerRelease.__pulumiType, name, {}, opts);
    const { app, docker: host, release, router, watchdog, workload } = stack;
    const own = { parent: this };
    const network = new docker.Network(
      `${name}-network`,
      { name: dockerNames.network(app), ipamConfigs: [{ subnet: host.subnet, ipRange: freeRange(host) }] },
      own,
    );
    const image = new docker.RemoteImage(`${name}-edge-image`, { name: router.image, keepLocally: true }, own);
    const ofService = secretsOfService(secrets, stack);
    const slots = SLOTS.flatMap((slot) => {
      const version = release[slot];
      if (version === undefined) return [];
      const serves = slotWeights(release)[slot] > 0;
      const shared = { app, docker: host, workload, secrets: ofService, network: network.name, filler: image.imageId };
      return [new DockerSlot(`${name}-${slot}`, { ...shared, slot, version, serves }, own)];
    });
    // Routing comes last: a candidate is not reachable before it is healthy, and a failed one leaves the traffic alone.
    this.routing = declareEdge(`${name}-edge`, stack, { image, last, network }, { ...own, dependsOn: slots });
    if (watchdog !== undefined) {
      declareWatchdog(`${name}-watchdog`, stack, watchdog, { network, secrets }, own);
    }
    this.registerOutputs({ routing: this.routing });
  }
}
