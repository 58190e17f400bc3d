import { rmSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { LabError } from "./errors.ts";

/** Who holds a lock. The start time tells a process from a later one with the same number. */
interface Holder {
  readonly pid: number;
  readonly startedAt: string;
  readonly command: string;
}

/**
 * Does something while holding the lock file, which a crash may leave behind: it counts only while its process lives.
 * Throws a LabError that names the process which holds it.
 */
export async function withLock<T>(file: string, command: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const own: Holder = { pid: process.pid, startedAt: (await readStartTime(process.pid)) ?? "", command };
  for (let attempt = 0; !(await create(file, own)); attempt++) {
    const holder = await readHolder(file);
    if (holder !== undefined && (await readStartTime(holder.pid)) === holder.startedAt) {
      throw new LabError(`\`lab ${holder.command}\` is at work already (pid ${holder.pid}): wait for it, or end it.`);
    }
    if (attempt > 2) throw new LabError(`Cannot take the lock ${file}: remove it if no other lab command is at work.`);
    await rm(file, { force: true });
  }
  const release = () => rmSync(file, { force: true });
  process.once("exit", release); // for a signal, after which nothing below runs
  try {
    return await work();
  } finally {
    process.removeListener("exit", release);
    release();
  }
}

async function create(file: string, holder: Holder): Promise<boolean> {
  try {
    await writeFile(file, JSON.stringify(holder), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

/** When a process started, in the kernel's ticks since boot; undefined where there is none. */
async function readStartTime(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}
