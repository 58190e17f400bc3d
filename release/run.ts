import { metricSource } from "../config/metric-presets.ts";
import type { RoutingHandle } from "../config/outputs.ts";
import { otherSlot, type ReleaseState, type Slot } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { AbortRelease, messageOf, TakenOver } from "./errors.ts";
import type { ReleaseEvent } from "./events.ts";
import { Guards } from "./guards.ts";
import { versionsOf, type Plan } from "./plan.ts";
import type { Ports } from "./ports.ts";
import type { Ending, Phase, ReleaseRecord } from "./record.ts";
import { outliveLocks } from "./stale-lock.ts";
import { notBefore } from "./steady-time.ts";
import { StackMover, throwIfInterrupted } from "./stack-mover.ts";
import { GateWatch } from "./watch.ts";

/** How long a release waits for its journal before it gives up. */
const JOURNAL_WITHIN_MS = 60_000;
const JOURNAL_RETRY_MS = 1_000;

/** What changes when a phase begins. */
export interface Move {
  readonly phase: Phase;
  readonly state?: ReleaseState;
  readonly handle?: RoutingHandle;
}

/** The gate at work, and what stands beside it. */
interface Watching {
  readonly watch: GateWatch;
  readonly guards: Guards;
}

/** A release under way: what is written down of it, and what it works with. */
export class Run {
  readonly config: DrivenConfig;
  readonly ports: Ports;
  readonly signal: AbortSignal;
  readonly mover: StackMover;
  /** Whether another process began it. */
  readonly resumed: boolean;
  /** Whether the stack said what serves when that was last tried; absent where this program has not tried. */
  stackAgrees: boolean | undefined;
  readonly #events: ReleaseEvent[];
  #record: ReleaseRecord;
  #watching: Watching;
  #writing: Promise<unknown> | undefined;

  /**
   * @param signal aborted when the release is to be given up
   * @param told the events of a release that broke off
   */
  constructor(
    record: ReleaseRecord,
    config: DrivenConfig,
    ports: Ports,
    signal: AbortSignal,
    told?: readonly ReleaseEvent[],
  ) {
    this.#record = record;
    this.#events = [...(told ?? [])];
    this.config = config;
    const clock = notBefore(ports.clock, told?.at(-1)?.at ?? record.startedAt);
    this.ports = { ...ports, clock, reporter: this.#listen(ports.reporter) };
    this.signal = signal;
    this.resumed = told !== undefined;
    const { stack } = this.ports;
    // What another program began may still be under way; beside a release of our own it would be somebody else's.
    this.mover = new StackMover(
      { ...this.ports, stack: this.resumed ? outliveLocks(stack, this.ports) : stack },
      signal,
    );
    this.#watching = this.#openWatch(record);
  }

  get record(): ReleaseRecord {
    return this.#record;
  }

  get watch(): GateWatch {
    return this.#watching.watch;
  }

  get guards(): Guards {
    return this.#watching.guards;
  }

  get plan(): Plan {
    return this.#record.plan;
  }

  get state(): ReleaseState {
    return this.#record.state;
  }

  /** The candidate's slot. */
  get slot(): Slot {
    return otherSlot(this.plan.from.live);
  }

  /** Everything that was told, also before the release broke off. */
  get events(): readonly ReleaseEvent[] {
    return this.#events;
  }

  /**
   * Writes down what comes next; only then may it begin.
   *
   * @param look called while the journal cannot be written, so that nothing goes unseen meanwhile
   * @throws AbortRelease when the journal stays out of reach
   */
  async enter(move: Move, look: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    const next = this.#after(move);
    await this.#persist(next, async () => {
      await look();
      await this.ports.clock.sleep(JOURNAL_RETRY_MS, this.signal);
      throwIfInterrupted(this.signal);
    });
    if (next.state.live !== this.state.live) this.#watching = this.#openWatch(next);
    this.#record = next;
  }

  /** Writes down where it stands without waiting for it: for the way back, which nothing may hold up, and for evidence. */
  note(move: Partial<Move> = {}): void {
    this.#record = this.#after({ phase: this.#record.phase, ...move });
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** Writes down where it stands, and tries on for a minute: what others go by once this program has ended. */
  async insist(): Promise<void> {
    const { clock } = this.ports;
    await this.#persist(this.#record, () => clock.sleep(JOURNAL_RETRY_MS)).catch(() => undefined);
  }

  /** Ends without a trace: the journal belongs to somebody else. */
  leave(ending: Ending): void {
    this.#record = { ...this.#record, phase: { kind: "finished", ending } };
  }

  /** Waits until what was noted is written, or has failed to be. */
  async settle(): Promise<void> {
    await this.#writing;
  }

  /** Some routers count the requests of a slot elsewhere once it is live. */
  #openWatch(record: ReleaseRecord): Watching {
    const config = { ...this.config, release: record.state };
    const guards = new Guards(config, this.slot, versionsOf(this.plan), this.ports, record.guards);
    const watch = new GateWatch(config, metricSource(config), this.slot, this.ports, record.watch, guards);
    return { guards, watch };
  }

  /** One write at a time; what was noted meanwhile goes with the next. */
  async #write(): Promise<void> {
    for (let written: ReleaseRecord | undefined; written !== this.#record;) {
      written = this.#record;
      await this.ports.journal.write(written, this.#events).catch(() => undefined);
    }
  }

  /** @throws AbortRelease when the journal stays out of reach */
  async #persist(record: ReleaseRecord, pause: () => Promise<void>): Promise<void> {
    const { clock, journal, reporter } = this.ports;
    const deadline = clock.now() + JOURNAL_WITHIN_MS;
    for (let told = false; ; told = true) {
      // What was noted meanwhile must not arrive after this.
      await this.#writing;
      try {
        await journal.write(record, this.#events);
        return;
      } catch (error) {
        if (error instanceof TakenOver) throw error;
        const problem = messageOf(error);
        if (clock.now() >= deadline) throw new AbortRelease(`the journal cannot be written: ${problem}`);
        if (!told) reporter.report({ type: "journal-failed", at: clock.now(), problem });
      }
      await pause();
    }
  }

  #after({ handle, phase, state }: Move): ReleaseRecord {
    return {
      ...this.#record,
      phase,
      ...(state === undefined ? {} : { state }),
      ...(handle === undefined ? {} : { handle }),
      ...(phase.kind === "deploy" || phase.kind === "check"
        ? {}
        : { watch: this.watch.state, guards: this.guards.state }),
    };
  }

  #listen(reporter: Ports["reporter"]): Ports["reporter"] {
    return {
      report: (event) => {
        this.#events.push(event);
        reporter.report(event);
      },
      close: () => reporter.close(),
    };
  }
}
