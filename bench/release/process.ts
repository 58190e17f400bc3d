import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";

/** What the kernel says of a process (`/proc`, proc(5)); `undefined` once it is gone. */
export interface Usage {
  /** Time on a processor, of itself alone, s. */
  readonly cpuS: number;
  /** The most resident memory that it ever had, MiB. */
  readonly peakMiB: number;
}

/** Clock ticks in a second: fixed on Linux for what user programs see. */
const TICKS_PER_S = 100;

export async function readUsage(pid: number): Promise<Usage | undefined> {
  try {
    const [stat, status] = await Promise.all([
      readFile(`/proc/${pid}/stat`, "utf8"),
      readFile(`/proc/${pid}/status`, "utf8"),
    ]);
    // The command's name may hold anything, blanks and brackets too: what follows it begins with field 3.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const ticks = Number(fields[11]) + Number(fields[12]);
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1];
    return kib === undefined ? undefined : { cpuS: ticks / TICKS_PER_S, peakMiB: Number(kib) / 1_024 };
  } catch {
    return undefined;
  }
}

const LOOK_EVERY_MS = 100;

/** Follows a process until it ends. */
export class ProcessWatch {
  readonly #usages: { readonly at: number; readonly usage: Usage }[] = [];
  readonly #ended: Promise<void>;

  constructor(pid: number) {
    this.#ended = this.#follow(pid);
  }

  async end(): Promise<{ readonly peakMiB: number; readonly shareBetween: (from: number, to: number) => number }> {
    await this.#ended;
    const usages = this.#usages;
    return {
      peakMiB: Math.max(0, ...usages.map(({ usage }) => usage.peakMiB)),
      /** The part of one processor that it took between two moments, ms since the epoch. */
      shareBetween(from, to) {
        const within = usages.filter(({ at }) => at >= from && at <= to);
        const [first, last] = [within[0], within.at(-1)];
        if (first === undefined || last === undefined || first === last) return Number.NaN;
        return (last.usage.cpuS - first.usage.cpuS) / ((last.at - first.at) / 1_000);
      },
    };
  }

  async #follow(pid: number): Promise<void> {
    for (;;) {
      const usage = await readUsage(pid);
      if (usage === undefined) return;
      this.#usages.push({ at: Date.now(), usage });
      await delay(LOOK_EVERY_MS);
    }
  }
}
