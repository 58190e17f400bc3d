import type { Answer } from "./load/answer.ts";
import type { LoadResult } from "./load/aggregate.ts";
import { checkLoad, type LoadRequest } from "./load/limits.ts";
import { LoadProcess } from "./load/process.ts";

export type { Answer } from "./load/answer.ts";
export type { Count, Latency, LoadResult } from "./load/aggregate.ts";

/** A run of load. */
export interface LoadOptions extends LoadRequest {
  /** File for the answers, one JSON object a line, in the order in which they came. */
  readonly out: string;
}

/** Load that is under way. */
export interface LoadRun {
  /** The result, once all requests have been answered or given up; rejects with a LabError if k6 fails. */
  readonly done: Promise<LoadResult>;
  /** Ends the run early. Requests that are under way are cut off and count neither as answered nor as failed. */
  stop(): Promise<LoadResult>;
  /** The answers so far, in the order in which they came; the list grows. */
  answers(): readonly Answer[];
}

/**
 * Starts sending `rps` requests a second, each when it is due, however slow the answers are. Only to this machine and to
 * the lab. Throws a LabError that lists every problem of the options.
 */
export function startLoad(options: LoadOptions): LoadRun {
  const run = new LoadProcess(checkLoad(options), options.out);
  const done = run.perform();
  done.catch(() => undefined); // whoever awaits `done` or `stop` gets it; a run that nobody awaits must not end the process
  return {
    done,
    stop() {
      run.stop();
      return done;
    },
    answers: () => run.answers,
  };
}
