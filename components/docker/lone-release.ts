import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { longestChecks, type Checks } from "../../config/checks.ts";
import { dockerNames, freeRange } from "../../config/docker-host.ts";
import type { Docker } from "../../config/docker.ts";
import { seconds } from "../../config/duration.ts";
import { liveVersion } from "../../config/release-state.ts";
import type { PortRouter } from "../../config/router.ts";
import type { StackConfig } from "../../config/schema.ts";
import type { Secrets } from "../../config/secrets.ts";
import type { Replace } from "../../config/strategy.ts";
import { addressOf } from "./container.ts";
import { LocalResource } from "./local-resource.ts";
import { declareVersion } from "./version.ts";

/** A stack whose service has a port of a Docker host, and no edge before it. */
export type LoneStack = StackConfig & {
  readonly docker: Docker;
  readonly router: PortRouter;
  readonly strategy: Replace;
  readonly checks: Checks;
};

export interface LoneReleaseArgs {
  readonly stack: LoneStack;
  /** Secrets that a new version takes along. */
  readonly secrets: pulumi.Input<Secrets>;
}

/**
 * A service of one container on a port of a Docker host. A new version is started beside it and checked, and takes its
 * place only when it has passed; users wait for as long as it takes to start there once more.
 */
export class LoneRelease extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:docker:LoneRelease";

  constructor(name: string, { secrets, stack }: LoneReleaseArgs, opts: pulumi.ComponentResourceOptions) {
    super(LoneRelease.__pulumiType, name, {}, opts);
    const { app, checks, docker: host, release, router, strategy, workload } = stack;
    const version = liveVersion(release);
    const network = new docker.Network(
      `${name}-network`,
      { name: dockerNames.network(app), ipamConfigs: [{ subnet: host.subnet, ipRange: freeRange(host) }] },
      { parent: this },
    );
    const declared = { app, docker: host, workload, secrets, slot: release.live, version };
    const container = declareVersion(name, declared, { parent: this });
    const { candidatePort, candidateUrl = `http://127.0.0.1:${candidatePort}`, port } = router;
    const started = seconds(workload.readyTimeout) + 60;
    const lasts = `${2 * started + seconds(longestChecks(checks))}s`;
    new LocalResource(
      "Replacement",
      "release/adapters/docker/replacement-provider.ts",
      `${name}-container`,
      {
        docker: addressOf(host),
        container: { ...container, name: dockerNames.lone(app), networksAdvanced: [{ name: network.name }] },
        imageName: version.image,
        listens: app.port,
        port,
        candidatePort,
        candidateUrl,
        checks: { health: checks.health, requests: checks.requests },
        keepImages: strategy.keepImages,
      },
      { parent: this, customTimeouts: { create: lasts, update: lasts } },
    );
    this.registerOutputs();
  }
}
