import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { parseDocument } from "yaml";
import type { StackConfig } from "../config/schema.ts";
import packageJson from "../package.json" with { type: "json" };
import type { EventOf, ReleaseEvent } from "../release/events.ts";
import { labEnvironment } from "./environment.ts";
import type { LabProject } from "./project.ts";
import { waitFor } from "./wait.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
/** What Node is told when a user starts the release program by `npm run sluice`. */
const SLUICE = packageJson.scripts.sluice
  .split(" ")
  .slice(1)
  .map((word) => (word.endsWith(".ts") ? path.join(ROOT, word) : word));
const BUILD = path.join(ROOT, "build", "e2e");

/** What one run of the command line did. */
export interface CliRun {
  /** Its exit code, as a shell tells it: 128 and the signal's number where a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly events: readonly ReleaseEvent[];
}

/** A command line that runs. */
export interface RunningCli {
  readonly done: Promise<CliRun>;
  readonly pid: number;
  /** Ends when an event of this kind was told; throws when that takes longer than 2 m, or `timeoutMs`. */
  waitForEvent(isIt: (event: ReleaseEvent) => boolean, timeoutMs?: number): Promise<void>;
}

/** Runs a whole release of a sample version. */
export function runRelease(project: LabProject, version: string): Promise<CliRun> {
  return startCli(project, "release", ["--image", `sluice-sample:${version}`]).done;
}

export function find<T extends ReleaseEvent["type"]>(run: CliRun, type: T): EventOf<T> {
  const event = run.events.findLast((candidate): candidate is EventOf<T> => candidate.type === type);
  if (event === undefined) throw new Error(`no event "${type}"; the program said:\n${run.stdout}\n${run.stderr}`);
  return event;
}

/** Runs a program of the lab to its end. */
export async function command(
  program: string,
  args: readonly string[],
  cwd = ROOT,
  env: Readonly<Record<string, string>> = {},
): Promise<Omit<CliRun, "events">> {
  const child = spawn(program, args, { cwd, env: { ...process.env, ...labEnvironment(), ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const code = await new Promise<number>((resolve, reject) => {
    child.on("error", reject).on("close", (exit, signal) => {
      resolve(codeOf(exit, signal));
    });
  });
  return { code, stdout, stderr };
}

function codeOf(exit: number | null, signal: NodeJS.Signals | null): number {
  return exit ?? 128 + (signal === null ? 0 : os.constants.signals[signal]);
}

/** Starts a watchdog over a service, as a process of this machine. */
export function startWatchdog({ app, docker }: Pick<StackConfig, "app" | "docker">): ChildProcess {
  const where = docker === undefined ? [] : ["--docker", ...(docker.host === undefined ? [] : [docker.host])];
  return spawn(process.execPath, [...SLUICE, "watchdog", "--namespace", app.namespace, ...where], {
    env: { ...process.env, ...labEnvironment() },
    stdio: "ignore",
  });
}

/** Starts a command of the release program, with its events as JSON. */
export function startCli(project: LabProject, name: string, args: readonly string[]): RunningCli {
  const options = ["--stack", project.stackName, "--project", project.directory, "--json"];
  const child = spawn(process.execPath, [...SLUICE, name, ...options, ...args], {
    env: { ...process.env, ...labEnvironment() },
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const events = () =>
    stdout
      .slice(0, stdout.lastIndexOf("\n") + 1)
      .split("\n")
      .filter((line) => line.startsWith('{"'))
      .map((line) => JSON.parse(line) as ReleaseEvent);
  const done = new Promise<CliRun>((resolve, reject) => {
    child.on("error", reject).on("close", (exit, signal) => {
      resolve({ code: codeOf(exit, signal), stdout, stderr, events: events() });
    });
  });
  return {
    done,
    pid: child.pid ?? 0,
    async waitForEvent(isIt, timeoutMs = 120_000) {
      const happened = await waitFor(() => Promise.resolve(events().some(isIt) || child.exitCode !== null), {
        timeoutMs,
        intervalMs: 20,
      });
      if (!happened || !events().some(isIt))
        throw new Error(`the event did not come; the program said:\n${stdout}\n${stderr}`);
    },
  };
}

/** Changes one setting of a stack file, and keeps the rest with its comments. */
export async function editStackFile(file: string, at: readonly string[], value: unknown): Promise<void> {
  const document = parseDocument(await readFile(file, "utf8"));
  document.setIn(["config", ...at], document.createNode(value));
  await writeFile(file, document.toString());
}

/** A directory that is gone after its use. */
export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  await mkdir(BUILD, { recursive: true });
  const directory = await mkdtemp(path.join(BUILD, "tmp-"));
  try {
    return await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
