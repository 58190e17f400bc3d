import path from "node:path";
import type { App } from "../config/app.ts";
import { metricSource } from "../config/metric-presets.ts";
import { counterPreset } from "../config/metric-source.ts";
import { serviceNames } from "../config/names.ts";
import { MARKING_ROUTERS } from "../config/router-abilities.ts";
import { isDrivenConfig, type DrivenConfig, type StackConfig } from "../config/schema.ts";
import { createClusterApprovals, createLocalAnswers, withLocalAnswers } from "./adapters/approvals.ts";
import { proxyRoute, testersRoute, type CheckRoute } from "./adapters/check-route.ts";
import { createHttpChecker, findUnset } from "./adapters/http-checker.ts";
import { createKubernetesJournal, type ReleaseArchive } from "./adapters/kubernetes-journal.ts";
import { createKubernetesJobs } from "./adapters/kubernetes-jobs.ts";
import { createKubernetesLease } from "./adapters/kubernetes-lease.ts";
import { createKubernetesPods } from "./adapters/kubernetes-pods.ts";
import { connectCluster } from "./adapters/kubernetes.ts";
import { missingStack, openStackLater } from "./adapters/lazy-stack.ts";
import { createPrometheusSource } from "./adapters/prometheus.ts";
import { connectProxy } from "./adapters/service-proxy.ts";
import { readStackFile, stackFilePath } from "./adapters/stack-file.ts";
import { createRollout } from "./adapters/switches/argo.ts";
import { findParts, partsOf } from "./adapters/switches/parts.ts";
import { createTrafficSwitch } from "./adapters/switches/traffic-switch.ts";
import { systemClock } from "./adapters/system-clock.ts";
import { findQueryProblems } from "./dry-run.ts";
import { messageOf, UserError } from "./errors.ts";
import { readBaseline } from "./read-baseline.ts";
import type { Lease, MetricsSource, Ports, Reporter, TrafficSwitch } from "./ports.ts";

/** How long a release program may be silent until it is taken for dead. */
const LEASE_MS = 15_000;

export interface SessionOptions {
  /** Directory of the Pulumi project. */
  readonly project: string;
  readonly stack: string;
  /** Where approvals may be written. */
  readonly approveFile?: string;
}

/** What moves traffic without a release: no gate, no checks. */
export type SwitchPorts = Pick<Ports, "clock" | "traffic" | "pods" | "stack" | "reporter">;

/** A service with two slots, and what moves its traffic. */
export interface SwitchSession {
  readonly config: StackConfig;
  readonly ports: SwitchPorts;
}

/** A stack's configuration, and the world around it. */
export interface Session {
  readonly config: DrivenConfig;
  readonly ports: Ports;
}

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
  const { config, ports } = await openSwitch(options, SILENT);
  const cluster = connectCluster();
  return {
    config,
    traffic: ports.traffic,
    lease: createKubernetesLease(cluster, config.app, LEASE_MS),
    archive: createKubernetesJournal(cluster, config.app),
  };
}

/**
 * Reads the stack file and connects to the cluster; Pulumi is not needed before the stack is to be brought up to date.
 * Changes nothing.
 *
 * @throws UserError or ConfigError when something the user can set right is wrong
 */
export async function openSwitch({ project, stack }: SessionOptions, reporter: Reporter): Promise<SwitchSession> {
  const directory = path.resolve(project);
  const config = await readStackFile(stackFilePath(directory, stack));
  const { app, router, strategy } = config;
  if (strategy.kind === "rolling" || strategy.kind === "argo") {
    throw new UserError(
      `strategy ${strategy.kind} has no slots: its traffic is moved by ${strategy.kind === "argo" ? "Argo" : "Kubernetes"}. ` +
        'Declare the version that is to serve in sluice:release, and run "pulumi up".',
    );
  }
  const cluster = connectCluster();
  const pods = createKubernetesPods(cluster, app);
  const traffic = createTrafficSwitch(cluster, partsOf(router, app), pods);
  return { config, ports: { clock: systemClock, traffic, pods, stack: openStackLater(directory, stack), reporter } };
}

/** A service that Argo releases, and what takes its traffic back; `undefined` for any other. */
export async function openRollout({ project, stack }: SessionOptions, reporter: Reporter) {
  const directory = path.resolve(project);
  const { app, release, strategy } = await readStackFile(stackFilePath(directory, stack));
  if (strategy.kind !== "argo") return undefined;
  const rollout = createRollout(connectCluster(), app);
  return { release, ports: { clock: systemClock, rollout, stack: openStackLater(directory, stack), reporter } };
}

