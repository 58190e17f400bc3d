import * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import { dockerNames, EDGE_USER, edgeAddress } from "../../config/docker-host.ts";
import { EDGE_DIRECTORY, edgeRoutingOf, ROUTING_PATH } from "../../config/edge/basis.ts";
import { renderEdge } from "../../config/edge/edge.ts";
import { CONTAINER_LABELS } from "../../config/edge/labels.ts";
import { renderRouting } from "../../config/edge/routing.ts";
import { previousWeight, type LastUpdate } from "../../config/last-update.ts";
import type { EdgeHandle } from "../../config/outputs.ts";
import { addressOf, CONFINED, labelList } from "./container.ts";
import { EdgeRouting } from "./edge-routing.ts";
import type { DockerStack } from "./release.ts";

/** The engine notices within these seconds that an edge does not answer. */
const HEALTH = { interval: "5s", timeout: "3s", retries: 3, startPeriod: "5s" };

interface EdgeOptions extends pulumi.CustomResourceOptions {
  /** What must be there before any traffic is routed: the containers of the slots. */
  readonly dependsOn: pulumi.Resource[];
}

interface EdgeArgs {
  readonly last: LastUpdate;
  readonly network: docker.Network;
  readonly image: docker.RemoteImage;
}

/**
 * Declares the edge: its volume, the configuration in it, and the container. The configuration is a resource of its own,
 * so that a weight never replaces the container.
 */
export function declareEdge(
  name: string,
  stack: DockerStack,
  { image, last, network }: EdgeArgs,
  opts: EdgeOptions,
): EdgeHandle {
  const { app, docker: host, release, router } = stack;
  const routing = edgeRoutingOf(stack);
  const { command, file } = renderEdge(stack);
  const edge = dockerNames.edge(app);
  const labels = labelList({ [CONTAINER_LABELS.app]: app.name, [CONTAINER_LABELS.namespace]: app.namespace });
  const volume = new docker.Volume(`${name}-volume`, { name: dockerNames.edgeVolume(app), labels }, opts);
  const weights = new EdgeRouting(
    `${name}-weights`,
    {
      docker: addressOf(host),
      edge,
      volume: volume.name,
      image: image.imageId,
      base: file,
      routing: renderRouting(routing),
    },
    opts,
  );
  new docker.Container(
    `${name}-container`,
    {
      ...CONFINED,
      name: edge,
      image: image.imageId,
      user: EDGE_USER,
      entrypoints: [...command.slice(0, 1)],
      command: [...command.slice(1)],
      memory: 256,
      memorySwap: 256,
      ports: [
        { internal: router.port, external: router.port, ip: "0.0.0.0", protocol: "tcp" },
        { internal: router.statusPort, external: router.statusPort, ip: "127.0.0.1", protocol: "tcp" },
      ],
      volumes: [{ volumeName: volume.name, containerPath: EDGE_DIRECTORY }],
      networksAdvanced: [{ name: network.name, ipv4Address: edgeAddress(host) }],
      healthcheck: { tests: ["CMD-SHELL", ask(router.statusPort)], ...HEALTH },
      labels,
      stopSignal: router.kind === "nginx" ? "SIGQUIT" : "SIGTERM",
      stopTimeout: 30,
      destroyGraceSeconds: 30,
      wait: true,
      waitTimeout: 60,
    },
    // Names and ports are fixed.
    { ...opts, deleteBeforeReplace: true, dependsOn: [weights] },
  );
  return {
    kind: router.kind,
    edge,
    live: release.live,
    moved: {
      serial: release.serial,
      weight: release.candidate === undefined ? 0 : release.weight,
      previousWeight: previousWeight(release, last),
    },
  };
}

/** Official images hold one or the other: those of Alpine `wget`, those of Debian `curl`. */
function ask(statusPort: number): string {
  const url = `http://127.0.0.1:${statusPort}${ROUTING_PATH}`;
  return `timeout 2 wget -q -O /dev/null ${url} 2>/dev/null || curl -fsS -m 2 -o /dev/null ${url}`;
}
