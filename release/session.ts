import path from "node:path";
import type { App } from "../config/app.ts";
import type { ReleaseState } from "../config/release-state.ts";
import { isEdge } from "../config/router.ts";
import { isDrivenConfig, type DrivenConfig, type StackConfig } from "../config/schema.ts";
import { hasSlots } from "../config/strategy.ts";
import { createLocalAnswers, withLocalAnswers } from "./adapters/approvals.ts";
import { createContainers } from "./adapters/docker/containers.ts";
import { createEdgeSwitch, findEdge } from "./adapters/docker/edge-switch.ts";
import { connectDockerHost } from "./adapters/docker/engine-client.ts";
import { openHostPlace } from "./adapters/docker/host-place.ts";
import { createHttpChecker } from "./adapters/http-checker.ts";
import type { ReleaseArchive } from "./adapters/journal-events.ts";
import { openClusterPlace } from "./adapters/kubernetes-place.ts";
import { createKubernetesPods } from "./adapters/kubernetes-pods.ts";
import { connectCluster } from "./adapters/kubernetes.ts";
import { findSwitchLater, openStackLater } from "./adapters/later.ts";
import type { AnsweredApprovals, Place } from "./adapters/place.ts";
import { createPrometheusSource } from "./adapters/prometheus.ts";
import { readStackFile, stackFilePath } from "./adapters/stack-file.ts";
import { createRollout } from "./adapters/switches/argo.ts";
import { findParts } from "./adapters/switches/parts.ts";
import { createTrafficSwitch } from "./adapters/switches/traffic-switch.ts";
import { systemClock } from "./adapters/system-clock.ts";
import type { AbortPorts } from "./abort.ts";
import type { RolloutPorts } from "./abort-rollout.ts";
import { UserError } from "./errors.ts";
import type { Lease, MetricsSource, Ports, Reporter, StackDriver, TrafficSwitch } from "./ports.ts";
import type { SwitchPorts } from "./switch.ts";

/** How long a release program may be silent until it is taken for dead. */
const LEASE_MS = 15_000;

export interface SessionOptions {
  /** Directory of the Pulumi project. */
  readonly project: string;
  readonly stack: string;
  /** Where approvals may be written. */
  readonly approveFile?: string;
}

/** A service with two slots, and what moves its traffic: no gate, no checks. */
export interface SwitchSession {
  readonly config: StackConfig;
  readonly ports: SwitchPorts;
}

/** A stack's configuration, and the world around it. */
export interface Session {
  readonly config: DrivenConfig;
  readonly ports: Ports;
}

/** What takes a service's traffic back, by who moves it: Argo, a release, or nobody step by step. */
export type WayBack =
  | { readonly by: "argo"; readonly release: ReleaseState; readonly ports: RolloutPorts }
  | ({ readonly by: "release" } & Session)
  | ({ readonly by: "nobody" } & SwitchSession);

/** What the place where a service runs tells of it; needs no Pulumi. */
export interface View {
  readonly config: StackConfig;
  readonly traffic: TrafficSwitch;
  readonly lease: Lease;
  readonly archive: ReleaseArchive;
}

/** For commands that only read. */
export const SILENT: Reporter = { report: () => undefined, close: () => undefined };

/**
 * Opens what a command looks at. Changes nothing.
 *
 * @throws UserError or ConfigError when something the user can set right is wrong
 */
export async function openView(options: SessionOptions): Promise<View> {
  const service = await openService(options);
  const { lease, traffic } = switchPorts(service, SILENT);
  const { config, place } = service;
  return { config, traffic, lease, archive: place.journal };
}

/**
 * Reads the stack file and connects to where the service runs; Pulumi is not needed before the stack is to be brought up to date.
 * Changes nothing.
 *
 * @throws UserError or ConfigError when something the user can set right is wrong
 */
export async function openSwitch(options: SessionOptions, reporter: Reporter): Promise<SwitchSession> {
  const service = await openService(options);
  return { config: service.config, ports: switchPorts(service, reporter) };
}

/**
 * What moves a service's traffic, with nothing but the cluster: for the way back where the stack file is not at hand, or
 * cannot be read. Its calls throw a UserError when no router of this app carries a release state.
 */
export function openSwitchOf(app: App, reporter: Reporter): AbortPorts {
  const cluster = connectCluster();
  const traffic = findSwitchLater(async () =>
    createTrafficSwitch(cluster, await findParts(cluster, app), createKubernetesPods(cluster, app)),
  );
  return { clock: systemClock, traffic, reporter };
}

/**
 * The same on a Docker host, where the app must have an edge.
 *
 * @param host address of its engine; without it: that of the environment
 */
export function openEdgeOf(app: App, host: string | undefined, reporter: Reporter): AbortPorts {
  const engine = connectDockerHost({ host });
  const traffic = findSwitchLater(async () =>
    createEdgeSwitch(engine, app, await findEdge(engine, app), createContainers(engine, app)),
  );
  return { clock: systemClock, traffic, reporter };
}

/**
 * Opens what a release works with. Changes nothing.
 *
 * @throws UserError or ConfigError when something the user can set right is wrong
 */
