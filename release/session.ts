import path from "node:path";
import { metricSource } from "../config/metric-presets.ts";
import { counterPreset } from "../config/metric-source.ts";
import type { IstioRouter } from "../config/router.ts";
import { isDrivenConfig, type DrivenConfig, type StackConfig } from "../config/schema.ts";
import { createHttpChecker } from "./adapters/http-checker.ts";
import { createIstioSwitch } from "./adapters/istio-switch.ts";
import { createKubernetesJobs } from "./adapters/kubernetes-jobs.ts";
import { createKubernetesPods } from "./adapters/kubernetes-pods.ts";
import { connectCluster } from "./adapters/kubernetes.ts";
import { createPrometheusSource } from "./adapters/prometheus.ts";
import { openPulumiStack } from "./adapters/pulumi-stack.ts";
import { readStackFile, stackFilePath } from "./adapters/stack-file.ts";
import { systemClock } from "./adapters/system-clock.ts";
import { messageOf, UserError } from "./errors.ts";
import { readBaseline } from "./read-baseline.ts";
import type { Ports, Reporter } from "./ports.ts";

export interface SessionOptions {
  /** Directory of the Pulumi project. */
  readonly project: string;
  readonly stack: string;
}

/** A stack's configuration, and the world around it. */
export interface Session {
  readonly config: DrivenConfig;
  readonly ports: Ports;
}

/**
 * Reads the configuration and opens what a command works with. Changes nothing.
 *
 * @throws UserError or ConfigError when something the user can set right is wrong
 */
export async function openSession({ project, stack }: SessionOptions, reporter: Reporter): Promise<Session> {
  const directory = path.resolve(project);
  const config = requireDriven(await readStackFile(stackFilePath(directory, stack)));
  const { app, checks, metrics, router } = config;
  const cluster = connectCluster();
  const pods = createKubernetesPods(cluster, app);
  const ports = {
    clock: systemClock,
    metrics: createPrometheusSource(metrics.prometheus, systemClock),
    stack: await openPulumiStack(directory, stack),
    traffic: createIstioSwitch(cluster, app, pods),
    pods,
    jobs: createKubernetesJobs(cluster, app),
    checker: createHttpChecker(checks.baseUrl, router.hosts[0] ?? app.name, systemClock),
    reporter,
  };
  return { config, ports };
}

/** @throws UserError when this program does not move the stack's traffic */
function requireDriven(config: StackConfig): DrivenConfig & { readonly router: IstioRouter } {
  const { router, strategy } = config;
  if (!isDrivenConfig(config)) {
    throw new UserError(
      `strategy ${strategy.kind} is not driven by this program: change sluice:release and run "pulumi up". ` +
        "Driven are canary and blueGreen.",
    );
  }
  if (router.kind !== "istio") {
    throw new UserError(
      `traffic of router ${router.kind} is moved by "pulumi up": change sluice:release (weight, and serial by 1). ` +
        "This program moves that of istio.",
    );
  }
  return { ...config, router };
}

/**
 * Makes sure before the start that a release could be watched and taken back: the cluster answers and agrees with the
 * stack file, and Prometheus counts the live version and times its answers.
 *
 * @throws UserError that lists everything that is missing
 */
export async function checkGround({ config, ports }: Session): Promise<void> {
  const found = await Promise.all([findStaleFile(config, ports), findMissingMetrics(config, ports)]);
  const problems = found.filter((problem) => problem !== undefined);
  if (problems.length > 0)
    throw new UserError(
      ["Nothing was changed: a release cannot start.", ...problems.map((p) => `  - ${p}`)].join("\n"),
    );
}

async function findStaleFile({ release }: DrivenConfig, { traffic }: Ports): Promise<string | undefined> {
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
      await readBaseline(config, metrics);
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
