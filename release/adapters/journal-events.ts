import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import type { ReleaseEvent } from "../events.ts";
import type { Journal, JournalEntry } from "../ports.ts";

/** What compressed events may take, as base64: a ConfigMap holds 1 MiB, and a journal is written before each thing done. */
const MOST_EVENT_BYTES = 700_000;

/** All releases that are still remembered. */
export interface ReleaseArchive extends Pick<Journal, "readLatest"> {
  /** The newest first. */
  readAll(): Promise<readonly JournalEntry[]>;
}

/**
 * Where the events of a very long release do not fit, its oldest samples go: the record holds what they proved. What is
 * left cannot be replayed, and no longer begins with what a replay needs.
 */
export async function compressEvents(events: readonly ReleaseEvent[]): Promise<string> {
  const lines = events.map((event) => JSON.stringify(event)).join("\n");
  const text = (await promisify(gzip)(lines)).toString("base64");
  if (text.length <= MOST_EVENT_BYTES) return text;
  const samples = events.filter(({ type }) => type === "sampled" || type === "gate-looked");
  const oldest = samples.slice(0, Math.ceil(samples.length / 2));
  const dropped = new Set<ReleaseEvent>([...oldest, ...events.filter(({ type }) => type === "gate-opened")]);
  return compressEvents(events.filter((event) => !dropped.has(event)));
}

export async function decompressEvents(text: string | undefined): Promise<readonly ReleaseEvent[]> {
  if (text === undefined) return [];
  const lines = (await promisify(gunzip)(Buffer.from(text, "base64"))).toString("utf8");
  return lines === "" ? [] : lines.split("\n").map((line) => JSON.parse(line) as ReleaseEvent);
}
