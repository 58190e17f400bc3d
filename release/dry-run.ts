import { declaredGates, type DeclaredGate } from "../config/gate-presets.ts";
import type { GatePreset } from "../config/declared-gate.ts";
import { liveVersion } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { fillIn, prepare } from "./ask-gate.ts";
import { messageOf } from "./errors.ts";
import type { Clock, MetricsSource, MetricValue } from "./ports.ts";

const PODS = "does this Prometheus scrape the kubelets' cAdvisor (/metrics/cadvisor)?";
const REQUESTS = "does this Prometheus scrape what counts the requests, and is there traffic?";

/** What is mostly the cause when a preset's query gives nothing. */
const HINTS: Readonly<Partial<Record<GatePreset, string>>> = {
  cpu: PODS,
  memory: PODS,
  heap: "does it scrape the pods with labels namespace, app and slot (sluice:observability.monitor), and has the JVM collected its heap?",
  throughput: REQUESTS,
  errorShare: REQUESTS,
  latencyP95: `${REQUESTS} For Spring, set management.metrics.distribution.percentiles-histogram.http.server.requests to true.`,
};

/** A rate needs two scrapes: a service that has only just begun to serve is asked again. */
const TRIES = 3;

interface Asking {
  readonly clock: Clock;
  readonly metrics: MetricsSource;
}

/**
 * Asks every declared gate's query once, for stable, before anything is changed.
 *
 * @returns what is wrong with which, and what to do
 */
export async function findQueryProblems(config: DrivenConfig, ports: Asking): Promise<readonly string[]> {
  const found = await Promise.all(declaredGates(config).map((gate) => tryQuery(gate, config, ports)));
  return found.filter((problem) => problem !== undefined);
}

async function tryQuery(gate: DeclaredGate, config: DrivenConfig, ports: Asking): Promise<string | undefined> {
  const slot = config.release.live;
  const { version } = liveVersion(config.release);
  const query = fillIn(prepare(gate), config, { slot, version, weight: 100 });
  const ask = () => askPatiently(query, config.metrics.scrapeInterval, ports);
  const problem = await explain(gate, `${version} in ${slot}`, ask);
  return problem === undefined ? undefined : `sluice:${gate.setting}: ${problem}\n    ${query}`;
}

async function askPatiently(query: string, scrapeIntervalMs: number, { clock, metrics }: Asking) {
  for (let tries = 1; ; tries += 1) {
    const values = await metrics.ask(query);
    if (values.length > 0 || tries === TRIES) return values;
    await clock.sleep(scrapeIntervalMs);
  }
}

async function explain({ preset, setting }: DeclaredGate, stable: string, ask: () => Promise<readonly MetricValue[]>) {
  try {
    const values = await ask();
    if (values.length === 1) return undefined;
    if (values.length > 1) {
      return `the query gives ${values.length} series, a gate needs one number: put sum(), avg() or max() around it`;
    }
    const hint = preset === undefined ? undefined : HINTS[preset];
    const off = setting.startsWith("gate.emergency") ? ' Or set it to "off".' : "";
    return `the query gives nothing for stable (${stable}): ${hint ?? "compare its metric and labels with Prometheus'."}${off}`;
  } catch (error) {
    return `the query cannot be asked: ${messageOf(error)}`;
  }
}
