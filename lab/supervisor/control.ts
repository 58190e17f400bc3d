import { readFile } from "node:fs/promises";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";
import { labMarker, type LabPaths } from "../settings.ts";
import { waitFor } from "../wait.ts";
import { countRestarts, type RestartCounts } from "./events.ts";
import { supervisorFiles } from "./render.ts";

/** What supervisord says of one program. */
export interface ProcessState {
  readonly name: string;
  /** supervisord's own word: RUNNING, STARTING, STOPPED, BACKOFF, FATAL, EXITED, STOPPING. */
  readonly state: string;
  readonly pid: number | undefined;
}

/** supervisorctl's exit codes for what is no failure here: `status` with programs at rest, `stop` of such a program. */
const exitSomeNotRunning = 3;
const exitNotRunning = 7;

/** Speaks to the lab's supervisord through its own command line program. */
export interface Supervisor {
  /** Starts supervisord in a session of its own if it does not answer; true if it was started. */
  ensureRunning(): Promise<boolean>;
  /** Takes over a changed configuration; programs that changed or vanished are stopped. */
  reload(): Promise<void>;
  /** The states of all programs, or undefined if supervisord does not answer. */
  states(): Promise<ProcessState[] | undefined>;
  start(name: string): Promise<void>;
  /** Stops the programs one after the other, in this order. */
  stop(names: readonly string[]): Promise<void>;
  restarts(): Promise<RestartCounts>;
  /** Ends supervisord and all that it runs. */
  shutdown(): Promise<void>;
}

/** `library` is the directory that holds supervisor's Python package. */
export function createSupervisor(library: string, paths: LabPaths): Supervisor {
  const files = supervisorFiles(paths);
  const env = { PYTHONPATH: library, PYTHONDONTWRITEBYTECODE: "1" };
  const module = (name: string) => ["-W", "ignore", "-m", `supervisor.${name}`, "-c", files.config];
  const control = (args: readonly string[], acceptExitCodes: readonly number[] = []) =>
    run("python3", [...module("supervisorctl"), ...args], { env, acceptExitCodes, timeoutMs: 60_000 });

  const states = async (): Promise<ProcessState[] | undefined> => {
    try {
      return parseStates(await control(["status"], [exitSomeNotRunning]));
    } catch {
      return undefined;
    }
  };

  return {
    states,
    async ensureRunning() {
      if ((await states()) !== undefined) return false;
      // A clean environment: what the user's shell has (a proxy, Go settings) must not change how the lab behaves.
      const kept = ["PATH", "HOME", "LANG", "TMPDIR", "PYENV_ROOT"];
      const clean = kept.flatMap((name) => (process.env[name] === undefined ? [] : [`${name}=${process.env[name]}`]));
      const variables = [...clean, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)];
      const marker = `${labMarker}=${paths.state}`;
      await run("env", ["-i", marker, ...variables, "python3", ...module("supervisord")]);
      const answers = await waitFor(async () => (await states()) !== undefined, { timeoutMs: 15_000 });
      if (!answers) throw new LabError(`supervisord does not answer; see ${files.log}`);
      return true;
    },
    async reload() {
      await control(["update"]);
    },
    async start(name) {
      await control(["start", name]);
    },
    async stop(names) {
      if (names.length > 0) await control(["stop", ...names], [exitNotRunning]);
    },
    async restarts() {
      return countRestarts(await readFile(files.log, "utf8").catch(() => ""));
    },
    async shutdown() {
      await control(["shutdown"]);
    },
  };
}

/** Parses the lines of `supervisorctl status`. */
export function parseStates(output: string): ProcessState[] {
  return output.split("\n").flatMap((line) => {
    const match = /^(\S+)\s+([A-Z]+)(?:\s+pid (\d+),)?/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) return [];
    return [{ name: match[1], state: match[2], pid: match[3] === undefined ? undefined : Number(match[3]) }];
  });
}
