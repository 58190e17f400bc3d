import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Jdk } from "./sample-jdk.ts";

/** The service's sources. */
export const sampleDirectory = fileURLToPath(new URL("../sample", import.meta.url));

/** Names the images by all that they are made of: the sources, the JDK, and the lab's own way of making them. */
export async function sampleKey(jdk: Jdk, sources: string = sampleDirectory): Promise<string> {
  const hash = createHash("sha256").update(jdk.release).update(process.arch);
  const recipe = (await readdir(import.meta.dirname)).filter((name) => /^(sample-.*|libraries)\.ts$/.test(name));
  const files = [
    join(sources, "pom.xml"),
    ...(await listFiles(join(sources, "src", "main"))),
    ...recipe.toSorted().map((name) => join(import.meta.dirname, name)),
  ];
  for (const file of files) {
    const content = await readFile(file);
    const name = file.startsWith(sources) ? relative(sources, file) : basename(file);
    hash.update(`\0${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}
