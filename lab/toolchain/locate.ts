import { access, constants } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { LabPaths } from "../settings.ts";
import { tryRun } from "../run.ts";
import { isComplete } from "./install.ts";
import type { Tool } from "./tool.ts";
import { findVersion, fitsRange } from "./version.ts";

/** Where a tool was found: `directory` holds its files, `commands` the path of each of its commands. */
export interface LocatedTool {
  readonly tool: Tool;
  readonly from: "path" | "cache";
  readonly directory: string;
  readonly commands: Readonly<Record<string, string>>;
}

/** A tool's directory in the cache. */
export function cacheDirectory(tool: Tool, paths: LabPaths): string {
  return join(paths.cache, tool.name, tool.version);
}

/** The tool on PATH if its version fits, else in the cache if it is complete, else undefined. */
export async function locate(
  tool: Tool,
  paths: LabPaths,
  located: ReadonlyMap<string, LocatedTool>,
): Promise<LocatedTool | undefined> {
  return (await locateOnPath(tool, paths, located)) ?? locateInCache(tool, paths);
}

async function locateInCache(tool: Tool, paths: LabPaths): Promise<LocatedTool | undefined> {
  const directory = cacheDirectory(tool, paths);
  if (!(await isComplete(directory, tool.files))) return undefined;
  const commands = Object.fromEntries(tool.commands.map((command) => [command, join(directory, "bin", command)]));
  return { tool, from: "cache", directory, commands };
}

async function locateOnPath(
  tool: Tool,
  paths: LabPaths,
  located: ReadonlyMap<string, LocatedTool>,
): Promise<LocatedTool | undefined> {
  const companion = tool.shippedWith === undefined ? undefined : located.get(tool.shippedWith);
  const directories =
    companion?.from === "path" ? [companion.directory] : tool.onPath === undefined ? [] : directoriesOfPath(paths);
  const commands: Record<string, string> = {};
  for (const command of tool.commands) {
    const found = await findExecutable(command, directories);
    if (found === undefined) return undefined;
    commands[command] = found;
  }
  for (const [command, ...args] of tool.onPath?.checks ?? []) {
    const version = findVersion((await tryRun(commands[command] ?? command, args, { timeoutMs: 10_000 })) ?? "");
    if (version === undefined || tool.onPath === undefined || !fitsRange(version, tool.onPath.range)) return undefined;
  }
  const [first] = Object.values(commands);
  return first === undefined ? undefined : { tool, from: "path", directory: dirname(first), commands };
}

/** PATH without the lab's own links, which would make every tool of the cache look like the user's. */
function directoriesOfPath(paths: LabPaths): string[] {
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((directory) => directory !== "" && directory !== paths.bin && !directory.startsWith(`${paths.cache}/`));
}

/** The first executable of that name in the directories, or undefined. */
export async function findExecutable(command: string, directories: readonly string[]): Promise<string | undefined> {
  for (const directory of directories) {
    const path = join(directory, command);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      continue;
    }
  }
  return undefined;
}
