import { declaredGates, type DeclaredGate } from "../config/gate-presets.ts";
import { otherSlot, type Slot } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { answer, fillIn, prepare, type AskedGate } from "./ask-gate.ts";
import type { Verdict } from "./decide.ts";
import { measure, UNMEASURED, verdictOf, type GateRecord, type Reading } from "./gate/declared.ts";
import { describeGate, formatValue, type Answer } from "./gate/measurement.ts";
import { findObjection, isMeasurable, isSettled, type GateStanding } from "./gate/objections.ts";
import type { Clock, MetricsSource, Reporter } from "./ports.ts";

/** The version in each slot. */
export type Versions = Readonly<Record<Slot, string>>;

/** What the declared gates know of a release: plain values, so that they can be written down and taken up again. */
export interface DeclaredState {
  readonly trafficSince?: number;
  readonly weight: number;
  readonly weightSince?: number;
  readonly askedAt: Readonly<Record<string, number>>;
  readonly records: Readonly<Record<string, GateRecord>>;
}

const NOTHING_YET: DeclaredState = { weight: 0, askedAt: {}, records: {} };

/** A question that has no answer after this time counts as an error, ms. */
const ANSWER_WITHIN_MS = 10_000;

interface Question {
  readonly askedAt: number;
  readonly weight: number;
  /** Set once it is answered. */
  reading?: Reading;
}

/**
 * The declared gates at work. Each is asked on its own interval, beside the looks at the counters: a look takes in what
 * has been answered, asks what is due, and waits for nothing.
 */
export class DeclaredWatch {
  #state: DeclaredState;
  readonly #asked: readonly AskedGate[];
  readonly #questions = new Map<string, Question>();
  readonly #config: DrivenConfig;
  readonly #candidate: Slot;
  readonly #versions: Versions;
  readonly #ports: { readonly clock: Clock; readonly metrics: MetricsSource; readonly reporter: Reporter };

  /** @param state what an earlier program knew of this release */
  constructor(
    config: DrivenConfig,
    candidate: Slot,
    versions: Versions,
    ports: { readonly clock: Clock; readonly metrics: MetricsSource; readonly reporter: Reporter },
    state: DeclaredState = NOTHING_YET,
  ) {
    this.#config = config;
    this.#candidate = candidate;
    this.#versions = versions;
    this.#ports = ports;
    this.#state = state;
    this.#asked = declaredGates(config).map(prepare);
  }

  get state(): DeclaredState {
    return this.#state;
  }

  /** Tells which gates there are. */
  announce(): void {
    const gates = this.#asked.map(({ gate }) => ({ name: gate.name, asks: describeGate(gate) }));
    if (gates.length > 0) this.#ports.reporter.report({ type: "gates", at: this.#ports.clock.now(), gates });
  }

  /** @param observedSince when the weight was observed, ms since the epoch; `undefined` while it is not in force */
  look(weight: number, observedSince: number | undefined): readonly Verdict[] {
    const now = this.#ports.clock.now();
    this.#state = follow(this.#state, weight, observedSince, now);
    const standing: GateStanding = { weight, weightSince: this.#state.weightSince };
    for (const asked of this.#asked) {
      this.#takeAnswer(asked.gate, now);
      if (this.#isDue(asked, standing, observedSince !== undefined, now)) this.#ask(asked, weight, now);
    }
    return this.#asked
      .map(({ gate }) => findObjection(gate, this.#recordOf(gate), standing))
      .filter((objection) => objection !== undefined);
  }

  #recordOf({ name }: DeclaredGate): GateRecord {
    return this.#state.records[name] ?? UNMEASURED;
  }

  #isDue({ byWeight, gate }: AskedGate, standing: GateStanding, inForce: boolean, now: number): boolean {
    const { askedAt, trafficSince } = this.#state;
    // What has failed stays failed: no answer could change it.
    if (this.#questions.has(gate.name) || this.#recordOf(gate).hasFailed) return false;
    if (trafficSince === undefined || !isMeasurable(gate, standing.weight)) return false;
    if (now - trafficSince < gate.warmup || now - (askedAt[gate.name] ?? -Infinity) < gate.interval) return false;
    return !byWeight || (inForce && isSettled(gate, now, standing));
  }

  #ask(asked: AskedGate, weight: number, askedAt: number): void {
    const { gate } = asked;
    const question: Question = { askedAt, weight };
    this.#questions.set(gate.name, question);
    this.#state = { ...this.#state, askedAt: { ...this.#state.askedAt, [gate.name]: askedAt } };
    const stable = otherSlot(this.#candidate);
    const compares = gate.compare !== undefined && weight < 100;
    const answers = [
      this.#answer(asked, this.#candidate, weight),
      ...(compares ? [this.#answer(asked, stable, 100 - weight)] : []),
    ];
    void Promise.all(answers).then(([candidate = NO_ANSWER, other]) => {
      question.reading = { askedAt, candidate, ...(other === undefined ? {} : { stable: other }) };
    });
  }

  #answer(asked: AskedGate, slot: Slot, weight: number): Promise<Answer> {
    const query = fillIn(asked, this.#config, { slot, version: this.#versions[slot], weight });
    return answer(this.#ports.metrics, query);
  }

  #takeAnswer(gate: DeclaredGate, now: number): void {
    const question = this.#questions.get(gate.name);
    if (question === undefined) return;
    const isLate = now - question.askedAt >= ANSWER_WITHIN_MS;
    const reading = question.reading ?? (isLate ? { askedAt: question.askedAt, candidate: NO_ANSWER } : undefined);
    if (reading === undefined) return;
    this.#questions.delete(gate.name);
    const before = this.#recordOf(gate);
    const record = measure(gate, before, reading);
    this.#state = { ...this.#state, records: { ...this.#state.records, [gate.name]: record } };
    this.#tell(gate, before, record, question.weight);
  }

  #tell(gate: DeclaredGate, before: GateRecord, record: GateRecord, weight: number): void {
    if (record.last === undefined) return;
    const { askedAt, reason, result, stable, value } = record.last;
    const verdict = verdictOf(gate, record);
    const shown = [
      ...(value === undefined ? [] : [formatValue(value, gate.unit)]),
      ...(stable === undefined ? [] : [`stable ${formatValue(stable, gate.unit)}`]),
    ].join(", ");
    this.#ports.reporter.report({
      type: "measured",
      at: this.#ports.clock.now(),
      weight,
      gate: gate.name,
      askedAt,
      result,
      verdict,
      changed: verdict !== verdictOf(gate, before),
      asks: describeGate(gate),
      shown,
      ...(value === undefined ? {} : { value }),
      ...(stable === undefined ? {} : { stable }),
      ...(reason === undefined ? {} : { reason }),
    });
  }
}

const NO_ANSWER: Answer = { kind: "error", problem: "Prometheus did not answer in time" };

/** Since when there is traffic, and since when this weight is in force. */
function follow(state: DeclaredState, weight: number, observedSince: number | undefined, now: number): DeclaredState {
  const { weightSince, ...rest } = state;
  const trafficSince = state.trafficSince ?? (weight > 0 ? now : undefined);
  const since = (state.weight === weight ? weightSince : undefined) ?? observedSince;
  return {
    ...rest,
    weight,
    ...(trafficSince === undefined ? {} : { trafficSince }),
    ...(since === undefined ? {} : { weightSince: since }),
  };
}
