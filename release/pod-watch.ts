import type { PodLimits } from "../config/declared-gate.ts";
import type { Slot } from "../config/release-state.ts";
import type { Verdict } from "./decide.ts";
import { findPodFault, NO_PODS, notePods, takePodHealth, type PodHealth, type PodsRecord } from "./gate/pods.ts";
import type { Clock, Pods } from "./ports.ts";

/** A reading that has not come after this time is given up, ms. */
const ANSWER_WITHIN_MS = 10_000;

interface Question {
  readonly askedAt: number;
  answer?: readonly PodHealth[];
}

/**
 * The rule about the candidate's pods at work: looks at them on its own interval, and waits for nothing. What the API
 * server does not tell is not held against the candidate.
 */
export class PodWatch {
  #record: PodsRecord;
  #question: Question | undefined;
  #askedAt = -Infinity;
  readonly #limits: PodLimits;
  readonly #slot: Slot;
  readonly #ports: { readonly clock: Clock; readonly pods: Pods };

  /** @param record what an earlier program knew of this release */
  constructor(
    limits: PodLimits,
    slot: Slot,
    ports: { readonly clock: Clock; readonly pods: Pods },
    record: PodsRecord = NO_PODS,
  ) {
    this.#limits = limits;
    this.#slot = slot;
    this.#ports = ports;
    this.#record = record;
  }

  get record(): PodsRecord {
    return this.#record;
  }

  look(weight: number): readonly Verdict[] {
    const now = this.#ports.clock.now();
    this.#takeAnswer(now);
    if (this.#question === undefined && now - this.#askedAt >= this.#limits.interval) this.#ask(now);
    const reason = findPodFault(this.#limits, this.#record, weight > 0);
    return reason === undefined ? [] : [{ decision: "rollback", rule: "pods", reason }];
  }

  #ask(askedAt: number): void {
    const question: Question = { askedAt };
    this.#question = question;
    this.#askedAt = askedAt;
    this.#ports.pods.readHealth(this.#slot).then(
      (answer) => {
        question.answer = answer;
      },
      () => {
        if (this.#question === question) this.#question = undefined;
      },
    );
  }

  #takeAnswer(now: number): void {
    if (this.#question === undefined) return;
    const { answer, askedAt } = this.#question;
    if (answer === undefined && now - askedAt < ANSWER_WITHIN_MS) return;
    this.#question = undefined;
    if (answer === undefined) return;
    // The first reading comes before any traffic, with all pods ready: what was until then is not held against them.
    const take = this.#record.readAt === undefined ? notePods(answer, now) : takePodHealth(this.#record, answer, now);
    this.#record = take;
  }
}
