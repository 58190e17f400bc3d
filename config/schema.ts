import { z } from "zod";
import { appSchema } from "./app.ts";
import { audienceSchema } from "./audience.ts";
import { checksSchema, type Checks } from "./checks.ts";
import { databaseSchema } from "./database.ts";
import { flagsSchema } from "./flags.ts";
import { gateSchema } from "./gate.ts";
import { metricsSchema, type Metrics } from "./metrics.ts";
import { observabilitySchema } from "./observability.ts";
import { otherSlot, releaseStateSchema } from "./release-state.ts";
import { findUnsupported } from "./router-abilities.ts";
import { routerSchema } from "./router.ts";
import { strategySchema, type BlueGreen, type Canary, type Strategy } from "./strategy.ts";
import { workloadSchema } from "./workload.ts";

const sections = z.strictObject({
  app: appSchema.describe("The service."),
  workload: workloadSchema.describe("Its pods."),
  router: routerSchema.describe("What splits the traffic."),
  strategy: strategySchema.describe("How a new version gets the traffic."),
  audience: audienceSchema.describe("Who sees a candidate first, and who never does."),
  gate: gateSchema.describe("When a release goes on, and when it goes back."),
  checks: checksSchema.optional().describe("What a candidate must answer before any user sees it."),
  metrics: metricsSchema.optional().describe("Where the gate reads."),
  database: databaseSchema.describe("Changes of the database around a release."),
  flags: flagsSchema.describe("Feature flags, changed without deploying."),
  observability: observabilitySchema.describe("Alerts, monitors and dashboard."),
  release: releaseStateSchema.describe("What serves. Written by the release program."),
});

/** Everything that a stack file says under `sluice:`. Durations are milliseconds after parsing. */
export const stackSchema = sections.superRefine((stack, ctx) => {
  const add = (path: readonly (string | number)[], message: string, input?: unknown) => {
    ctx.addIssue({ code: "custom", path: [...path], message, input });
  };
  for (const { message, path } of findUnsupported(stack.router, stack.strategy, stack.audience)) add(path, message);
  checkState(stack, add);
  if (isDriven(stack.strategy)) {
    for (const key of ["checks", "metrics"] as const) {
      if (stack[key] === undefined) add([key], `is missing: strategy ${stack.strategy.kind} needs it`);
    }
  }
  checkContraction(stack, add);
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
  if ((strategy.kind === "rolling" || strategy.kind === "argo") && candidate !== undefined) {
    add(["release", "candidate"], `strategy ${strategy.kind} has no candidate: change the live version`, candidate);
  }
  if (strategy.kind === "experiment" && weight !== 0 && weight !== strategy.percent) {
    add(["release", "weight"], `an experiment runs at strategy.percent (${strategy.percent}) or 0`, weight);
  }
  if (isDriven(strategy) && strategy.scaleDownDelay < strategy.bake) {
    add(["strategy", "scaleDownDelay"], "is shorter than bake: the old version must be warm while it may come back");
  }
}

/** What an older version needs goes only when no older version can come back. */
function checkContraction({ database, release }: Sections, add: Add): void {
  const approved = database?.contract?.approvedFor;
  if (approved === undefined) return;
  const path = ["database", "contract", "approvedFor"];
  const live = release[release.live]?.version;
  const idle = release[otherSlot(release.live)];
  if (live !== undefined && approved !== live) add(path, `is not the live version (${live})`, approved);
  if (release.candidate !== undefined)
    add(path, "a release is under way: the old version can still come back", approved);
  else if (idle !== undefined && idle.replicas > 0) {
    add(
      path,
      `version ${idle.version} is still warm (${idle.replicas} pods) and could come back: scale it to 0 first`,
      approved,
    );
  }
}

export type StackConfig = z.infer<typeof stackSchema>;

/** A stack whose releases the release program drives: step by step, with the gate on. */
export type DrivenConfig = Omit<StackConfig, "strategy" | "checks" | "metrics"> & {
  readonly strategy: Canary | BlueGreen;
  readonly checks: Checks;
  readonly metrics: Metrics;
};

function isDriven(strategy: Strategy): strategy is Canary | BlueGreen {
  return strategy.kind === "canary" || strategy.kind === "blueGreen";
}

/** Whether the release program moves this stack's traffic; else Kubernetes or Argo does, or the split is fixed. */
export function isDrivenConfig(stack: StackConfig): stack is StackConfig & DrivenConfig {
  return isDriven(stack.strategy) && stack.checks !== undefined && stack.metrics !== undefined;
}
