import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { containerAddress, dockerNames } from "../../config/docker-host.ts";
import { seconds } from "../../config/duration.ts";
import { declareVersion, type VersionArgs } from "./version.ts";

export interface DockerSlotArgs extends VersionArgs {
  /** Name of the network. */
  readonly network: pulumi.Input<string>;
  /** Whether users' requests go there. */
  readonly serves: boolean;
}

/** The containers of one slot, with the settings that its version took along. */
export class DockerSlot extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:docker:Slot";
  /** The containers; a slot without any is empty. */
  readonly containers: readonly docker.Container[];

  constructor(name: string, args: DockerSlotArgs, opts: pulumi.ComponentResourceOptions) {
    super(DockerSlot.__pulumiType, name, {}, opts);
    const { app, docker: host, network, serves, slot, version, workload } = args;
    const container = declareVersion(name, args, { parent: this });
    const containers: docker.Container[] = [];
    for (let index = 0; index < version.replicas; index += 1) {
      containers.push(
        new docker.Container(
          `${name}-${index}`,
          {
            ...container,
            name: dockerNames.container(app, slot, index),
            networksAdvanced: [
              {
                name: network,
                ipv4Address: containerAddress(host, slot, index),
                aliases: [`${app.name}-${slot}`],
              },
            ],
          },
          {
            parent: this,
            // Name and address are fixed, so the old one must go first; and of those that serve only one at a time.
            deleteBeforeReplace: true,
            dependsOn: serves ? containers.slice(-1) : [],
            customTimeouts: { create: `${seconds(workload.readyTimeout) + 60}s` },
          },
        ),
      );
    }
    this.containers = containers;
    this.registerOutputs();
  }
}
