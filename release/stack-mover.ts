import { formatDuration } from "../config/duration.ts";
import type { ReleaseState } from "../config/release-state.ts";
import { AbortRelease, TakenOver, UserError } from "./errors.ts";
import type { Clock, Ports } from "./ports.ts";

const POLL_MS = 500;

/** How long a cluster or host may fail to say how things stand, where waiting harms nobody. */
const UNKNOWN_MS = 30_000;

/** How long an update that was told to end may take to do so, before the rest goes on without it. */
const END_WITHIN_MS = 60_000;

/** Moves the stack from state to state, and can give up a move while it is under way. */
export class StackMover {
  readonly #ports: Ports;
  readonly #signal: AbortSignal;
  #ending: Promise<unknown> = Promise.resolve();

  constructor(ports: Ports, signal: AbortSignal) {
    this.#ports = ports;
    this.#signal = signal;
  }

  /** Waits, but not for ever, until an update that was given up has ended too. */
  async waitForEnd(): Promise<void> {
    const ended = new AbortController();
    const ending = this.#ending.then(() => ended.abort());
    // A sleep that goes on would keep the whole program from ending.
    await Promise.race([ending, this.#ports.clock.sleep(END_WITHIN_MS, ended.signal)]);
  }

  /**
   * Brings the stack to a state.
   *
   * @param look called again and again meanwhile; what it throws ends the update, and is thrown at once
   * @throws AbortRelease when the update takes longer than `withinMs`
   */
  async moveTo(state: ReleaseState, withinMs: number, look: () => Promise<unknown>): Promise<void> {
    throwIfInterrupted(this.#signal);
    await this.#ports.stack.save(state);
    const deadline = this.#ports.clock.now() + withinMs;
    const stop = new AbortController();
    const settled = new AbortController();
    const running = this.#ports.stack.up(stop.signal).finally(() => settled.abort());
    this.#ending = running.catch(() => undefined);
    try {
      while (!settled.signal.aborted) {
        throwIfInterrupted(this.#signal);
        await look();
        if (this.#ports.clock.now() >= deadline) {
          throw new AbortRelease(`the update of the stack did not end within ${formatDuration(withinMs)}`);
        }
        await this.#ports.clock.sleep(POLL_MS, AbortSignal.any([settled.signal, this.#signal]));
      }
    } catch (error) {
      stop.abort();
      throw error;
    }
    await running;
  }
}

/** @throws AbortRelease when the operator wants the release given up */
export function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted) throw new AbortRelease(describeStop(signal));
}

/** Why an aborted signal wants things given up. */
export function describeStop({ reason }: AbortSignal): string {
  return reason instanceof TakenOver ? reason.message : "interrupted by the operator";
}

/**
 * A question to be asked again and again: no answer means no, until there has been none for too long.
 *
 * @throws what the question throws then, and at once what is an answer
 */
export function patiently(clock: Clock, ask: () => Promise<boolean>): () => Promise<boolean> {
  let unknownSince: number | undefined;
  return async () => {
    try {
      const answer = await ask();
      unknownSince = undefined;
      return answer;
    } catch (error) {
      if (error instanceof AbortRelease || error instanceof UserError || error instanceof TakenOver) throw error;
      unknownSince ??= clock.now();
      if (clock.now() - unknownSince >= UNKNOWN_MS) throw error;
      return false;
    }
  };
}

/** @throws AbortRelease when it does not come true within the time */
export async function waitUntil(
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  withinMs: number,
  what: string,
  isTrue: () => Promise<boolean>,
): Promise<void> {
  const deadline = clock.now() + withinMs;
  while (!(await isTrue())) {
    throwIfInterrupted(signal);
    if (clock.now() >= deadline) {
      throw new AbortRelease(`waited ${Math.round(withinMs / 1_000)} s in vain for ${what}`);
    }
    await clock.sleep(POLL_MS, signal);
  }
}
