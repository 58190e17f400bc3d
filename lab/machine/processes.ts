import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { labMarker } from "../settings.ts";
import { waitFor } from "../wait.ts";

/** A process that carries the lab's mark. */
export interface MarkedProcess {
  readonly pid: number;
  /** File name of its executable. */
  readonly name: string;
  readonly memoryBytes: number;
}

/** All living processes that were started, however indirectly, by the supervisord of this state directory. */
export async function findMarkedProcesses(state: string): Promise<MarkedProcess[]> {
  const pids = (await readdir("/proc")).filter((entry) => /^\d+$/.test(entry)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "");
      if (!environment.split("\0").includes(`${labMarker}=${state}`)) return [];
      const status = await readStatus(pid);
      return status === undefined ? [] : [{ pid, ...status }];
    }),
  );
  return found.flat();
}

/** Containerd's shims outlive containerd on purpose: a new containerd takes them over, with their pods. */
export function isShim(process: MarkedProcess): boolean {
  return process.name.startsWith("containerd-shim");
}

/** Resident memory of a process in bytes; undefined where it has ended. */
export async function readMemory(pid: number): Promise<number | undefined> {
  return (await readStatus(pid))?.memoryBytes;
}

/** How long a process has been running; undefined where it has ended. */
export async function readUptimeS(pid: number): Promise<number | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  const startTicks = stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  if (startTicks === undefined) return undefined;
  const ticksPerSecond = 100; // the kernel's USER_HZ, on every architecture that the lab's programs exist for
  const sinceBootS = Number((await readFile("/proc/uptime", "utf8")).split(" ")[0]);
  return Math.max(0, Math.round(sinceBootS - Number(startTicks) / ticksPerSecond));
}

async function readStatus(pid: number): Promise<Omit<MarkedProcess, "pid"> | undefined> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  if (status === "" || /^State:\s+Z/m.test(status)) return undefined;
  const name = basename(await readlink(`/proc/${pid}/exe`).catch(() => "unknown"));
  return { name, memoryBytes: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024 };
}

/** Whether a process exists and is no zombie. */
export async function isAlive(pid: number): Promise<boolean> {
  return (await readStatus(pid)) !== undefined;
}

/** Asks processes to end, and kills those that have not after the time given. Returns those that are still there. */
export async function endProcesses(pids: readonly number[], graceMs: number): Promise<number[]> {
  signal(pids, graceMs > 0 ? "SIGTERM" : "SIGKILL");
  if (await waitUntilGone(pids, graceMs)) return [];
  signal(pids, "SIGKILL");
  await waitUntilGone(pids, 5000);
  const alive = await Promise.all(pids.map(isAlive));
  return pids.filter((_, index) => alive[index]);
}

function waitUntilGone(pids: readonly number[], timeoutMs: number): Promise<boolean> {
  const noneLeft = async () => !(await Promise.all(pids.map(isAlive))).includes(true);
  return waitFor(noneLeft, { timeoutMs, intervalMs: 50 });
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch {
      continue; // it ended meanwhile
    }
  }
}
