import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { App } from "../../config/app.ts";
import { dockerNames } from "../../config/docker-host.ts";
import type { Docker } from "../../config/docker.ts";
import { seconds } from "../../config/duration.ts";
import { CONTAINER_LABELS, slotLabels } from "../../config/edge/labels.ts";
import { parseCpu, parseMemory } from "../../config/quantity.ts";
import type { Slot, SlotState } from "../../config/release-state.ts";
import type { Secrets } from "../../config/secrets.ts";
import type { Workload } from "../../config/workload.ts";
import { javaToolOptions } from "../internal/java-options.ts";
import { addressOf, CONFINED, labelList, variableList } from "./container.ts";
import { KeptSettings } from "./kept-settings.ts";

const MEBIBYTE = 2 ** 20;

/** Docker's weight of a container that asks for one core. */
const SHARES_OF_A_CORE = 1_024;

/** A version of a service on a Docker host. */
export interface VersionArgs {
  readonly app: App;
  readonly docker: Docker;
  readonly workload: Workload;
  readonly secrets: pulumi.Input<Secrets>;
  readonly slot: Slot;
  /** What runs in it. */
  readonly version: SlotState;
  /** Id of any image that the host has, for containers that only hold a volume; without it, the version's own. */
  readonly filler?: pulumi.Input<string>;
}

/** A container of a version, but for its name and its network. */
export type VersionContainer = Omit<docker.ContainerArgs, "name" | "networksAdvanced">;

/** Declares what a version needs before it runs, its image and the settings that it takes along; and tells how it runs. */
export function declareVersion(name: string, args: VersionArgs, opts: pulumi.CustomResourceOptions): VersionContainer {
  const { app, docker: host, filler, secrets, slot, version, workload } = args;
  const { env, files } = workload.settings;
  const image = version.replicas === 0 ? version.image : declareImage(name, args, opts).imageId;
  const kept = `${name}-${version.version}-settings`;
  const volume = new docker.Volume(`${kept}-volume`, { name: dockerNames.settings(app, slot, version.version) }, opts);
  const settings = new KeptSettings(
    kept,
    { docker: addressOf(host), volume: volume.name, image: filler ?? image, env, files, secrets },
    opts,
  );
  return versionContainer(args, image, settings, volume);
}

/** Only for what runs: a version that came to nothing may have an image that nobody can pull. */
function declareImage(name: string, { version, workload }: VersionArgs, opts: pulumi.CustomResourceOptions) {
  return new docker.RemoteImage(
    `${name}-image`,
    {
      name: version.image,
      // A version that is kept for the way back must not have to be pulled.
      keepLocally: true,
      ...(workload.pullPolicy === "Always" ? { pullTriggers: [version.version] } : {}),
    },
    opts,
  );
}

function versionContainer(
  { app, docker: host, slot, version, workload }: VersionArgs,
  image: pulumi.Input<string>,
  { env, secrets }: KeptSettings,
  volume: docker.Volume,
): VersionContainer {
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
