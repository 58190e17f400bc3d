import { join } from "node:path";
import { allComponents } from "./components/all.ts";
import { createContext } from "./context.ts";
import { readExtras } from "./extras.ts";
import { findMarkedProcesses, readMemory, readUptimeS } from "./machine/processes.ts";
import { formatBytes, formatSeconds } from "./reporter.ts";
import { labPaths, urls } from "./settings.ts";
import { createSupervisor } from "./supervisor/control.ts";
import { findToolbox } from "./toolchain/toolbox.ts";
import { passes } from "./wait.ts";

/** One component as it is now. */
export interface ComponentStatus {
  readonly name: string;
  /** `ready`: runs and answers. `starting`: runs, does not answer. `stopped`: does not run. */
  readonly state: "ready" | "starting" | "stopped";
  readonly pid: number | null;
  readonly uptimeS: number | null;
  /** How often it ended unasked and was started again since the lab's supervisor started. */
  readonly restarts: number;
  /** Resident memory. */
  readonly memoryBytes: number | null;
}

/** The lab as it is now. */
export interface LabStatus {
  /** `up`: every component is ready. `down`: there is no supervisor. */
  readonly state: "up" | "degraded" | "down";
  readonly components: readonly ComponentStatus[];
  /** Resident memory of all processes of the lab, its pods' applications not counted. */
  readonly memoryBytes: number;
  readonly urls: typeof urls;
}

/** Looks at every component. Changes nothing; works without root as far as the system allows. */
export async function readStatus(): Promise<LabStatus> {
  const paths = labPaths();
  const extras = await readExtras(paths);
  const toolbox = await findToolbox(paths, extras);
  const down: LabStatus = { state: "down", components: [], memoryBytes: 0, urls };
  if (toolbox === undefined) return down;
  const supervisor = createSupervisor(join(toolbox.directory("supervisor"), "lib"), paths);
  const states = await supervisor.states();
  if (states === undefined) return down;
  const restarts = await supervisor.restarts();
  const components = await Promise.all(
    allComponents(createContext(paths, toolbox), extras).map(async ({ program, isReady }): Promise<ComponentStatus> => {
      const process = states.find((state) => state.name === program.name);
      const counted = { name: program.name, restarts: restarts.get(program.name) ?? 0 };
      if (process?.pid === undefined)
        return { ...counted, state: "stopped", pid: null, uptimeS: null, memoryBytes: null };
      return {
        ...counted,
        state: (await passes(isReady)) ? "ready" : "starting",
        pid: process.pid,
        uptimeS: (await readUptimeS(process.pid)) ?? null,
        memoryBytes: (await readMemory(process.pid)) ?? null,
      };
    }),
  );
  const memoryBytes = (await findMarkedProcesses(paths.state)).reduce((sum, process) => sum + process.memoryBytes, 0);
  const state = components.every((component) => component.state === "ready") ? "up" : "degraded";
  return { state, components, memoryBytes, urls };
}

/** The status as a table. */
export function renderStatus(status: LabStatus): string {
  if (status.state === "down") return "The lab is down. `npm run lab -- up` starts it.";
  const rows = status.components.map((component) => [
    component.name,
    component.state,
    String(component.pid ?? "-"),
    component.uptimeS === null ? "-" : formatSeconds(component.uptimeS * 1000),
    String(component.restarts),
    component.memoryBytes === null ? "-" : formatBytes(component.memoryBytes),
  ]);
  const table = [["COMPONENT", "STATE", "PID", "UPTIME", "RESTARTS", "MEMORY"], ...rows];
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return [...lines, "", `The lab is ${status.state}; ${formatBytes(status.memoryBytes)} resident in all.`].join("\n");
}
