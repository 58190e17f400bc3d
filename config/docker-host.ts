import type { App } from "./app.ts";
import type { Docker } from "./docker.ts";
import { SLOTS, type Slot } from "./release-state.ts";
import type { Conflict } from "./routing-conflicts.ts";
import { isOnHost } from "./router.ts";
import type { StackConfig } from "./schema.ts";
import { hasSlots } from "./strategy.ts";
import { workloadSchema, type Workload } from "./workload.ts";

/** Names of what is made on a Docker host for an app. */
export const dockerNames = {
  network: (app: App): string => app.namespace,
  edge: (app: Pick<App, "name" | "namespace">): string => `${app.namespace}-${app.name}-edge`,
  /** Volume with the edge's configuration. */
  edgeVolume: (app: App): string => `${app.namespace}-${app.name}-edge`,
  /** The container that takes the traffic off a version whose release program has died. */
  watchdog: (app: App): string => `${app.namespace}-${app.name}-watchdog`,
  /** A container of the service; `index` counts from 0. */
  container: (app: App, slot: Slot, index: number): string => `${app.namespace}-${app.name}-${slot}-${index}`,
  /** The only container of a service that has a port of the host. */
  lone: (app: Pick<App, "name" | "namespace">): string => `${app.namespace}-${app.name}`,
  /** Volume with the settings that a version took along. */
  settings: (app: App, slot: Slot, version: string): string => `${app.namespace}-${app.name}-${slot}-${version}`,
};

/**
 * User and group of the edge and of its files: who changes the routing works in the edge's container as this user. It is
 * that of nginx in its official image; Traefik needs none of its own.
 */
export const EDGE_USER = "101:101";

/** The first and the second quarter after the one that is left to the engine, the edge and other containers. */
const QUARTERS: Readonly<Record<Slot, number>> = { blue: 1, green: 2 };

/** Containers that a slot has addresses for. */
export function mostReplicas({ subnet }: Pick<Docker, "subnet">): number {
  return sizeOf(subnet) / 4;
}

/** The fixed address of a container of the service: the edge is told addresses, which no restart changes. */
export function containerAddress({ subnet }: Pick<Docker, "subnet">, slot: Slot, index: number): string {
  return addressAt(subnet, (sizeOf(subnet) / 4) * QUARTERS[slot] + index);
}

/** The edge's own address on the network, behind the engine's. */
export function edgeAddress({ subnet }: Pick<Docker, "subnet">): string {
  return addressAt(subnet, 2);
}

/** The watchdog's: with one that the engine chose it could start before the edge, and take the edge's. */
export function watchdogAddress({ subnet }: Pick<Docker, "subnet">): string {
  return addressAt(subnet, 3);
}

/** The addresses that the engine may give to containers that ask for none, as a network. */
export function freeRange({ subnet }: Pick<Docker, "subnet">): string {
  const [, bits] = subnet.split("/");
  return `${addressAt(subnet, 0)}/${Number(bits) + 2}`;
}

function sizeOf(subnet: string): number {
  return 2 ** (32 - Number(subnet.split("/")[1]));
}

function addressAt(subnet: string, offset: number): string {
  const [network = ""] = subnet.split("/");
  const number = network.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const first = number - (number % sizeOf(subnet));
  return [24, 16, 8, 0].map((shift) => Math.floor((first + offset) / 2 ** shift) % 256).join(".");
}

type Sections = Pick<
  StackConfig,
  "database" | "docker" | "flags" | "observability" | "release" | "router" | "strategy" | "workload"
>;

/** Every setting that a Docker host cannot carry out, and a Docker host where there is a cluster. */
export function findDockerProblems(stack: Sections): readonly Conflict[] {
  const { docker, router, strategy, workload } = stack;
  if (!isOnHost(router)) {
    const message = `is for routers nginx, traefik and port, not ${router.kind}: remove it`;
    return docker === undefined ? [] : [{ path: ["docker"], message }];
  }
  if (docker === undefined) {
    const message = `is missing: router ${router.kind} is on a Docker host; "sluice:docker: {}" is the one at hand`;
    return [{ path: ["docker"], message }];
  }
  // Strategies that no router of a host takes are refused by the router's abilities.
  if (!hasSlots(strategy) && strategy.kind !== "replace") return [];
  const ofCluster = [...findClusterSettings(workload), ...findClusterSections(stack)];
  return [
    ...ofCluster,
    ...(strategy.kind === "replace" ? findLoneProblems(stack, docker) : findCrowding(stack, docker)),
  ];
}

/** What one container with a port of the host cannot be. */
function findLoneProblems({ release, router }: Sections, { host }: Docker): readonly Conflict[] {
  const replicas = release[release.live]?.replicas;
  const isFar = host !== undefined && !host.startsWith("unix://");
  return [
    ...(replicas === 1
      ? []
      : [
          {
            path: ["release", release.live, "replicas"],
            message: "is not 1: one container has the port",
            input: replicas,
          },
        ]),
    ...(router.kind === "port" && isFar && router.candidateUrl === undefined
      ? [{ path: ["router", "candidateUrl"], message: `is missing: the engine at ${host} is not at hand` }]
      : []),
  ];
}

const ADVICE: Readonly<Partial<Record<keyof Workload, string>>> = {
  autoscaling: "a Docker host has one size: remove it, and set the replicas",
  disruption: "nothing is evicted from a Docker host: remove it",
  networkPolicy: "nothing but the edge is published on a Docker host: remove it",
  probes: "on a Docker host the containers' state is told by docker.health: remove it",
  pullSecrets: "on a Docker host the engine's client logs in (docker login): remove them",
  serviceAccount: "a Docker host has none: remove it",
  spread: "a Docker host is one host: remove it",
};

function findClusterSettings(workload: Workload): readonly Conflict[] {
  const defaults = workloadSchema.parse(undefined);
  return Object.entries(ADVICE).flatMap(([key, message]): Conflict[] => {
    const [given, plain] = [workload, defaults].map((of) => JSON.stringify(of[key as keyof Workload]));
    return given === plain ? [] : [{ path: ["workload", key], message }];
  });
}

function findClusterSections({ database, flags, observability }: Sections): readonly Conflict[] {
  const message = "needs a cluster: remove it, or take a router of Kubernetes";
  const { dashboard, monitor, rules } = observability;
  const used = {
    database: database !== undefined,
    flags: Object.keys(flags).length > 0,
    observability: dashboard || rules || monitor !== "none",
  };
  return Object.entries(used).flatMap(([key, isUsed]) => (isUsed ? [{ path: [key], message }] : []));
}

function findCrowding({ release, strategy }: Sections, docker: Docker): readonly Conflict[] {
  const most = mostReplicas(docker);
  const message = `is more than docker.subnet ${docker.subnet} has addresses for (${most})`;
  const asked = [
    { path: ["strategy", "replicas"], input: strategy.replicas },
    ...SLOTS.map((slot) => ({ path: ["release", slot, "replicas"], input: release[slot]?.replicas ?? 0 })),
  ];
  return asked.filter(({ input }) => input > most).map(({ input, path }) => ({ path, message, input }));
}
