import { gateSettings } from "../config/gate.ts";
import type { MetricSource } from "../config/metric-source.ts";
import type { Slot } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { isSolo, type Verdict } from "./decide.ts";
import { AbortRelease, messageOf, UserError } from "./errors.ts";
import type { Counts, Sample } from "./events.ts";
import { gateParameters, type Baseline } from "./gate/baseline.ts";
import { isScrapeDue, readFrom } from "./gate/counters.ts";
import { evidenceOf } from "./gate/gate.ts";
import type { Reading } from "./gate/scrapes.ts";
import type { Guards } from "./guards.ts";
import { LookLog } from "./look-log.ts";
import type { Ports } from "./ports.ts";
import { readBaseline } from "./read-baseline.ts";
import {
  judge,
  openWatch,
  readingOf,
  silenceOf,
  startWatch,
  takeSample,
  takeSeries,
  tellOnce,
  type StepStanding,
  type Watched,
  type WatchState,
} from "./watch-state.ts";
import { judgeShare, splitsByChance, type ShareReading } from "./weight-check.ts";

/** How far back the counters are read before anything is known of them. */
const FIRST_SCRAPES = 5;

/** How long new pods may take until they are found and scraped, and how long Prometheus may fail to tell the baseline. */
const OPEN_WITHIN_MS = 60_000;

/** What is new, and when it was read: no other time counts in a look. */
interface News {
  readonly now: number;
  readonly samples: readonly Sample[];
}

/** What it needs of the world. */
export type WatchPorts = Pick<Ports, "clock" | "metrics" | "reporter">;

/**
 * The gate at work: reads the counters, feeds the evidence and asks for a decision at each look. What it knows carries
 * over from step to step; it is `state`, and nothing else.
 */
export class GateWatch {
  #state: WatchState;
  #reading: Reading;
  /** Between the last two scrapes, ms: Prometheus may scrape more often than it is said to. 0 while that is not known. */
  #spanMs = 0;
  readonly #watched: Watched;
  readonly #ports: Ports;
  readonly #guards: Guards | undefined;
  readonly #looks: LookLog;

  /**
   * @param state what an earlier watch of the same release knew, to go on from there without {@link open}
   * @param guards what may make a verdict stricter
   */
  constructor(
    config: DrivenConfig,
    source: MetricSource,
    candidate: Slot,
    ports: Ports,
    state?: WatchState,
    guards?: Guards,
  ) {
    this.#guards = guards;
    this.#watched = { config, source, candidate };
    this.#ports = ports;
    this.#looks = new LookLog(ports.reporter);
    this.#state = state ?? startWatch(this.#watched, ports.clock.now());
    this.#reading = readingOf(this.#watched, this.#state);
  }

  /** All that is known: plain JSON, to be stored after a look. */
  get state(): WatchState {
    return this.#state;
  }

