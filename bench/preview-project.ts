import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { labEnvironment } from "../lab/environment.ts";
import { runMeasured, type Run } from "./process-tree.ts";

const ROOT = path.resolve(import.meta.dirname, "..");

/** A Pulumi project of services that do not exist yet. */
export interface PreviewProject {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Makes a project of that many services, run as this repository's own `Pulumi.yaml` says. */
export async function makeProject(services: number): Promise<PreviewProject> {
  const name = `bench-${services}`;
  const cwd = path.join(ROOT, "build", name);
  const env = { ...labEnvironment(), SLUICE_BENCH_SERVICES: String(services) };
  await mkdir(cwd, { recursive: true });
  const { runtime } = parse(await readFile(path.join(ROOT, "Pulumi.yaml"), "utf8")) as { runtime: unknown };
  const project = { name, main: "../../bench/many-services.ts", runtime };
  await writeFile(path.join(cwd, "Pulumi.yaml"), stringify(project));
  await execa("pulumi", ["stack", "select", "--create", "bench"], { cwd, env });
  return { cwd, env };
}

/** A preview by the CLI, as a user calls it. */
export function preview(project: PreviewProject, ...args: string[]): Promise<Run> {
  return runMeasured(["pulumi", "preview", "--non-interactive", "--stack", "bench", ...args], project);
}
