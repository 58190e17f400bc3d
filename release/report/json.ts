import type { Reporter } from "../ports.ts";
import { outliveReader } from "./outlive-reader.ts";

/** The version of the events' format: raised when a reader of the old one would misread the new one. */
export const FORMAT_VERSION = 1;

/** Writes each event as one JSON object on a line of its own; docs/events.md describes them field by field. */
export function createJsonReporter(stream: NodeJS.WritableStream): Reporter {
  outliveReader(stream);
  return {
    report: (event) => {
      stream.write(`${JSON.stringify({ v: FORMAT_VERSION, ...event })}\n`);
    },
    close: () => undefined,
  };
}
