import type { Checks } from "../config/checks.ts";
import { metricSource } from "../config/metric-presets.ts";
import { counterPreset } from "../config/metric-source.ts";
import type { DrivenConfig, StackConfig } from "../config/schema.ts";
import { findQueryProblems } from "./dry-run.ts";
import { messageOf, UserError } from "./errors.ts";
import type { Ports } from "./ports.ts";
import { readLatency } from "./read-baseline.ts";
import { formatElapsed } from "./report/format.ts";
import { measureSkew } from "./steady-time.ts";

/** What a release stands on. */
export interface Ground {
  readonly config: DrivenConfig;
  readonly ports: Pick<Ports, "clock" | "metrics" | "traffic">;
  /** Environment variables, by name. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Whether a release under way will be ended first: until then the stack file need not agree with the cluster. */
  readonly replacing?: boolean;
}

/**
 * Makes sure before the start that a release could be watched and taken back: the cluster answers and agrees with the
 * stack file, Prometheus counts the live version and times its answers, and every declared gate gets a number for it.
 *
 * @throws UserError that lists everything that is missing
 */
export async function checkGround({ config, ports, replacing = false, variables }: Ground): Promise<void> {
  const found = await Promise.all([
    replacing ? undefined : findStaleFile(config, ports),
    findMissingMetrics(config, ports),
  ]);
  const unset = findUnset(config.checks, variables).map(
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

/**
 * Whether what Prometheus scrapes can be told by this machine's clock from what was before a weight; in words why not. A
 * Prometheus that does not answer says nothing of its clock.
 */
export async function findSkew(
  config: DrivenConfig,
  { clock, metrics }: Pick<Ports, "clock" | "metrics">,
): Promise<string | undefined> {
  const skewMs = await measureSkew(clock, metrics).catch(() => 0);
  return Math.abs(skewMs) > config.metrics.scrapeInterval ? describeSkew(skewMs, config) : undefined;
}

/** The environment variables that the checks name and that are not set. */
function findUnset({ health, requests }: Checks, variables: Ground["variables"]): readonly string[] {
  const named = [...(health === undefined ? [] : [health]), ...requests].flatMap(({ headersFrom }) =>
    Object.values(headersFrom),
  );
  return [...new Set(named)].filter((name) => (variables[name] ?? "") === "");
}

function describeSkew(skewMs: number, { metrics: { prometheus, scrapeInterval } }: DrivenConfig): string {
  return (
    `the clock of this machine is ${formatElapsed(Math.abs(skewMs))} ${skewMs > 0 ? "behind" : "ahead of"} that of Prometheus ` +
    `at ${prometheus}: what is scraped is told from what was before a weight by its time, so that they may differ by one ` +
    `scrape (${formatElapsed(scrapeInterval)}) at most; set the one that is wrong, for example by NTP`
  );
}

async function findMissingMetrics(config: DrivenConfig, { clock, metrics }: Ground["ports"]) {
  const { prometheus, scrapeInterval } = config.metrics;
  try {
    const skewMs = await measureSkew(clock, metrics);
    if (Math.abs(skewMs) > scrapeInterval) return describeSkew(skewMs, config);
    const { classify, selector } = counterPreset(metricSource(config));
    const series = await metrics.readCounters(selector, clock.now() - 3 * scrapeInterval);
    const live = series.some(
      ({ labels, samples }) => classify(labels)?.slot === config.release.live && samples.length > 0,
    );
    if (live) {
      // Only whether answers can be timed as they are to be judged: the hour itself is read when the gate opens.
      await readLatency(config, metrics);
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
