import { tmpdir } from "node:os";
import { LabError } from "../errors.ts";
import { run } from "../run.ts";
import { compareVersions, findVersion } from "./version.ts";

/** The oldest Go that the wrapper modules ask for. */
export const oldestGo = "1.26";

/** What every call of Go gets: the machine's own Go (never a downloaded one), static binaries, no version control. */
export const goEnvironment = {
  CGO_ENABLED: "0",
  GOFLAGS: "-buildvcs=false",
  GOTOOLCHAIN: "local",
  GOWORK: "off",
} as const;

/** Refuses a Go that is too old, with what to do about it. */
export async function checkGoVersion(): Promise<void> {
  const version = findVersion((await run("go", ["version"], { env: goEnvironment })).replace("go version", ""));
  if (version === undefined || compareVersions(version, oldestGo) < 0) {
    throw new LabError(`Go ${version ?? "of unknown version"} is too old: install Go ${oldestGo} or newer.`);
  }
}

/** The directory of a module's source tree in the module cache, downloaded where it is missing. */
export async function goModuleDirectory(module: string, version: string): Promise<string> {
  const answer = await run("go", ["mod", "download", "-json", `${module}@${version}`], {
    env: goEnvironment,
    cwd: tmpdir(), // outside any module, whose replace lines would count
  });
  const { Dir: directory } = JSON.parse(answer) as { Dir?: string };
  if (directory === undefined) throw new LabError(`Go module ${module}@${version} has no source tree.`);
  return directory;
}
