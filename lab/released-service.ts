import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Slot } from "../config/release-state.ts";
import type { StackConfig } from "../config/schema.ts";
import type { TrafficSwitch } from "../release/ports.ts";
import { LabError } from "./errors.ts";
import type { Faults } from "./faults.ts";
import { isFailed } from "./load/answer.ts";
import { startLoad, type Answer, type LoadRun } from "./load.ts";
import { removeStack, type LabProject } from "./project.ts";
import { command, startCli, type CliRun, type RunningCli } from "./run-cli.ts";
import { waitFor } from "./wait.ts";

/** Where the projects of services on the lab are, and what users were answered. */
export const SERVICES = path.resolve(import.meta.dirname, "../build/e2e");

/** Stable must answer everything for so long before a release begins. */
const CALM_S = 10;

/** Where users' requests go. */
export interface Entrance {
  /** Base URL. */
  readonly url: string;
  /** The Host header. */
  readonly host: string;
}

/** A service of its own on the lab: a stack, an edge, live traffic; in the cluster or on the Docker engine. */
export abstract class ReleasedService {
  readonly project: LabProject;
  readonly config: StackConfig;
  readonly traffic: TrafficSwitch;
  #load: LoadRun | undefined;

  protected constructor(project: LabProject, config: StackConfig, traffic: TrafficSwitch) {
    this.project = project;
    this.config = config;
    this.traffic = traffic;
  }

  /** Sets the given faults of all that runs in a slot, and leaves the others. Throws a LabError. */
  abstract setFaults(slot: Slot, faults: Partial<Faults>): Promise<void>;

  /** Sends users' requests, and waits until one is answered well. */
  protected async sendRequests({ host, url }: Entrance, rps: number, seconds: number): Promise<void> {
    await mkdir(SERVICES, { recursive: true });
    const out = path.join(SERVICES, `${this.project.stackName}.jsonl`);
    this.#load = startLoad({ url: `${url}/api/quote`, host, rps, seconds, out });
    const flows = () => Promise.resolve(this.answers().some(({ status }) => status === 200));
    if (!(await waitFor(flows, { timeoutMs: 60_000 }))) throw new LabError(`${url} answers no request for ${host}`);
  }

  /**
   * Waits until users have had no failing answer for ten seconds: on a machine that is too busy for stable nothing can be
   * said of a candidate. Throws a LabError when that never comes.
   *
   * @param rps how many requests are sent each second
   */
  async waitForCalm(rps: number): Promise<void> {
    const wanted = CALM_S * rps;
    const isCalm = () => {
      const recent = this.answers().slice(-wanted);
      return Promise.resolve(recent.length === wanted && !recent.some(isFailed));
    };
    if (await waitFor(isCalm, { timeoutMs: 300_000, intervalMs: 500 })) return;
    throw new LabError(
      `The live version fails by itself at ${rps} requests a second: is this machine busy with something else?`,
    );
  }

  async stopTraffic(): Promise<void> {
    await this.#load?.stop();
  }

  answers(sinceMs = 0): readonly Answer[] {
    return this.#load?.answers().filter(({ startMs }) => startMs >= sinceMs) ?? [];
  }

  failures(sinceMs = 0): readonly Answer[] {
    return this.answers(sinceMs).filter(isFailed);
  }

  start(name: string, ...args: string[]): RunningCli {
    return startCli(this.project, name, args);
  }

  run(name: string, ...args: string[]): Promise<CliRun> {
    return this.start(name, ...args).done;
  }

  release(version: string, ...args: string[]): Promise<CliRun> {
    return this.run("release", "--image", `sluice-sample:${version}`, ...args);
  }

  /** What `pulumi preview` finds to change. */
  preview(): Promise<Omit<CliRun, "events">> {
    const args = ["preview", "--expect-no-changes", "--stack", this.project.stackName, "--non-interactive"];
    return command("pulumi", args, this.project.directory);
  }

  readFile(): Promise<string> {
    return readFile(this.project.stackFile, "utf8");
  }

  async remove(): Promise<void> {
    await this.stopTraffic();
    await removeStack(this.project.stack);
  }
}