export async function openSession(options: SessionOptions, reporter: Reporter): Promise<Session> {
  const service = await openService(options);
  requireSlots(service.config);
  const config = requireDriven(service.config);
  const ports = releasePorts(service, config, reporter, options.approveFile);
  const { openPulumiStack } = await import("./adapters/pulumi-stack.ts");
  return { config, ports: { ...ports, stack: await openPulumiStack(service.directory, service.stack) } };
}

/**
 * Opens what takes a service's traffic back. Pulumi is not needed before the traffic is safe.
 *
 * @throws UserError or ConfigError when something the user can set right is wrong
 */
export async function openWayBack(options: SessionOptions, reporter: Reporter): Promise<WayBack> {
  const service = await openService(options);
  const { config } = service;
  if (config.strategy.kind === "argo") {
    const rollout = createRollout(connectCluster(), config.app);
    const ports = { clock: systemClock, rollout, stack: stackOf(service), reporter };
    return { by: "argo", release: config.release, ports };
  }
  if (isDrivenConfig(config)) return { by: "release", config, ports: releasePorts(service, config, reporter) };
  return { by: "nobody", config, ports: switchPorts(service, reporter) };
}

/** A service as its stack file declares it, and where it runs. */
interface Service {
  readonly directory: string;
  readonly stack: string;
  readonly config: StackConfig;
  readonly place: Place;
}

async function openService({ project, stack }: SessionOptions): Promise<Service> {
  const directory = path.resolve(project);
  const config = await readStackFile(stackFilePath(directory, stack));
  return { directory, stack, config, place: openPlace(config) };
}

/**
 * Where the service of a stack runs: on a Docker host, or in the cluster that `KUBECONFIG` names.
 *
 * @throws UserError where this program has nothing to do
 */
export function openPlace({ app, docker, router }: Pick<StackConfig, "app" | "docker" | "router">): Place {
  if (router.kind === "port") {
    throw new UserError('router port has no releases that this program knows of: "pulumi up" replaces the container.');
  }
  if (!isEdge(router) || docker === undefined) return openClusterPlace(connectCluster(), app, router);
  return openHostPlace(connectDockerHost(docker), app, router, docker);
}

function stackOf({ directory, stack }: Service): StackDriver {
  return openStackLater(directory, stack);
}

/** @throws UserError when the service has no slots to switch between */
function switchPorts(service: Service, reporter: Reporter): SwitchPorts {
  const { config, place } = service;
  requireSlots(config);
  return {
    clock: systemClock,
    traffic: place.traffic,
    pods: place.pods,
    stack: stackOf(service),
    journal: place.journal,
    lease: place.openLease(LEASE_MS),
    reporter,
  };
}

function releasePorts(service: Service, config: DrivenConfig, reporter: Reporter, approveFile?: string): Ports {
  const { place } = service;
  return {
    ...switchPorts(service, reporter),
    metrics: openCounters(config),
    jobs: place.jobs,
    checker: createHttpChecker(place.routeChecks(config.checks), systemClock, process.env),
    approvals: withLocalAnswers(place.approvals, createLocalAnswers(approveFile, process.env, systemClock)),
  };
}

/** Opens the stack file and what counts the traffic: no Pulumi, no cluster. */
export async function openMetrics({ project, stack }: SessionOptions) {
  const config = requireDriven(await readStackFile(stackFilePath(path.resolve(project), stack)));
  return { config, ports: { clock: systemClock, metrics: openCounters(config) } };
}

function openCounters(config: DrivenConfig): MetricsSource {
  return createPrometheusSource(config.metrics.prometheus, systemClock);
}

/** Opens the place where questions of a release wait for answers; needs no Pulumi. */
export async function openApprovals({ project, stack }: SessionOptions): Promise<AnsweredApprovals> {
  return openPlace(await readStackFile(stackFilePath(path.resolve(project), stack))).approvals;
}

/** @throws UserError when the service has no slots to switch between */
function requireSlots({ strategy }: StackConfig): void {
  if (!hasSlots(strategy)) {
    const movedBy = { rolling: "Kubernetes", argo: "Argo", replace: "Pulumi, when it replaces the container" };
    throw new UserError(
      `strategy ${strategy.kind} has no slots: its traffic is moved by ${movedBy[strategy.kind]}. ` +
        'Declare the version that is to serve in sluice:release, and run "pulumi up".',
    );
  }
}

/** @throws UserError when this program does not move the stack's traffic step by step */
function requireDriven(config: StackConfig): DrivenConfig {
  const { router, strategy } = config;
  if (!isDrivenConfig(config)) {
    throw new UserError(
      `strategy ${strategy.kind} is not driven by this program: change sluice:release and run "pulumi up". ` +
        "Driven are canary and blueGreen.",
    );
  }
  const groups = router.kind === "kong" ? router.canaryPlugin?.groups : undefined;
  if (
    groups !== undefined &&
    config.strategy.kind === "canary" &&
    config.strategy.weights.some(({ weight }) => weight < 100)
  ) {
    throw new UserError(
      "between 0 and 100 % Kong's plugin sends over the consumers in sluice:router.canaryPlugin.groups and nobody else, " +
        "so that no weight is ever in force: take another hash, strategy blueGreen, or weights [100].",
    );
  }
  return config;
}
