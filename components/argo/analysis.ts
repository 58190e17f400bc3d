import * as pulumi from "@pulumi/pulumi";
import type { App } from "../../config/app.ts";
import { analysisQueries, IGNORED_URIS, POD_HASH, type AnalysisWindows } from "../../config/argo-queries.ts";
import { analysisPreset, analysisWindow, silenceWindow, type Argo } from "../../config/argo-strategy.ts";
import { seconds } from "../../config/duration.ts";
import type { Metrics } from "../../config/metrics.ts";
import { AnalysisTemplate, type AnalysisTemplateSpec } from "../crds/argo.ts";

type AnalysisMetric = NonNullable<AnalysisTemplateSpec["metrics"]>[number];

export interface ArgoAnalysisArgs {
  readonly app: App;
  readonly strategy: Argo;
  readonly metrics: Metrics;
}

/** Names of the AnalysisTemplates of an app. */
export function analysisNames(app: App): readonly string[] {
  return [`${app.name}-success-rate`, `${app.name}-latency-p99`];
}

/**
 * What a Rollout tells the templates for one analysis. Only pods are told apart by version, by the hash in their names,
 * and only their metrics hold the probes' requests.
 */
export function analysisArgs(strategy: Argo, metrics: Metrics, ignoredUris = USERS_ONLY) {
  if (analysisPreset(strategy, metrics.preset) !== "spring") return [];
  return [
    { name: POD_HASH, valueFrom: { podTemplateHashValue: "Latest" as const } },
    { name: IGNORED_URIS, value: ignoredUris },
  ];
}

const USERS_ONLY = "/actuator.*";
/** Matches no address: all requests count. */
export const NO_URIS = "^$";

/** What Argo measures of a new version, and when that has failed. */
export class ArgoAnalysis extends pulumi.ComponentResource {
  static readonly __pulumiType = "sluice:index:ArgoAnalysis";

  constructor(name: string, args: ArgoAnalysisArgs, opts: pulumi.ComponentResourceOptions) {
    super(ArgoAnalysis.__pulumiType, name, {}, opts);
    const { app, metrics, strategy } = args;
    const { analysis: limits, plan } = strategy;
    const windows = windowsOf(args);
    const queries = analysisQueries(app, analysisPreset(strategy, metrics.preset), windows);
    const queryArgs = analysisArgs(strategy, metrics).map((arg) => ({ name: arg.name }));
    const declare = (role: string, ...judged: AnalysisMetric[]) =>
      new AnalysisTemplate(
        `${name}-${role}`,
        {
          metadata: { name: `${app.name}-${role}`, namespace: app.namespace },
          spec: { ...(queryArgs.length > 0 ? { args: queryArgs } : {}), metrics: judged },
        },
        { parent: this },
      );
    const { latencyP99, successRate } = limits;
    const succeeds = judgeNumber(args, "success-rate", queries.successRate, [`>= ${successRate}`, `< ${successRate}`]);
    const isFast = judgeNumber(args, "latency-p99", queries.latencyP99, [`< ${latencyP99}`, `>= ${latencyP99}`]);
    declare("success-rate", succeeds, ...(plan.kind === "canary" ? [judgeSilence(args, queries.requests)] : []));
    declare("latency-p99", isFast);
    this.registerOutputs({});
  }
}

const MEASURED = "len(result) > 0 && !isNaN(result[0])";

/**
 * Both conditions are given, and both ask first whether there is a number: no request at all is neither good nor bad,
 * but inconclusive. With the one alone Argo would take it for the other; without the question it would be an error.
 */
function judgeNumber(
  args: ArgoAnalysisArgs,
  name: string,
  query: string,
  [good, bad]: readonly [string, string],
): AnalysisMetric {
  const { analysis, plan } = args.strategy;
  return {
    ...commonOf(args, name, query),
    initialDelay: wait(windowsOf(args).measured),
    // A background analysis with a count would end, passed, while the weights still rise; any other needs one to end.
    ...(plan.kind === "canary" ? {} : { count: analysis.count }),
    successCondition: `${MEASURED} && result[0] ${good}`,
    failureCondition: `${MEASURED} && result[0] ${bad}`,
    failureLimit: analysis.failureLimit,
    inconclusiveLimit: plan.kind === "canary" ? NEVER : analysis.inconclusiveLimit,
  };
}

/**
 * When a background analysis ends inconclusive at a weight that is not yet reached, Argo (1.10) takes the pauses that
 * follow for over and gives the new version all traffic at once (seen on the lab). So it never ends like that: silence
 * has a limit of its own, which fails.
 */
const NEVER = 1_000_000;

function judgeSilence(args: ArgoAnalysisArgs, query: string): AnalysisMetric {
  return {
    ...commonOf(args, "requests", query),
    initialDelay: wait(windowsOf(args).silence),
    successCondition: `${MEASURED} && result[0] > 0`,
    failureCondition: "len(result) == 0 || isNaN(result[0]) || result[0] <= 0",
    failureLimit: 0,
    inconclusiveLimit: 0,
  };
}

function commonOf({ metrics, strategy: { analysis } }: ArgoAnalysisArgs, name: string, query: string) {
  return {
    name,
    interval: wait(analysis.interval),
    consecutiveErrorLimit: analysis.consecutiveErrorLimit,
    provider: { prometheus: { address: metrics.prometheus, query } },
  };
}

function windowsOf({ metrics, strategy: { analysis } }: ArgoAnalysisArgs): AnalysisWindows {
  return {
    measured: analysisWindow(analysis, metrics.scrapeInterval),
    silence: silenceWindow(analysis, metrics.scrapeInterval),
  };
}

function wait(ms: number): string {
  return `${seconds(ms)}s`;
}
