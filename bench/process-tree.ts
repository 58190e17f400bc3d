import { readdirSync, readFileSync } from "node:fs";
import { execa } from "execa";

/** How long a command took, and the most memory that it and all processes below it held together. */
export interface Run {
  readonly seconds: number;
  readonly peakMiB: number;
}

const LOOK_EVERY_MS = 100;

/** Runs a command to its end; throws when it fails. */
export async function runMeasured(
  command: readonly [string, ...string[]],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>> },
): Promise<Run> {
  const [program, ...args] = command;
  const began = performance.now();
  const child = execa(program, args, { ...options, all: true });
  let peak = 0;
  const timer = setInterval(() => {
    if (child.pid !== undefined) peak = Math.max(peak, residentBytes(child.pid));
  }, LOOK_EVERY_MS);
  try {
    await child;
  } finally {
    clearInterval(timer);
  }
  return { seconds: Math.round(performance.now() - began) / 1_000, peakMiB: Math.round(peak / 2 ** 20) };
}

/** Resident memory of a process and of all below it (`/proc`, proc(5)); shared pages count once for each process. */
function residentBytes(root: number): number {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = Number(/^PPid:\t(\d+)$/m.exec(read(`/proc/${entry}/status`))?.[1] ?? -1);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const sum = (pid: number): number => {
    const kib = Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
    return kib * 1_024 + (children.get(pid) ?? []).map(sum).reduce((a, b) => a + b, 0);
  };
  return sum(root);
}

/** Processes end while they are looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
