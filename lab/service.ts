import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseDocument } from "yaml";
import { connectCluster, type Cluster } from "../release/adapters/kubernetes.ts";
import { createKubernetesPods } from "../release/adapters/kubernetes-pods.ts";
import { readStackFile } from "../release/adapters/stack-file.ts";
import { partsOf } from "../release/adapters/switches/parts.ts";
import { createTrafficSwitch } from "../release/adapters/switches/traffic-switch.ts";
import type { StackConfig } from "../config/schema.ts";
import type { EventOf, ReleaseEvent } from "../release/events.ts";
import type { TrafficSwitch } from "../release/ports.ts";
import { labEnvironment } from "./environment.ts";
import { isFailure } from "./demo-result.ts";
import { startLoad, type Answer, type LoadRun } from "./load.ts";
import { createLabProject, deployStack, removeStack, type LabProject } from "./project.ts";
import { urls } from "./settings.ts";
import { waitFor } from "./wait.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const BUILD = path.join(ROOT, "build", "e2e");

/** What one run of the command line did. */
export interface CliRun {
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

/** A service of its own on the lab: a stack, a namespace, live traffic. */
export class Service {
  readonly project: LabProject;
  readonly config: StackConfig;
  readonly cluster: Cluster;
  readonly traffic: TrafficSwitch;
  readonly host: string;
  load: LoadRun | undefined;

  private constructor(project: LabProject, config: StackConfig, host: string) {
    this.project = project;
    this.config = config;
    this.host = host;
    this.cluster = connectCluster();
    const pods = createKubernetesPods(this.cluster, config.app);
    this.traffic = createTrafficSwitch(this.cluster, partsOf(config.router, config.app), pods);
  }

  /** Deploys version 1.0.0 under the stack's name, with quick steps. */
  static async deploy(name: string, changes: Readonly<Record<string, unknown>> = {}): Promise<Service> {
    await mkdir(BUILD, { recursive: true });
    const host = `${name}.example.com`;
    const project = await createLabProject(path.join(BUILD, name), name, {
      "sluice:app": { name: "checkout", namespace: name },
      "sluice:router": { hosts: [host] },
      "sluice:strategy": { weights: [5, 50, 100], bake: "4s", replicas: 1 },
      // A machine that is busy for a moment is slow for both versions, whatever is released: times have tests of their own.
      "sluice:gate": { minStepTime: "4s", maxStepTime: "8s", latency: "off" },
      "sluice:release": { blue: { replicas: 1 } },
      ...changes,
    });
    await deployStack(project.stack);
    return new Service(project, await readStackFile(project.stackFile), host);
  }

  async startTraffic(rps = 100, edge: string = urls.ingress, seconds = 1_500): Promise<void> {
    const out = path.join(BUILD, `${this.project.stackName}.jsonl`);
    this.load = startLoad({ url: `${edge}/api/quote`, host: this.host, rps, seconds, out });
    const flows = await waitFor(() => Promise.resolve(this.answers().some(({ status }) => status === 200)), {
      timeoutMs: 30_000,
    });
    if (!flows) throw new Error("no request was answered");
  }

  answers(sinceMs = 0): readonly Answer[] {
    return this.load?.answers().filter(({ startMs }) => startMs >= sinceMs) ?? [];
  }

  failures(sinceMs = 0): readonly Answer[] {
    return this.answers(sinceMs).filter(isFailure);
  }

  async remove(): Promise<void> {
    await this.load?.stop();
    await removeStack(this.project.stack);
  }

  start(command: string, ...args: string[]): RunningCli {
    return startCli(this.project, command, args);
  }

  /** What `pulumi preview` finds to change. */
  async preview(): Promise<Omit<CliRun, "events">> {
    const args = ["preview", "--expect-no-changes", "--stack", this.project.stackName, "--non-interactive"];
    return command("pulumi", args, this.project.directory);
  }

  async run(command: string, ...args: string[]): Promise<CliRun> {
    return this.start(command, ...args).done;
  }

  release(version: string, ...args: string[]): Promise<CliRun> {
    return this.run("release", "--image", `sluice-sample:${version}`, ...args);
  }

  /** The managers that have written the object of the weights, but for what they wrote of its status. */
  async managers(): Promise<readonly string[]> {
    const [{ id }] = partsOf(this.config.router, this.config.app);
    const { kind, name, namespace } = id;
    const { stdout } = await command("kubectl", [
      "get",
      kind.toLowerCase(),
      name,
      "-n",
      namespace,
      "-o",
      "json",
      "--show-managed-fields",
    ]);
    const { metadata } = JSON.parse(stdout) as {
      metadata: { managedFields: { manager: string; operation: string; subresource?: string }[] };
    };
    const written = metadata.managedFields.filter(({ subresource }) => subresource === undefined);
    return written.map(({ manager, operation }) => `${manager} ${operation}`);
  }

  readFile(): Promise<string> {
    return readFile(this.project.stackFile, "utf8");
  }
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
    child.on("error", reject).on("close", (exit) => {
      resolve(exit ?? 1);
    });
  });
  return { code, stdout, stderr };
}

/** Starts a command of the release program, with its events as JSON. */
export function startCli(project: LabProject, name: string, args: readonly string[]): RunningCli {
  const options = ["--stack", project.stackName, "--project", project.directory, "--json"];
  const child = spawn(process.execPath, [path.join(ROOT, "release/cli.ts"), name, ...options, ...args], {
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
    child.on("error", reject).on("close", (code) => {
      resolve({ code: code ?? 1, stdout, stderr, events: events() });
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
