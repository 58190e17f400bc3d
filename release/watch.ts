import type { CounterPreset } from "../config/metric-source.ts";
import { otherSlot, type Slot } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { decide, isSolo, type Silence, type Standing, type Verdict } from "./decide.ts";
import { messageOf } from "./errors.ts";
import type { Counts, Sample } from "./events.ts";
import { isOnlyCandidateSilent, takeCounters, type CounterState } from "./gate/counters.ts";
import { estimateDispersion } from "./gate/dispersion.ts";
import { evidenceOf, observe, openGate, thresholdsOf, type GateState } from "./gate/gate.ts";
import type { Ports } from "./ports.ts";
import type { Step } from "./plan.ts";

/** How far back stable's failures tell how much they scatter. */
const HISTORY_MS = 3_600_000;

/** Where a step stands, for the decision. */
export interface StepStanding {
  readonly step: Step;
  readonly kind: Standing["kind"];
  /** When its weight was observed; `undefined` while it is not yet in force. */
  readonly since: number | undefined;
}

/** What it needs of the world. */
export type WatchPorts = Pick<Ports, "clock" | "metrics" | "reporter">;

/**
 * The gate at work: reads the counters, feeds the evidence and asks for a decision at each look. What it knows
 * carries over from step to step.
 */
export class GateWatch {
  #gate: GateState;
  #counters: CounterState = new Map();
  #samples: readonly Sample[] = [];
  #arrivedAt: number;
  #pausedSince: number | undefined;
  #lastRule: string | undefined;
  #problem: string | undefined;
  #dispersion = 1;
  readonly #config: DrivenConfig;
  readonly #preset: CounterPreset;
  readonly #candidate: Slot;
  readonly #ports: WatchPorts;

  constructor(config: DrivenConfig, preset: CounterPreset, candidate: Slot, ports: WatchPorts) {
    this.#config = config;
    this.#preset = preset;
    this.#candidate = candidate;
    this.#ports = ports;
    this.#arrivedAt = ports.clock.now();
    this.#gate = openGate(config.gate, this.#arrivedAt);
  }

  get totals(): { readonly canary: Counts; readonly stable: Counts } {
    return { canary: this.#gate.canary, stable: this.#gate.stable };
  }

  /** ms between two looks: short against a scrape, so that a new sample is seen at once. */
  get lookEveryMs(): number {
    return Math.min(1_000, Math.max(250, this.#config.metrics.scrapeInterval / 4));
  }

  /** What was scraped wholly after `from`, ms since the epoch. */
  samplesSince(from: number): readonly Sample[] {
    return this.#samples.filter(({ at, spanMs }) => at - spanMs >= from);
  }

  /** Learns how stable fails, and notes where the counters stand, before the candidate gets traffic. */
  async open(): Promise<void> {
    const now = this.#ports.clock.now();
    await this.#calibrate(now);
    await this.#read();
    this.#arrivedAt = now;
    this.#gate = openGate(this.#config.gate, now);
  }

  /** Where the hour before cannot be read, failures are taken as independent, until it can be read what happens now. */
  async #calibrate(now: number): Promise<void> {
    const { metrics, reporter } = this.#ports;
    const series = await metrics.readCounters(now - HISTORY_MS).catch(() => []);
    const { incidents } = this.#config.gate;
    this.#dispersion = estimateDispersion(series, this.#preset, otherSlot(this.#candidate), incidents);
    if (this.#dispersion > 1) reporter.report({ type: "calibrated", at: now, dispersion: this.#dispersion });
  }

  /** Takes in what is new, and decides. Metrics that cannot be read are silence, never a pass. */
  async look(standing: StepStanding): Promise<Verdict> {
    for (const sample of await this.#read()) this.#takeIn(sample, standing.step.weight);
    const verdict = decide(this.#gate, this.#config.gate, thresholdsOf(this.#config.gate), this.#describe(standing));
    const now = this.#ports.clock.now();
    this.#pausedSince = verdict.decision === "pause" ? (this.#pausedSince ?? now) : undefined;
    this.#tell(verdict, standing.step.weight, now);
    return verdict;
  }

  /** A decision is told when it changes; that nothing is decided yet only after something was. */
  #tell({ decision, reason, rule }: Verdict, weight: number, at: number): void {
    if (rule === this.#lastRule) return;
    const news = decision !== "wait" || this.#lastRule !== undefined;
    this.#lastRule = decision === "advance" ? undefined : rule;
    if (news) this.#ports.reporter.report({ type: "decided", at, weight, decision, reason });
  }

  #takeIn(sample: Sample, weight: number): void {
    this.#gate = observe({ ...this.#config.gate, dispersion: this.#dispersion }, this.#gate, sample);
    this.#samples = [...this.#samples, sample];
    this.#ports.reporter.report({
      type: "sampled",
      at: sample.at,
      weight,
      sample,
      evidence: evidenceOf(this.#gate),
      mode: isSolo(weight) ? "solo" : "comparing",
    });
  }

  async #read(): Promise<readonly Sample[]> {
    const { clock, metrics } = this.#ports;
    const last = Math.min(
      clock.now() - 2 * this.#config.metrics.scrapeInterval,
      ...[...this.#counters.values()].map(({ at }) => at),
    );
    try {
      const series = await metrics.readCounters(last);
      const reading = takeCounters(this.#counters, series, this.#preset, this.#candidate);
      this.#counters = reading.state;
      this.#problem = undefined;
      if (reading.samples.length > 0) this.#arrivedAt = clock.now();
      return reading.samples;
    } catch (error) {
      this.#problem = messageOf(error);
      return [];
    }
  }

  #describe({ kind, since, step }: StepStanding): Standing {
    const { gate, metrics } = this.#config;
    const now = this.#ports.clock.now();
    return {
      weight: step.weight,
      kind,
      dwellMs: since === undefined ? 0 : now - since,
      minStepTimeMs: step.minStepTimeMs,
      maxStepTimeMs: step.maxStepTimeMs,
      onInconclusive: step.onInconclusive,
      silentMs: now - this.#arrivedAt,
      silence: this.#silence(now),
      scrapeIntervalMs: metrics.scrapeInterval,
      pausedMs: this.#pausedSince === undefined ? undefined : now - this.#pausedSince,
      pauseDeadlineMs: gate.pauseDeadline,
      silentDeadlineMs: gate.silentDeadline,
    };
  }

  #silence(now: number): Silence {
    if (this.#problem !== undefined) return { unreadable: this.#problem };
    const fresh = [...this.#counters.values()].filter(({ at }) => now - at <= 2 * this.#config.metrics.scrapeInterval);
    return isOnlyCandidateSilent(fresh, this.#preset.counted, this.#candidate) ? "candidate" : "all";
  }
}
