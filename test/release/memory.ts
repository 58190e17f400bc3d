import type { Clock, Holding, Journal, JournalEntry, Lease } from "../../release/ports.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import { recordSchema, type ReleaseRecord } from "../../release/record.ts";

/** A journal as the cluster keeps it: text, which only what was written can be read from. */
export class MemoryJournal implements Journal {
  /** Each writing, as text. */
  readonly written: string[] = [];
  /** Runs before a writing takes effect; may throw. */
  beforeWrite: (record: ReleaseRecord) => void | Promise<void> = () => undefined;

  get latest(): ReleaseRecord | undefined {
    const text = this.written.at(-1);
    return text === undefined ? undefined : recordSchema.parse((JSON.parse(text) as JournalEntry).record);
  }

  readLatest(): Promise<JournalEntry | undefined> {
    const text = this.written.at(-1);
    if (text === undefined) return Promise.resolve(undefined);
    const { events, record } = JSON.parse(text) as JournalEntry;
    return Promise.resolve({ record: recordSchema.parse(record), events });
  }

  async write(record: ReleaseRecord, events: readonly ReleaseEvent[]): Promise<void> {
    await this.beforeWrite(record);
    this.written.push(JSON.stringify({ record, events }));
  }
}

/** A lease as the API server keeps it. */
export class MemoryLease implements Lease {
  readonly #clock: Clock;
  #holding: Holding | undefined;
  #revision = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  read(): Promise<Holding | undefined> {
    return Promise.resolve(this.#holding);
  }

  take(holder: string, seen: Holding | undefined): Promise<Holding | undefined> {
    if (seen?.revision !== this.#holding?.revision) return Promise.resolve(undefined);
    this.#revision += 1;
    this.#holding = { holder, durationMs: 15_000, renewedAt: this.#clock.now(), revision: String(this.#revision) };
    return Promise.resolve(this.#holding);
  }

  async giveUp(holding: Holding): Promise<void> {
    await this.take("", holding);
  }
}