/**
 * What moves a service's traffic, with nothing but the cluster: for the way back where the stack file is not at hand, or
 * cannot be read.
 *
 * @throws UserError when no router of this app carries a release state
 */
export async function openSwitchOf(app: App, reporter: Reporter): Promise<SwitchPorts> {
  const cluster = connectCluster();
  const pods = createKubernetesPods(cluster, app);
  const traffic = createTrafficSwitch(cluster, await findParts(cluster, app), pods);
  return { clock: systemClock, traffic, pods, stack: missingStack(), reporter };
}

/**
 * Opens what a release works with. Changes nothing.
 *
 * @throws UserError or ConfigError when something the user can set right is wrong
 */
export async function openSession(options: SessionOptions, reporter: Reporter): Promise<Session> {
  const { config, ports } = await openWayBack(options, reporter);
  const { openPulumiStack } = await import("./adapters/pulumi-stack.ts");
  return { config, ports: { ...ports, stack: await openPulumiStack(path.resolve(options.project), options.stack) } };
}

/** The same for a way back: Pulumi is not needed before the traffic is safe. */
export async function openWayBack(options: SessionOptions, reporter: Reporter): Promise<Session> {
  const { config: stackConfig, ports } = await openSwitch(options, reporter);
  const config = requireDriven(stackConfig);
  const { app } = config;
  const cluster = connectCluster();
  return {
    config,
    ports: {
      ...ports,
      metrics: openCounters(config),
      jobs: createKubernetesJobs(cluster, app),
      checker: createHttpChecker(checkRoute(config), systemClock, process.env),
      approvals: withLocalAnswers(
        createClusterApprovals(cluster, app, systemClock),
        createLocalAnswers(options.approveFile, process.env, systemClock),
      ),
      journal: createKubernetesJournal(cluster, app),
      lease: createKubernetesLease(cluster, app, LEASE_MS),
    },
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

/**
 * Makes sure before the start that a release could be watched and taken back: the cluster answers and agrees with the
 * stack file, Prometheus counts the live version and times its answers, and every declared gate gets a number for it.
 *
 * @throws UserError that lists everything that is missing
 */
export async function checkGround({ config, ports }: Session): Promise<void> {
  const found = await Promise.all([findStaleFile(config, ports), findMissingMetrics(config, ports)]);
  const unset = findUnset(config.checks, process.env).map(
    (name) => `environment variable ${name} is not set: a header of the checks is filled from it`,
  );
  // Where Prometheus cannot be read at all, it need not be told once for each query.
  const queries = found[1] === undefined ? await findQueryProblems(config, ports) : [];
  const problems = [...found.filter((problem) => problem !== undefined), ...queries, ...unset];
  if (problems.length > 0)
    throw new UserError(
      ["Nothing was changed: a release cannot start.", ...problems.map((p) => `  - ${p}`)].join("\n"),
    );
}

/** How the stack file differs from the cluster, in words; `undefined` when it does not. */
export async function findStaleFile(
  { release }: Pick<StackConfig, "release">,
  { traffic }: Pick<Ports, "traffic">,
): Promise<string | undefined> {
  try {
    const { serial, state } = await traffic.read();
    if (serial !== release.serial) {
      return `the stack file knows serial ${release.serial}, the cluster is at ${serial}: run "sluice sync" to bring the file up to date`;
    }
    if (state.live === release.live && state.weight === release.weight) return undefined;
    return (
      `the stack file says ${release.live} is live at weight ${release.weight} %, the cluster ${state.live} at ${state.weight} %, ` +
      'both at the same serial: "sluice sync" takes the cluster\'s word'
    );
  } catch (error) {
    return messageOf(error);
  }
}

async function findMissingMetrics(config: DrivenConfig, { clock, metrics }: Ports) {
  const { prometheus, scrapeInterval } = config.metrics;
  try {
    const { classify, selector } = counterPreset(metricSource(config));
    const series = await metrics.readCounters(selector, clock.now() - 3 * scrapeInterval);
    const live = series.some(
      ({ labels, samples }) => classify(labels)?.slot === config.release.live && samples.length > 0,
    );
    if (live) {
      await readBaseline(config, metrics, clock.now());
      return undefined;
    }
    return (
      `Prometheus at ${prometheus} has counted nothing for the live slot ${config.release.live} in the last three scrapes; ` +
      `look whether it scrapes what counts them every ${scrapeInterval / 1_000} s: ${selector}`
    );
  } catch (error) {
    return messageOf(error);
  }
}
