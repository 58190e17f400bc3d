import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { App } from "../../../config/app.ts";
import { RELEASES_KEPT } from "../../../config/limits.ts";
import { TakenOver, UserError } from "../../errors.ts";
import type { Journal, JournalEntry } from "../../ports.ts";
import { isFinished, recordSchema } from "../../record.ts";
import { compressEvents, decompressEvents } from "../journal-events.ts";
import type { ReleaseArchive } from "../journal-events.ts";
import { parseJson } from "../parse-json.ts";
import type { Shelf } from "./shelf.ts";

const PREFIX = "release-";

/** `writer`: which process wrote it last. */
const entrySchema = z.object({ record: z.unknown(), events: z.string(), writer: z.string().optional() });

/**
 * One file for each release: while it is under way the journal, afterwards its record. The last ten are kept.
 *
 * @param app whose releases they are, for messages
 */
export function createShelfJournal(shelf: Shelf, app: Pick<App, "name" | "namespace">): Journal & ReleaseArchive {
  /** The revision of each entry that this process wrote or read last. */
  const known = new Map<string, string>();
  const writer = randomUUID();
  const list = async () => (await shelf.list(PREFIX)).toSorted((a, b) => b.localeCompare(a));
  const read = async (name: string): Promise<JournalEntry | undefined> => {
    const item = await shelf.read(name);
    if (item === undefined) return undefined;
    known.set(name, item.revision);
    return parseEntry(item.text, name, app);
  };
  /** An answer may have been lost on its way, so that what is in the way is our own. */
  const isOwn = async (name: string) => {
    const item = await shelf.read(name);
    if (item === undefined || entrySchema.safeParse(parseJson(item.text)).data?.writer !== writer) return false;
    known.set(name, item.revision);
    return true;
  };
  return {
    async readLatest() {
      const [latest] = await list();
      return latest === undefined ? undefined : read(latest);
    },
    async write(record, events) {
      const name = `${PREFIX}${record.id}`;
      const text = JSON.stringify({ record, events: await compressEvents(events), writer });
      const put = () => shelf.write(name, text, known.get(name));
      const revision = (await put()) ?? ((await isOwn(name)) ? await put() : undefined);
      if (revision === undefined) throw new TakenOver(`somebody else has written about release ${record.id}`);
      known.set(name, revision);
      if (!isFinished(record)) return;
      for (const old of (await list()).slice(RELEASES_KEPT)) await shelf.remove(old);
    },
    async readAll() {
      const entries = await Promise.all((await list()).map(read));
      return entries.filter((entry) => entry !== undefined);
    },
  };
}

/** @throws UserError when it was written by a program that this one does not understand */
async function parseEntry(
  text: string,
  name: string,
  { name: app, namespace }: Pick<App, "name" | "namespace">,
): Promise<JournalEntry> {
  const entry = entrySchema.safeParse(parseJson(text));
  const record = recordSchema.safeParse(entry.data?.record);
  if (entry.success && record.success)
    return { record: record.data, events: await decompressEvents(entry.data.events) };
  throw new UserError(
    `The edge of ${namespace}/${app} keeps ${name}, which this version of sluice cannot read: ` +
      "go on with the version that wrote it.",
  );
}
