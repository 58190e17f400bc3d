import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { LabPaths } from "./settings.ts";

/** Parts of the lab that are built and started only when they are asked for; the rest of the lab does not need them. */
export const EXTRAS = ["argo", "docker"] as const;

export type Extra = (typeof EXTRAS)[number];

/** Lies with the sockets, which go with every `down`. */
function noteFile(paths: LabPaths): string {
  return join(paths.run, "extras.json");
}

/** The extras that belong to the lab as it is: once asked for, they stay until it goes down. */
export async function readExtras(paths: LabPaths): Promise<readonly Extra[]> {
  const noted = await readFile(noteFile(paths), "utf8").catch(() => "[]");
  const names = JSON.parse(noted) as readonly string[];
  return EXTRAS.filter((extra) => names.includes(extra));
}

/** Notes which extras belong to the lab from now on. */
export async function noteExtras(paths: LabPaths, extras: readonly Extra[]): Promise<void> {
  await mkdir(dirname(noteFile(paths)), { recursive: true });
  await writeFile(noteFile(paths), JSON.stringify(extras));
}
