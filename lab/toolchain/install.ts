import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { passes } from "../wait.ts";

/**
 * Fills a directory so that it exists either completely or not at all: `build` works in a temporary directory beside
 * it, which takes the target's name at the end. Whatever a broken or killed build left is removed, now and at the
 * next installation. Throws what `build` throws.
 */
export async function installAtomically(target: string, build: (directory: string) => Promise<void>): Promise<void> {
  const [parent, prefix] = [dirname(target), `.${basename(target)}.tmp-`];
  await mkdir(parent, { recursive: true });
  for (const entry of await readdir(parent)) {
    if (entry.startsWith(prefix)) await rm(join(parent, entry), { recursive: true, force: true });
  }
  const temporary = await mkdtemp(join(parent, prefix));
  const clean = () => rmSync(temporary, { recursive: true, force: true });
  process.once("exit", clean);
  try {
    await build(temporary);
    await rm(target, { recursive: true, force: true }); // an incomplete one, else nobody would have asked for a build
    await rename(temporary, target);
  } finally {
    process.removeListener("exit", clean);
    clean();
  }
}

/** Whether all files are there; those in `bin` must be executable. */
export async function isComplete(directory: string, files: readonly string[]): Promise<boolean> {
  return passes(async () => {
    for (const file of files) {
      await access(join(directory, file), file.startsWith("bin/") ? constants.X_OK : constants.R_OK);
    }
    return true;
  });
}
