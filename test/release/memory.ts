import { TakenOver } from "../../release/errors.ts";
import type { Clock, Holding, Journal, JournalEntry, Lease } from "../../release/ports.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import { recordSchema, type ReleaseRecord } from "../../release/record.ts";

/** A journal as the cluster keeps it: text, which only what was written can be read from. */
export class MemoryJournal implements Journal {
  /** Each writing, as text. */
  readonly written: string[] = [];
  readonly #revisions = new Map<string, number>();
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
    this.#revisions.set(record.id, this.#revision(record.id) + 1);
  }

  /** As one program has it: what others have written since it last read or wrote is not written over. */
  open(): Journal {
    const known = new Map<string, number>();
    return {
      readLatest: async () => {
        const entry = await this.readLatest();
        if (entry !== undefined) known.set(entry.record.id, this.#revision(entry.record.id));
        return entry;
      },
      write: async (record, events) => {
        const { id } = record;
        if ((known.get(id) ?? 0) !== this.#revision(id))
          throw new TakenOver(`somebody else has written about release ${id}`);
        await this.write(record, events);
        known.set(id, this.#revision(id));
      },
    };
  }

  #revision(id: string): number {
    return this.#revisions.get(id) ?? 0;
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
