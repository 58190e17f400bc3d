import { createLogUpdate } from "log-update";

/** Tells the user what is going on: lasting lines, and one live line at the bottom where there is a terminal. */
export interface Reporter {
  /** A line that stays. */
  line(text: string): void;
  /** Replaces the live line of this topic; without a terminal nothing is printed. */
  live(topic: string, text: string): void;
  /** Ends the live line of this topic. */
  done(topic: string): void;
}

/** A reporter on standard error, so that standard output stays clean for what a command answers. */
export function createReporter(stream: NodeJS.WriteStream = process.stderr): Reporter {
  if (!stream.isTTY) return { line: (text) => void stream.write(`${text}\n`), live: ignore, done: ignore };
  const update = createLogUpdate(stream);
  const topics = new Map<string, string>();
  const redraw = () => (topics.size === 0 ? update.clear() : update([...topics.values()].join("\n")));
  return {
    line(text) {
      update.clear();
      stream.write(`${text}\n`);
      redraw();
    },
    live(topic, text) {
      topics.set(topic, text);
      redraw();
    },
    done(topic) {
      topics.delete(topic);
      redraw();
    },
  };
}

/** `3.4 s` or `5 min 12 s`. */
export function formatSeconds(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** `512 MiB` or `1.43 GiB`. */
export function formatBytes(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  return mebibytes < 1024 ? `${Math.round(mebibytes)} MiB` : `${(mebibytes / 1024).toFixed(2)} GiB`;
}

function ignore(): void {
  // nothing to redraw without a terminal
}
