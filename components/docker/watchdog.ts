import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { dockerNames, watchdogAddress } from "../../config/docker-host.ts";
import { CONTAINER_LABELS } from "../../config/edge/labels.ts";
import { findTokenProblems, tokenName, type Secrets } from "../../config/secrets.ts";
import { TOKEN_VARIABLE, type Watchdog } from "../../config/watchdog.ts";
import { CONFINED, labelList } from "./container.ts";
import type { DockerStack } from "./release.ts";

/** Where the engine's socket is in the container, and on most hosts. */
const SOCKET = "/var/run/docker.sock";

/** User of the image of the release program. */
const USER = 65_532;

/**
 * Asks the engine by the same way as the watchdog, with the one client that its image has: where the socket cannot be
 * opened, nothing is watched, and the update says so.
 */
const PING =
  `require("node:http").get({ socketPath: "${SOCKET}", path: "/_ping" }, ` +
  "({ statusCode }) => process.exit(statusCode === 200 ? 0 : 1))";

/** The image starts Node for each of its checks. */
const HEALTH = { interval: "10s", timeout: "5s", retries: 3, startPeriod: "10s" };

interface WatchdogPlace {
  readonly network: docker.Network;
  /** Holds the token, where alerts are listened for. */
  readonly secrets: pulumi.Input<Secrets>;
}

/**
 * Declares the container that takes the traffic off a version under release when its release program has died, or at a
 * critical alert. It runs on the host of the service and speaks to the engine there, whichever way this program goes. Two
 * would act at once: while it is replaced nobody watches, for a second or two of a lease that lasts longer.
 */
export function declareWatchdog(
  name: string,
  stack: DockerStack,
  watchdog: Watchdog,
  { network, secrets }: WatchdogPlace,
  opts: pulumi.CustomResourceOptions,
): void {
  const { app, docker: host } = stack;
  const { alerts, socketGroup } = watchdog;
  const image = new docker.RemoteImage(`${name}-image`, { name: watchdog.image, keepLocally: true }, opts);
  new docker.Container(
    `${name}-container`,
    {
      ...CONFINED,
      name: dockerNames.watchdog(app),
      // By it the watchdog names itself in records.
      hostname: `${app.name}-watchdog`,
      image: image.imageId,
      // Which group may open the socket differs from host to host; its owner is root, but where users are remapped.
      user: socketGroup === undefined ? "0:0" : `${USER}:${socketGroup}`,
      command: [
        ...["watchdog", "--docker", `unix://${SOCKET}`, "--namespace", app.namespace, "--app", app.name],
        ...(alerts === undefined ? [] : ["--listen", `0.0.0.0:${alerts.port}`]),
      ],
      envs: alerts === undefined ? [] : [pulumi.interpolate`${TOKEN_VARIABLE}=${tokenOf(secrets, stack)}`],
      memory: 256,
      memorySwap: 256,
      ports:
        alerts === undefined
          ? []
          : [{ internal: alerts.port, external: alerts.port, ip: alerts.address, protocol: "tcp" }],
      mounts: [{ type: "bind", source: socketOf(stack, watchdog), target: SOCKET }],
      networksAdvanced: [{ name: network.name, ipv4Address: watchdogAddress(host) }],
      healthcheck: { tests: ["CMD", "node", "-e", PING], ...HEALTH },
      labels: labelList({ [CONTAINER_LABELS.app]: app.name, [CONTAINER_LABELS.namespace]: app.namespace }),
      // A way back that has begun may end.
      stopTimeout: 30,
      destroyGraceSeconds: 30,
      wait: true,
      waitTimeout: 60,
    },
    // Name, address and port are fixed.
    { ...opts, deleteBeforeReplace: true },
  );
}

/** What of a stack's secrets its service gets: all but the watchdog's token. */
export function secretsOfService(secrets: pulumi.Input<Secrets>, stack: DockerStack): pulumi.Input<Secrets> {
  const name = tokenName(stack);
  return name === undefined ? secrets : pulumi.output(secrets).apply(({ [name]: _, ...rest }) => rest);
}

/** On the host itself: an engine that is reached over the network has a socket there, too. */
function socketOf({ docker: { host = "" } }: DockerStack, { socket }: Watchdog): string {
  return socket ?? (host.startsWith("unix://") ? host.slice("unix://".length) : SOCKET);
}

/** @throws Error, when the stack is made, for a token that is missing or too short */
function tokenOf(secrets: pulumi.Input<Secrets>, stack: DockerStack): pulumi.Output<string> {
  const token = pulumi.output(secrets).apply((all) => {
    const [problem] = findTokenProblems(all, stack);
    if (problem !== undefined) throw new Error(problem);
    return all[tokenName(stack) ?? ""] ?? "";
  });
  return pulumi.secret(token);
}
