import { stripVTControlCharacters, styleText } from "node:util";
import { createLogUpdate } from "log-update";
import type { EventOf } from "../events.ts";
import type { Reporter } from "../ports.ts";
import { follow, NOTHING_YET } from "./live-state.ts";
import { drawLive } from "./live-view.ts";
import type { Paint } from "./live-view.ts";
import { createNarrator } from "./narrator.ts";
import { outliveReader } from "./outlive-reader.ts";
import { sumCounts, sumSlow } from "./steps.ts";
import { describeSample } from "./words.ts";

export interface TerminalOptions {
  /** The time now, ms since the epoch, on the clock of the events. */
  readonly now?: () => number;
  /** How often the live view counts on without an event, ms; 0 for never. */
  readonly tickMs?: number;
}

/** Without a live view, a line about the samples comes this often, ms: a log should show life, not each sample. */
const SAMPLE_LINE_MS = 10_000;

/** Beyond this, lines are hard to follow. */
const WIDEST = 120;

/**
 * Tells a release to a person: one line for each event. On a terminal, a few more below them show where the release
 * stands; elsewhere a line now and then tells what was measured. Colours where the stream takes them and NO_COLOR is
 * not set.
 */
export function createTerminalReporter(stream: NodeJS.WriteStream, options: TerminalOptions = {}): Reporter {
  outliveReader(stream);
  const paint: Paint = (style, text) => styleText(style, text, { stream });
  const live = stream.isTTY && process.env.TERM !== "dumb";
  return live ? createLiveReporter(stream, paint, options) : createLineReporter(stream, paint);
}

function createLineReporter(stream: NodeJS.WriteStream, paint: Paint): Reporter {
  const narrator = createNarrator(paint);
  let state = NOTHING_YET;
  let untold: EventOf<"sampled">[] = [];
  let nextAt: number | undefined;
  return {
    report(event) {
      state = follow(state, event);
      for (const line of narrator.tell(event)) stream.write(`${line}\n`);
      if (event.type !== "sampled") return;
      untold.push(event);
      nextAt ??= event.at - event.sample.spanMs + SAMPLE_LINE_MS;
      if (event.at < nextAt) return;
      const samples = untold.map(({ sample }) => sample);
      const limitMs = state.plan?.latency?.limitMs;
      const slow = limitMs !== undefined && {
        slow: { limitMs, canary: sumSlow(samples, "canary"), stable: sumSlow(samples, "stable") },
      };
      const counts = { canary: sumCounts(untold, "canary"), stable: sumCounts(untold, "stable"), ...slow };
      stream.write(`${narrator.mention(event.at, describeSample(event, counts, state.progress))}\n`);
      untold = [];
      nextAt = event.at + SAMPLE_LINE_MS;
    },
    close: () => undefined,
  };
}

function createLiveReporter(
  stream: NodeJS.WriteStream,
  paint: Paint,
  { now = Date.now, tickMs = 1_000 }: TerminalOptions,
): Reporter {
  const widthOf = () => Math.min(WIDEST, stream.columns || 80);
  const narrator = createNarrator(paint, widthOf);
  // The cursor stays: hiding it would need a signal handler to bring it back, and signals belong to the release.
  const view = createLogUpdate(stream, { showCursor: true });
  let state = NOTHING_YET;
  const draw = () => {
    const lines = drawLive(state, now(), widthOf(), paint);
    if (lines.length === 0) view.clear();
    else view(lines.map((line) => fit(line, widthOf())).join("\n"));
  };
  const timer = tickMs > 0 ? setInterval(draw, tickMs).unref() : undefined;
  const stop = () => {
    clearInterval(timer);
    view.clear();
    view.done();
  };
  return {
    report(event) {
      state = follow(state, event);
      const lines = narrator.tell(event);
      if (lines.length > 0) view.persist(lines.join("\n"));
      if (event.type === "finished") stop();
      else draw();
    },
    close: stop,
  };
}

const ESCAPE = String.fromCharCode(27);
const STYLE_OR_CHARACTER = new RegExp(`${ESCAPE}\\[[\\d;]*m|.`, "gu");

/** Cuts a line that would be broken, because a view whose height changes jumps; what ends its styles stays. */
function fit(line: string, width: number): string {
  if (stripVTControlCharacters(line).length < width) return line;
  let room = width - 2;
  const parts = [...line.matchAll(STYLE_OR_CHARACTER)].map(([part]) => {
    if (part.startsWith(ESCAPE)) return part;
    room -= 1;
    return room >= 0 ? part : room === -1 ? "…" : "";
  });
  return parts.join("");
}
