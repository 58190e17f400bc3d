import { z } from "zod";
import type { Conflict } from "./routing-conflicts.ts";
import { imageReference } from "./release-state.ts";
import { isEdge, isOnHost } from "./router.ts";
import type { StackConfig } from "./schema.ts";
import { isDriven } from "./strategy.ts";
import { dnsLabel, port } from "./text.ts";

/** Where the watchdog's process finds the token that Alertmanager has to send. */
export const TOKEN_VARIABLE = "SLUICE_WATCHDOG_TOKEN";

/** Characters that a token has at least. */
export const SHORTEST_TOKEN = 16;

const LOOPBACK = "127.0.0.1";

export const watchdogSchema = z
  .strictObject({
    image: imageReference.describe("Image of the release program, built from `release/Dockerfile`."),
    alerts: z
      .strictObject({
        tokenSecret: z
          .string()
          .min(1)
          .describe(
            `What Alertmanager sends as bearer token, ${SHORTEST_TOKEN} characters at least. In a cluster: a Secret in the ` +
              "service's namespace, with the token under its key `token`. On a Docker host: a name under `sluice:secrets`, " +
              "which the service itself does not get.",
          ),
        port: port
          .default(8090)
          .describe("Port for `POST /alerts`: of the Service `<app>-watchdog`, or of the Docker host."),
        address: z
          .ipv4()
          .default(LOOPBACK)
          .describe("Address of the Docker host on which the port is published; `0.0.0.0`: on all of them."),
      })
      .optional()
      .describe("Whether critical alerts of Alertmanager take the traffic off a version under release."),
    apiServer: z
      .string()
      .regex(/^[^:/]+:\d+$/, "write it as host:port")
      .optional()
      .describe("Address of the API server, where pods cannot reach it by its Service."),
    socket: z
      .string()
      .regex(/^\/\S+$/, "write it as a path of the host, for example /var/run/docker.sock")
      .optional()
      .describe(
        "Path of the engine's socket on the Docker host. Without it: that of `docker.host` where this is `unix://`, else " +
          "`/var/run/docker.sock`.",
      ),
    socketGroup: z
      .int()
      .min(1)
      .optional()
      .describe(
        "Number of the group whose the socket is on the Docker host (`stat -c %g /var/run/docker.sock`): the container runs as " +
          "user 65532 of this group. Without it: as root, without capabilities.",
      ),
  })
  .optional();

export type Watchdog = NonNullable<z.infer<typeof watchdogSchema>>;

type Sections = Pick<StackConfig, "router" | "strategy" | "watchdog">;

/** What of a watchdog has no meaning where the service runs. */
export function findWatchdogProblems({ router, strategy, watchdog }: Sections): readonly Conflict[] {
  if (watchdog === undefined) return [];
  // Only releases that this project drives have somebody to stand in for.
  if (!isDriven(strategy)) {
    const message = `strategy ${strategy.kind} has no release program that could die: remove it`;
    return [{ path: ["watchdog"], message }];
  }
  const found = isOnHost(router) ? findOfCluster(watchdog, router) : findOfHost(watchdog);
  return found.map(({ path, ...rest }) => ({ path: ["watchdog", ...path], ...rest }));
}

/** What only a cluster has, and ports of the host that are taken. */
function findOfCluster({ alerts, apiServer }: Watchdog, router: StackConfig["router"]): readonly Conflict[] {
  const taken = isEdge(router) ? (["port", "statusPort"] as const).filter((key) => router[key] === alerts?.port) : [];
  return [
    ...(apiServer === undefined ? [] : [{ path: ["apiServer"], message: "a Docker host has none: remove it" }]),
    ...taken.map((key) => ({
      path: ["alerts", "port"],
      message: `is router.${key} too: give each its own`,
      input: alerts?.port,
    })),
  ];
}

/** What only a Docker host has, and a Secret that no cluster can have. */
function findOfHost({ alerts, socket, socketGroup }: Watchdog): readonly Conflict[] {
  const name = dnsLabel.safeParse(alerts?.tokenSecret ?? "none");
  const given = {
    socket: socket !== undefined,
    socketGroup: socketGroup !== undefined,
    "alerts.address": alerts !== undefined && alerts.address !== LOOPBACK,
  };
  return [
    ...Object.entries(given).flatMap(([key, isGiven]) =>
      isGiven ? [{ path: key.split("."), message: "is for a Docker host: remove it" }] : [],
    ),
    ...(name.error?.issues ?? []).map(({ message }) => ({
      path: ["alerts", "tokenSecret"],
      message,
      input: alerts?.tokenSecret,
    })),
  ];
}
