import { z } from "zod";
import { appSchema } from "./app.ts";
import { findArgoFaults } from "./argo-strategy.ts";
import { audienceSchema } from "./audience.ts";
import { checksSchema, type Checks } from "./checks.ts";
import { findContractionProblems } from "./contraction.ts";
import { databaseSchema } from "./database.ts";
import { findDockerProblems } from "./docker-host.ts";
import { dockerSchema } from "./docker.ts";
import { drillSchema } from "./drill.ts";
import { flagsSchema } from "./flags.ts";
import { gateSchema } from "./gate.ts";
import { findGateProblems } from "./gate-checks.ts";
import { findUnmeasurable } from "./metric-checks.ts";
import { metricsSchema, type Metrics } from "./metrics.ts";
import { notifySchema } from "./notify.ts";
import { observabilitySchema } from "./observability.ts";
import { releaseStateSchema, SLOTS } from "./release-state.ts";
import { findUnsupported } from "./router-abilities.ts";
import { routerSchema } from "./router.ts";
import { findConflicts } from "./routing-conflicts.ts";
import { findHoldbackProblems, findStageProblems } from "./stages.ts";
import { hasSlots, isDriven, strategySchema, type BlueGreen, type Canary } from "./strategy.ts";
import { findWatchdogProblems, watchdogSchema } from "./watchdog.ts";
import { workloadSchema } from "./workload.ts";

const sections = z.strictObject({
  app: appSchema.describe("The service."),
  workload: workloadSchema.describe("Its pods."),
  router: routerSchema.describe("What splits the traffic."),
  docker: dockerSchema.describe(
    "The Docker host that runs the service, for routers nginx, traefik and port; the others are in a cluster.",
  ),
  strategy: strategySchema.describe("How a new version gets the traffic."),
  audience: audienceSchema.describe("Who sees a candidate first, and who never does."),
  gate: gateSchema.describe("When a release goes on, and when it goes back."),
  checks: checksSchema.optional().describe("What a candidate must answer before any user sees it."),
  metrics: metricsSchema.optional().describe("Where the gate reads."),
  notify: notifySchema.describe("Who is told of a release, beside those who watch it."),
  database: databaseSchema.describe("Changes of the database around a release."),
  flags: flagsSchema.describe("Feature flags, changed without deploying."),
  observability: observabilitySchema.describe("Alerts, monitors and dashboard."),
  drill: drillSchema.describe("Faults that are injected on purpose, to see that a bad version is taken off."),
  watchdog: watchdogSchema.describe("Who takes the traffic back when a release program dies."),
  release: releaseStateSchema.describe("What serves. Written by the release program."),
});

/** Everything that a stack file says under `sluice:`. Durations are milliseconds after parsing. */
export const stackSchema = sections.superRefine((stack, ctx) => {
  const add = (path: readonly (string | number)[], message: string, input?: unknown) => {
    ctx.addIssue({ code: "custom", path: [...path], message, input });
  };
  for (const { message, path } of findUnsupported(stack.router, stack.strategy, stack.audience)) add(path, message);
  for (const { input, message, path } of findConflicts(stack)) add(path, message, input);
  for (const { message, path } of findUnmeasurable(stack)) add(path, message);
  for (const { input, message, path } of findGateProblems(stack)) add(path, message, input);
  for (const { input, message, path } of findDockerProblems(stack)) add(path, message, input);
  for (const { input, message, path } of findWatchdogProblems(stack)) add(path, message, input);
  checkState(stack, add);
  checkAutoscaling(stack, add);
  if (stack.strategy.kind === "canary") {
    const { holdback, weights } = stack.strategy;
    for (const { message, path } of findStageProblems(weights, stack.gate)) add(path, message);
    for (const { message, path } of findHoldbackProblems(weights, holdback)) add(path, message);
  }
  if (isDriven(stack.strategy)) {
    for (const key of ["checks", "metrics"] as const) {
      if (stack[key] === undefined) add([key], `is missing: strategy ${stack.strategy.kind} needs it`);
    }
  }
  if (stack.strategy.kind === "replace" && stack.checks === undefined) {
    add(["checks"], "is missing: strategy replace needs it, to know whether the old container may go");
  }
  checkHandedOver(stack, add);
  for (const { input, message, path } of findContractionProblems(stack.database, stack.release)) {
    add(path, message, input);
  }
  for (const [name, { segments }] of Object.entries(stack.flags)) {
    segments.forEach((segment, i) => {
      if (stack.audience.segments.some((known) => known.name === segment)) return;
      add(["flags", name, "segments", i], "is no segment of sluice:audience", segment);
    });
  }
});

type Sections = z.infer<typeof sections>;
type Add = (path: readonly (string | number)[], message: string, input?: unknown) => void;

/** Not every strategy has two versions at a time. */
function checkState({ release, strategy }: Sections, add: Add): void {
  const { candidate, weight } = release;
  if (!hasSlots(strategy) && candidate !== undefined) {
    add(["release", "candidate"], `strategy ${strategy.kind} has no candidate: change the live version`, candidate);
  }
  if (strategy.kind === "experiment" && weight !== 0 && weight !== strategy.percent) {
    add(["release", "weight"], `an experiment runs at strategy.percent (${strategy.percent}) or 0`, weight);
  }
}

/** The slots' replicas are the autoscaler's lower bound. */
function checkAutoscaling({ release, strategy, workload }: Sections, add: Add): void {
  const max = workload.autoscaling?.max;
  if (max === undefined) return;
  const lower = [
    ["strategy.replicas", strategy.replicas],
    ...SLOTS.map((slot) => [`release.${slot}.replicas`, release[slot]?.replicas ?? 0] as const),
  ] as const;
  for (const [where, replicas] of lower) {
    if (replicas > max) add(["workload", "autoscaling", "max"], `is below ${where} (${replicas})`, max);
  }
}

/** Where others than this project move the traffic, there is nobody to send first, and Argo needs somebody to ask. */
function checkHandedOver({ audience, metrics, strategy }: Sections, add: Add): void {
  if (hasSlots(strategy)) return;
  const used = { segments: audience.segments.length > 0, sticky: audience.sticky, mirror: audience.mirror };
  for (const [key, value] of Object.entries(used)) {
    if (value === undefined || value === false) continue;
    add(["audience", key], `strategy ${strategy.kind} treats all users alike: remove it, or take strategy canary`);
  }
  if (strategy.kind !== "argo") return;
  if (metrics === undefined) add(["metrics"], "is missing: strategy argo needs it");
  else
    for (const { message, path } of findArgoFaults(strategy, metrics.scrapeInterval))
      add(["strategy", ...path], message);
}

export type StackConfig = z.infer<typeof stackSchema>;

/** A stack whose releases the release program drives: step by step, with the gate on. */
export type DrivenConfig = Omit<StackConfig, "strategy" | "checks" | "metrics"> & {
  readonly strategy: Canary | BlueGreen;
  readonly checks: Checks;
  readonly metrics: Metrics;
};

/** Whether the release program moves this stack's traffic; else Kubernetes or Argo does, or the split is fixed. */
export function isDrivenConfig(stack: StackConfig): stack is StackConfig & DrivenConfig {
  return isDriven(stack.strategy) && stack.checks !== undefined && stack.metrics !== undefined;
}
