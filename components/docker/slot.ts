import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../../config/app.ts";
import { containerAddress, dockerNames } from "../../config/docker-host.ts";
import type { Docker } from "../../config/docker.ts";
import { CONTAINER_LABELS, slotLabels } from "../../config/edge/labels.ts";
import { parseCpu, parseMemory } from "../../config/quantity.ts";
import type { Slot, SlotState } from "../../config/release-state.ts";
import type { Secrets } from "../../config/secrets.ts";
import type { Workload } from "../../config/workload.ts";
import { javaToolOptions } from "../internal/java-options.ts";
import { addressOf, CONFINED, labelList, seconds, variableList } from "./container.ts";
import { KeptSettings } from "./kept-settings.ts";

const MEBIBYTE = 2 ** 20;

/** Docker's weight of a container that asks for one core. */
const SHARES_OF_A_CORE = 1_024;

export interface DockerSlotArgs {
  readonly app: App;
  readonly docker: Docker;
  readonly workload: Workload;
  readonly secrets: pulumi.Input<Secrets>;
  /** Name of the network. */
  readonly network: pulumi.Input<string>;
  readonly slot: Slot;
  /** What runs in the slot. */
  readonly version: SlotState;
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
    const { app, docker: host, secrets, serves, slot, version, workload } = args;
    const { env, files } = workload.settings;
    const image = new docker.RemoteImage(
      `${name}-image`,
      {
        name: version.image,
        // A version that is kept for the way back must not have to be pulled.
        keepLocally: true,
        ...(workload.pullPolicy === "Always" ? { pullTriggers: [version.version] } : {}),
      },
      { parent: this },
    );
    const kept = `${name}-${version.version}-settings`;
    const volume = new docker.Volume(
      `${kept}-volume`,
      { name: dockerNames.settings(app, slot, version.version) },
      { parent: this },
    );
    const settings = new KeptSettings(
      kept,
      { docker: addressOf(host), volume: volume.name, image: image.imageId, env, files, secrets },
      { parent: this },
    );
    const containers: docker.Container[] = [];
    for (let index = 0; index < version.replicas; index += 1) {
      containers.push(
        new docker.Container(
          `${name}-${index}`,
          containerArgs(args, index, { image: image.imageId, settings, volume }),
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

function containerArgs(
  { app, docker: host, network, slot, version, workload }: DockerSlotArgs,
  index: number,
  {
    image,
    settings: { env, secrets },
    volume,
  }: {
    readonly image: pulumi.Input<string>;
    readonly settings: KeptSettings;
    readonly volume: docker.Volume;
  },
): docker.ContainerArgs {
  const { drain, readyTimeout, resources } = workload;
  const stop = Math.max(seconds(drain.grace), seconds(drain.preStop) + seconds(drain.shutdown));
  const labels = {
    ...slotLabels(app, slot),
    [CONTAINER_LABELS.version]: version.version,
    "prometheus.io/scrape": "true",
    "prometheus.io/port": String(app.port),
    "prometheus.io/path": "/actuator/prometheus",
  };
  return {
    ...CONFINED,
    name: dockerNames.container(app, slot, index),
    image,
    user: host.user,
    envs: pulumi.all([env, secrets]).apply(([kept, secret]) =>
      variableList({
        JAVA_TOOL_OPTIONS: javaToolOptions(workload.jvm, resources.limits.memory),
        SERVER_SHUTDOWN: "graceful",
        SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE: `${drain.shutdown}ms`,
        ...kept,
        ...secret,
        ...workload.env,
      }),
    ),
    memory: mebibytes(resources.limits.memory),
    // As much as `memory`: a heap in the swap is slower than a restart.
    memorySwap: mebibytes(resources.limits.memory),
    memoryReservation: mebibytes(resources.requests.memory),
    cpus: String(parseCpu(resources.limits.cpu)),
    cpuShares: Math.round(parseCpu(resources.requests.cpu) * SHARES_OF_A_CORE),
    healthcheck: healthcheck(app, host),
    stopTimeout: stop,
    destroyGraceSeconds: stop,
    networksAdvanced: [
      {
        name: network,
        ipv4Address: containerAddress(host, slot, index),
        aliases: [`${app.name}-${slot}`],
      },
    ],
    labels: labelList(labels),
    volumes: [{ volumeName: volume.name, containerPath: workload.settings.directory, readOnly: true }],
    wait: true,
    waitTimeout: seconds(readyTimeout),
  };
}

function healthcheck({ port }: App, { health }: Docker): docker.types.input.ContainerHealthcheck {
  const url = `http://127.0.0.1:${port}${health.path}`;
  const ask = { wget: ["wget", "-q", "-O", "/dev/null", url], curl: ["curl", "-fsS", "-o", "/dev/null", url] };
  return {
    tests: ["CMD", ...ask[health.client]],
    interval: durationText(health.interval),
    timeout: durationText(health.timeout),
    retries: health.retries,
    startPeriod: durationText(health.startPeriod),
  };
}

/** As the engine writes durations back: a difference in words would be a difference. */
function durationText(ms: number): string {
  const [minutes, rest] = [Math.floor(ms / 60_000), ms % 60_000];
  return minutes === 0 ? `${rest / 1_000}s` : `${minutes}m${rest / 1_000}s`;
}

function mebibytes(quantity: string): number {
  return Math.ceil(parseMemory(quantity) / MEBIBYTE);
}
