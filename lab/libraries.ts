import { copyFile, mkdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { run } from "./run.ts";

/** Copies the machine's shared libraries that these programs are linked with into a root directory, to the same paths. */
export async function copyLibraries(programs: readonly string[], root: string): Promise<void> {
  for (const library of await listLibraries(programs)) {
    const target = join(root, library);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(library, target);
  }
}

/** The machine's shared libraries, by ldd; those of the runtime itself are among its own files. */
async function listLibraries(programs: readonly string[]): Promise<string[]> {
  const output = await run("ldd", programs);
  const paths = [...output.matchAll(/(?:=> )?(\/\S+\.so\S*) \(0x/g)].map((match) => match[1] ?? "");
  const system = paths.filter((path) => /^\/(usr\/)?lib/.test(path) && !path.includes("/jvm/"));
  return [...new Map(system.map((path) => [basename(path), path])).values()];
}
