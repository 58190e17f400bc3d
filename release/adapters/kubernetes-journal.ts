import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { App } from "../../config/app.ts";
import { RELEASES_KEPT, releaseLabels, releaseName } from "../../config/limits.ts";
import { TakenOver, UserError } from "../errors.ts";
import type { Journal, JournalEntry } from "../ports.ts";
import { isFinished, recordSchema } from "../record.ts";
import { compressEvents, decompressEvents, type ReleaseArchive } from "./journal-events.ts";
import { selectLabels, type Cluster } from "./kubernetes.ts";
import { parseJson } from "./parse-json.ts";

/** Which process wrote an entry last. */
const WRITER_ANNOTATION = "sluice.dev/writer";

const writtenSchema = z.object({
  metadata: z.object({ resourceVersion: z.string(), annotations: z.record(z.string(), z.string()).default({}) }),
});

const entrySchema = z.object({
  metadata: z.object({ name: z.string(), resourceVersion: z.string() }),
  data: z.object({ record: z.string() }),
  binaryData: z.object({ events: z.string().optional() }).default({}),
});

const listSchema = z.object({ items: z.array(entrySchema) });

type Entry = z.infer<typeof entrySchema>;

/**
 * One ConfigMap for each release, beside the service: while it is under way the journal, afterwards its record. The last
 * ten are kept.
 */
export function createKubernetesJournal(
  cluster: Cluster,
  app: Pick<App, "name" | "namespace">,
): Journal & ReleaseArchive {
  const { name, namespace } = app;
  const kind = { apiVersion: "v1", kind: "ConfigMap", namespace };
  /** The version of each entry that this process wrote or read last. */
  const known = new Map<string, string>();
  const writer = randomUUID();
  const list = async () => {
    const { items } = await cluster.list({ ...kind, selector: selectLabels(releaseLabels(name)) }, listSchema);
    return items.sort((a, b) => b.metadata.name.localeCompare(a.metadata.name));
  };
  const read = async (entry: Entry): Promise<JournalEntry> => {
    known.set(entry.metadata.name, entry.metadata.resourceVersion);
    return parseEntry(entry);
  };
  /** An answer may have been lost on its way, so that what is in the way is our own. */
  const isOwn = async (entry: string) => {
    const found = await cluster.find({ ...kind, name: entry }, writtenSchema);
    if (found?.metadata.annotations[WRITER_ANNOTATION] !== writer) return false;
    known.set(entry, found.metadata.resourceVersion);
    return true;
  };
  const prune = async () => {
    for (const { metadata } of (await list()).slice(RELEASES_KEPT))
      await cluster.remove({ ...kind, name: metadata.name });
  };
  return {
    async readLatest() {
      const [latest] = await list();
      return latest === undefined ? undefined : read(latest);
    },
    async write(record, events) {
      const object = {
        apiVersion: kind.apiVersion,
        kind: kind.kind,
        metadata: {
          namespace,
          name: releaseName(name, record.id),
          labels: releaseLabels(name),
          annotations: { [WRITER_ANNOTATION]: writer },
        },
        data: { record: JSON.stringify(record) },
        binaryData: { events: await compressEvents(events) },
      };
      const put = () => {
        const resourceVersion = known.get(object.metadata.name);
        return resourceVersion === undefined
          ? cluster.create(object)
          : cluster.replace({ ...object, metadata: { ...object.metadata, resourceVersion } });
      };
      const written = (await put()) ?? ((await isOwn(object.metadata.name)) ? await put() : undefined);
      if (written === undefined) throw new TakenOver(`somebody else has written about release ${record.id}`);
      known.set(object.metadata.name, writtenSchema.parse(written).metadata.resourceVersion);
      if (isFinished(record)) await prune();
    },
    async readAll() {
      return Promise.all((await list()).map(read));
    },
  };
}

/** @throws UserError when it was written by a program that this one does not understand */
async function parseEntry({ binaryData, data, metadata }: Entry): Promise<JournalEntry> {
  const record = recordSchema.safeParse(parseJson(data.record));
  if (!record.success) {
    throw new UserError(
      `ConfigMap ${metadata.name} holds a release that this version of sluice cannot read: ` +
        "go on with the version that wrote it.",
    );
  }
  return { record: record.data, events: await decompressEvents(binaryData.events) };
}
