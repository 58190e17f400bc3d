import { experimentSchema, type Experiment } from "../../config/experiment.ts";
import type { StackConfig } from "../../config/schema.ts";
import { readUsers } from "../adapters/experiment-csv.ts";
import { readExperiment } from "../adapters/experiment-counters.ts";
import { readStackFile, stackFilePath } from "../adapters/stack-file.ts";
import { systemClock } from "../adapters/system-clock.ts";
import { UserError } from "../errors.ts";
import { analyzeExperiment, periodOf, type Observations } from "../experiment/analysis.ts";
import type { Clock } from "../ports.ts";
import { renderAnalysis } from "../report/analysis-text.ts";
import { sayRecommendation } from "../report/analysis-words.ts";

export interface AnalyzeOptions {
  readonly stack?: string;
  readonly project: string;
  /** A file with the users, in place of Prometheus. */
  readonly csv?: string;
  readonly json?: true;
}

/** The version of the JSON format: raised when a reader of the old one would misread the new one. */
const FORMAT_VERSION = 1;

/**
 * Says how an experiment stands; changes nothing.
 *
 * @returns what to print
 * @throws UserError or ConfigError when something the user can set right is wrong
 */
export async function analyze(options: AnalyzeOptions, clock: Clock = systemClock): Promise<string> {
  const { csv, json, project, stack } = options;
  const config = stack === undefined ? undefined : await readStackFile(stackFilePath(project, stack));
  const experiment = requireExperiment(config);
  const now = clock.now();
  if (csv === undefined && config === undefined) {
    throw new UserError("Give --stack, whose file says which counters to read, or --csv with a file of users.");
  }
  const { seen, since } =
    csv === undefined && config !== undefined
      ? await observeStack(config, experiment, now)
      : { seen: await readUsers(csv ?? ""), since: undefined };
  const analysis = requireMeasured(experiment, seen, () => analyzeExperiment(experiment, seen, now));
  const told = { ...analysis, ...(since === undefined ? {} : { since }) };
  return json === true
    ? JSON.stringify({
        v: FORMAT_VERSION,
        ...told,
        rule: experiment.analysis,
        words: sayRecommendation(analysis, experiment.analysis),
      })
    : renderAnalysis(told, experiment, config);
}

/** Without a stack, the schema's defaults. */
function requireExperiment(config: StackConfig | undefined): Experiment {
  if (config === undefined) return experimentSchema.parse({ kind: "experiment" });
  if (config.strategy.kind === "experiment") return config.strategy;
  throw new UserError(`strategy ${config.strategy.kind} has no groups to compare: this is for strategy experiment.`);
}

function requireMeasured<T>({ analysis: { primary } }: Experiment, seen: Observations, then: () => T): T {
  if (primary === undefined || seen[primary] !== undefined) return then();
  throw new UserError(
    `strategy.analysis.primary is ${primary}, which was not measured: the file needs a column ${primary === "value" ? "value" : "converted"}.`,
  );
}

async function observeStack({ metrics, release }: StackConfig, experiment: Experiment, now: number) {
  const { analysis } = experiment;
  const period = periodOf(experiment);
  const missing = [
    ...(metrics === undefined ? ["sluice:metrics, where Prometheus is"] : []),
    ...(period === undefined ? ["sluice:strategy.start, from when on to count"] : []),
    ...((analysis.conversion ?? analysis.value) === undefined
      ? ["sluice:strategy.analysis.conversion or .value, which counters to read"]
      : []),
  ];
  if (metrics === undefined || period === undefined || missing.length > 0) {
    throw new UserError(
      ["The stack file does not say what to count (or give --csv with a file of users):", ...missing].join("\n  - "),
    );
  }
  if (now <= period.startMs) {
    throw new UserError(
      `The experiment begins at ${new Date(period.startMs).toISOString()}: there is nothing to see yet.`,
    );
  }
  const { a = release.live, b = release.candidate, label } = analysis.groups;
  if (b === undefined) {
    throw new UserError(
      "There is no candidate, so no group B: sluice:release has none, or name strategy.analysis.groups.b.",
    );
  }
  const source = {
    prometheus: metrics.prometheus,
    scrapeInterval: metrics.scrapeInterval,
    analysis,
    groups: { label, a, b },
  };
  const { seen, since } = await readExperiment(source, period.startMs, Math.min(now, period.endMs));
  const isLate = since !== undefined && since > period.startMs + 2 * metrics.scrapeInterval;
  return { seen, since: isLate ? since : undefined };
}

/** `sluice analyze` */
export async function runAnalyze(options: AnalyzeOptions): Promise<void> {
  console.log(await analyze(options));
}
