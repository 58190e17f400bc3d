import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { LabError, messageOf } from "../errors.ts";
import { formatSeconds, type Reporter } from "../reporter.ts";
import { lastLines } from "../run.ts";
import type { LabPaths } from "../settings.ts";
import { installAtomically } from "./install.ts";
import { cacheDirectory } from "./locate.ts";
import { obtain, type RunStep } from "./sources.ts";
import type { Tool } from "./tool.ts";

const verbs: Record<Tool["source"]["kind"], string> = {
  "go-build": "building",
  "go-module-files": "fetching",
  "wheel-file": "fetching",
  "python-library": "fetching",
  debian: "fetching",
};

/**
 * Obtains one tool into the cache, with a live line while it lasts. `position` is its place among those that are
 * missing, such as `3 of 12`. Throws a LabError that names the log and quotes its end.
 */
export async function buildTool(tool: Tool, position: string, paths: LabPaths, reporter: Reporter): Promise<void> {
  const label = `${tool.name} ${tool.version}`;
  const logPath = join(paths.buildLogs, `${tool.name}-${tool.version}.log`);
  await mkdir(paths.buildLogs, { recursive: true });
  await writeFile(logPath, "");
  const startedAt = performance.now();
  const verb = verbs[tool.source.kind];
  const elapsed = () => formatSeconds(performance.now() - startedAt);
  let part = "";
  const show = () =>
    reporter.live(tool.name, `  ${verb} ${label}${part} · ${position} · ${elapsed()} · log ${logPath}`);
  if (tool.source.kind === "go-build") reporter.line(`  ${verb} ${label} (${position}), log ${logPath}`);
  const timer = setInterval(show, 500);
  const runStep: RunStep = async (file, args, options = {}) => {
    await appendFile(logPath, `$ ${[file, ...args].join(" ")}\n`);
    const output = { file: logPath, append: true };
    const result = await execa(file, args, {
      ...options,
      stdin: "ignore",
      stdout: output,
      stderr: output,
      reject: false,
    });
    if (result.failed) throw new LabError(`\`${file} ${args[0] ?? ""}\` ended with ${describeEnd(result)}`);
  };
  try {
    await installAtomically(cacheDirectory(tool, paths), (directory) =>
      obtain(tool, directory, runStep, (name) => {
        part = name === tool.name ? "" : ` (${name})`;
        show();
      }),
    );
    reporter.line(`  ${label} ready after ${elapsed()}`);
  } catch (error) {
    const tail = lastLines(await readFile(logPath, "utf8"), 12);
    throw new LabError(`${verb} ${label} failed: ${messageOf(error)}\n  log: ${logPath}\n${tail}`);
  } finally {
    clearInterval(timer);
    reporter.done(tool.name);
  }
}

interface Ending {
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
  readonly originalMessage?: string | undefined;
}

function describeEnd(result: Ending): string {
  if (result.exitCode !== undefined) return `exit code ${result.exitCode}`;
  return result.signal ?? result.originalMessage ?? "an unknown error";
}