  get totals(): { readonly canary: Counts; readonly stable: Counts } {
    return { canary: this.#state.gate.canary, stable: this.#state.gate.stable };
  }

  /** ms between two looks: short against a scrape, so that a new sample is seen at once. */
  get lookEveryMs(): number {
    return Math.min(1_000, Math.max(250, this.#scrapeInterval / 4));
  }

  /** From now on counts what is scraped wholly after `at`, ms since the epoch: when a weight was written. */
  countFrom(at: number): void {
    this.#state = { ...this.#state, sinceWritten: { at, canary: 0, requests: 0 } };
  }

  /** Whether that weight shows in what was counted since. */
  judgeShare(weight: number, previous: number): ShareReading {
    const { config, source } = this.#watched;
    const counted = this.#state.sinceWritten ?? { canary: 0, requests: 0 };
    return judgeShare(counted, weight, previous, splitsByChance(config, source));
  }

  /**
   * Notes where the counters stand before the candidate gets traffic, and what stable was.
   *
   * @param pods how many the candidate has: where pods count, each is waited for, so that its warm-up is not counted
   * @throws AbortRelease when the hour before cannot be read
   */
  async open(pods: number, signal: AbortSignal): Promise<void> {
    const { clock, metrics, reporter } = this.#ports;
    const { candidate, config, source } = this.#watched;
    const deadline = clock.now() + OPEN_WITHIN_MS;
    const retry = () => clock.now() < deadline && !signal.aborted;
    let baseline: Baseline | undefined;
    while (baseline === undefined) {
      try {
        baseline = await readBaseline(config, metrics, clock.now());
      } catch (error) {
        if (error instanceof UserError || !retry())
          throw new AbortRelease(`stable's last hour cannot be read: ${messageOf(error)}`);
        await clock.sleep(this.#scrapeInterval, signal);
      }
    }
    const isSeen = () =>
      source.counted === "edge" ||
      Object.values(this.#state.counters).filter(({ slots }) => slots.includes(candidate)).length >= pods;
    this.#guards?.open();
    await this.#read();
    while (!isSeen() && retry()) {
      await clock.sleep(this.#scrapeInterval, signal);
      await this.#read();
    }
    const at = clock.now();
    this.#state = openWatch(this.#watched, this.#state, baseline, at);
    this.#reading = readingOf(this.#watched, this.#state);
    const { before, dispersion, incidentMs, latency } = baseline;
    const slower = latency?.dispersion;
    if (dispersion !== undefined || slower !== undefined)
      reporter.report({ type: "calibrated", at, dispersion: dispersion ?? 1, ...(slower && { slower }) });
    const allowed = gateParameters(config.gate, baseline).latency?.limitShare ?? 0;
    const slow = latency && {
      latency: {
        comparedMs: latency.compared,
        timed: latency.timed.requests,
        overLimit: latency.timed.failed,
        allowed,
      },
    };
    reporter.report({ type: "baseline", at, ...before, ...(incidentMs && { incidentMs }), ...slow });
    const settings = gateSettings(config.gate);
    reporter.report({ type: "gate-opened", at, settings, baseline, scrapeIntervalMs: this.#scrapeInterval });
  }

  /** Takes in what is new, and decides. Metrics that cannot be read are silence, never a pass. */
  async look(standing: StepStanding): Promise<Verdict> {
    const { reporter } = this.#ports;
    const { weight } = standing.step;
    const { now, samples } = await this.#readNews();
    const silence = silenceOf(this.#watched, this.#state, now);
    const objections = this.#guards?.look(weight, standing.since) ?? [];
    this.#looks.begin({ standing, silence, objections });
    for (const plain of samples) {
      const { sample, state } = takeSample(this.#watched, this.#state, plain, standing);
      this.#state = state;
      const mode = isSolo(state.gate, weight) ? "solo" : "comparing";
      reporter.report({ type: "sampled", at: sample.at, weight, sample, evidence: evidenceOf(state.gate), mode });
    }
    const judged = judge(this.#watched.config, this.#state, standing, now, silence, objections);
    const { isNews, state } = tellOnce(judged.state, judged.verdict);
    this.#state = state;
    const { decision, reason } = judged.verdict;
    this.#looks.end(now, samples.length > 0 || isNews);
    if (isNews) reporter.report({ type: "decided", at: now, weight, decision, reason });
    return judged.verdict;
  }

  /** Does not ask where nothing can be new: between two scrapes. */
  async #readNews(): Promise<News> {
    const { counters, problem } = this.#state;
    const now = this.#ports.clock.now();
    const everyMs = Math.min(this.#spanMs, this.#scrapeInterval);
    if (problem !== undefined || isScrapeDue(counters, everyMs, now)) return this.#read();
    return { now, samples: [] };
  }

  async #read(): Promise<News> {
    const { clock, metrics } = this.#ports;
    const last = readFrom(this.#state.counters, this.#scrapeInterval);
    const since = last ?? clock.now() - FIRST_SCRAPES * this.#scrapeInterval;
    try {
      const series = await metrics.readCounters(this.#reading.preset.selector, since);
      const now = clock.now();
      const { samples, state } = takeSeries(this.#watched, this.#state, series, this.#reading, now);
      this.#state = state;
      this.#spanMs = samples.at(-1)?.spanMs ?? this.#spanMs;
      return { now, samples };
    } catch (error) {
      this.#state = { ...this.#state, problem: messageOf(error) };
      return { now: clock.now(), samples: [] };
    }
  }

  get #scrapeInterval(): number {
    return this.#watched.config.metrics.scrapeInterval;
  }
}
