import type { Reporter } from "../reporter.ts";
import { withLock } from "../lock.ts";
import type { LabPaths } from "../settings.ts";
import { buildTool } from "./build.ts";
import { locate } from "./locate.ts";
import { tools } from "./manifest.ts";

/** Path of one command whose tool is obtained first if need be; the other tools stay as they are. Throws a LabError. */
export async function provideCommand(command: string, paths: LabPaths, reporter: Reporter): Promise<string> {
  const tool = tools.find(({ commands }) => commands.includes(command));
  if (tool === undefined) throw new Error(`no tool of the manifest has a command ${command}`);
  const find = async () => (await locate(tool, paths, new Map()))?.commands[command];
  const found = await find();
  if (found !== undefined) return found;
  await withLock(paths.lock, "build", () => buildTool(tool, "1 of 1", paths, reporter));
  const built = await find();
  if (built === undefined) throw new Error(`${tool.name} was built and is not there`);
  return built;
}
