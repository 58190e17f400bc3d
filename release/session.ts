import path from "node:path";
import type { App } from "../config/app.ts";
import { serviceNames } from "../config/names.ts";
import type { ReleaseState } from "../config/release-state.ts";
import { MARKING_ROUTERS } from "../config/router-abilities.ts";
import { isDrivenConfig, type DrivenConfig, type StackConfig } from "../config/schema.ts";
import { createClusterApprovals, createLocalAnswers, withLocalAnswers } from "./adapters/approvals.ts";
import { proxyRoute, testersRoute, type CheckRoute } from "./adapters/check-route.ts";
import { createHttpChecker } from "./adapters/http-checker.ts";
import { createKubernetesJournal, type ReleaseArchive } from "./adapters/kubernetes-journal.ts";
import { createKubernetesJobs } from "./adapters/kubernetes-jobs.ts";
import { createKubernetesLease } from "./adapters/kubernetes-lease.ts";
import { createKubernetesPods } from "./adapters/kubernetes-pods.ts";
import { connectCluster, type Cluster } from "./adapters/kubernetes.ts";
import { missingStack, openStackLater } from "./adapters/lazy-stack.ts";
import { createPrometheusSource } from "./adapters/prometheus.ts";
import { connectProxy } from "./adapters/service-proxy.ts";
import { readStackFile, stackFilePath } from "./adapters/stack-file.ts";
import { createRollout } from "./adapters/switches/argo.ts";
import { findParts, partsOf } from "./adapters/switches/parts.ts";
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

/** What the cluster tells of a service; needs no Pulumi. */
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
  const { cluster, config } = service;
  return { config, traffic, lease, archive: createKubernetesJournal(cluster, config.app) };
}

/**
 * Reads the stack file and connects to the cluster; Pulumi is not needed before the stack is to be brought up to date.
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
 * cannot be read.
 *
 * @throws UserError when no router of this app carries a release state
 */
export async function openSwitchOf(app: App, reporter: Reporter): Promise<AbortPorts> {
  const cluster = connectCluster();
  const traffic = createTrafficSwitch(cluster, await findParts(cluster, app), createKubernetesPods(cluster, app));
  return { clock: systemClock, traffic, stack: missingStack(), reporter };
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
  const { cluster, config } = service;
  if (config.strategy.kind === "argo") {
    const rollout = createRollout(cluster, config.app);
    const ports = { clock: systemClock, rollout, stack: stackOf(service), reporter };
    return { by: "argo", release: config.release, ports };
  }
  if (isDrivenConfig(config)) return { by: "release", config, ports: releasePorts(service, config, reporter) };
  return { by: "nobody", config, ports: switchPorts(service, reporter) };
}

/** A service as its stack file declares it, and the cluster that it is in. */
interface Service {
  readonly directory: string;
  readonly stack: string;
  readonly config: StackConfig;
  readonly cluster: Cluster;
}

async function openService({ project, stack }: SessionOptions): Promise<Service> {
  const directory = path.resolve(project);
  return { directory, stack, config: await readStackFile(stackFilePath(directory, stack)), cluster: connectCluster() };
}

function stackOf({ directory, stack }: Service): StackDriver {
  return openStackLater(directory, stack);
}

/** @throws UserError when the service has no slots to switch between */
function switchPorts(service: Service, reporter: Reporter): SwitchPorts {
  const { cluster, config } = service;
  const { app, router } = config;
  requireSlots(config);
  const pods = createKubernetesPods(cluster, app);
  return {
    clock: systemClock,
    traffic: createTrafficSwitch(cluster, partsOf(router, app), pods),
    pods,
    stack: stackOf(service),
    journal: createKubernetesJournal(cluster, app),
    lease: createKubernetesLease(cluster, app, LEASE_MS),
    reporter,
  };
}

function releasePorts(service: Service, config: DrivenConfig, reporter: Reporter, approveFile?: string): Ports {
  const { cluster } = service;
  const { app } = config;
  return {
    ...switchPorts(service, reporter),
    metrics: openCounters(config),
    jobs: createKubernetesJobs(cluster, app),
    checker: createHttpChecker(checkRoute(config), systemClock, process.env),
    approvals: withLocalAnswers(
      createClusterApprovals(cluster, app, systemClock),
      createLocalAnswers(approveFile, process.env, systemClock),
    ),
  };
}

/** Through the edge where one can tell there who has answered; else straight to the candidate's pods. */
function checkRoute({ app, checks, router }: DrivenConfig): CheckRoute {
  const { baseUrl } = checks;
  if (baseUrl !== undefined && MARKING_ROUTERS.includes(router.kind)) {
    const hosts = "hosts" in router ? router.hosts : [];
    return testersRoute(baseUrl, hosts[0] ?? app.name);
  }
  return proxyRoute(() => connectProxy("services", app.namespace, serviceNames.preview(app), app.port));
}

/** Opens the stack file and what counts the traffic: no Pulumi, no cluster. */
export async function openMetrics({ project, stack }: SessionOptions) {
  const config = requireDriven(await readStackFile(stackFilePath(path.resolve(project), stack)));
  return { config, ports: { clock: systemClock, metrics: openCounters(config) } };
}

function openCounters(config: DrivenConfig): MetricsSource {
  return createPrometheusSource(config.metrics.prometheus, systemClock);
}

/** Opens the place where questions of a release wait for answers: the cluster alone, no Pulumi. */
export async function openApprovals({ project, stack }: SessionOptions) {
  const { app } = await readStackFile(stackFilePath(path.resolve(project), stack));
  return createClusterApprovals(connectCluster(), app, systemClock);
}

/** @throws UserError when the service has no slots to switch between */
function requireSlots({ strategy }: StackConfig): void {
  if (strategy.kind === "rolling" || strategy.kind === "argo") {
    throw new UserError(
      `strategy ${strategy.kind} has no slots: its traffic is moved by ${strategy.kind === "argo" ? "Argo" : "Kubernetes"}. ` +
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
