import type { Silence, Verdict } from "./decide.ts";
import type { Reporter } from "./ports.ts";
import type { StepStanding } from "./watch-state.ts";

/** What a look at the gate depends on, beside the samples and the time. */
export interface LookedAt {
  readonly standing: StepStanding;
  readonly silence: Silence;
  readonly objections: readonly Verdict[];
}

/** Tells of all looks, so that they can be taken again by a replay: those that find nothing new together with the next. */
export class LookLog {
  readonly #reporter: Reporter;
  #at: LookedAt | undefined;
  #times: number[] = [];

  constructor(reporter: Reporter) {
    this.#reporter = reporter;
  }

  /** Before a look's samples are told: those before it that depended on something else end here. */
  begin(next: LookedAt): void {
    if (JSON.stringify(next) !== JSON.stringify(this.#at)) this.#tell();
    this.#at = next;
  }

  /** @param isNews whether the look had samples, or another verdict than the one before */
  end(now: number, isNews: boolean): void {
    this.#times.push(now);
    if (isNews) this.#tell();
  }

  #tell(): void {
    const at = this.#times.at(-1);
    if (at === undefined || this.#at === undefined) return;
    const { objections, silence, standing } = this.#at;
    const { kind, since, step } = standing;
    const { maxStepTimeMs, minStepTimeMs, onInconclusive, weight } = step;
    const quietMs = this.#times.slice(0, -1).map((time) => at - time);
    this.#times = [];
    this.#reporter.report({
      type: "gate-looked",
      at,
      quietMs,
      weight,
      kind,
      ...(since === undefined ? {} : { since }),
      minStepTimeMs,
      maxStepTimeMs,
      onInconclusive,
      silence,
      ...(objections.length === 0 ? {} : { objections }),
    });
  }
}
