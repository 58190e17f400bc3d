import path from "node:path";
import { buffer, text } from "node:stream/consumers";
import type { Container } from "dockerode";
import { extract, pack } from "tar-stream";
import { isMissing } from "./connect.ts";

/**
 * Puts files, by their paths, into a directory of a container, which need not run. All may read them. Where they are given
 * to a user, the directory and those below it are too, so that this user can change what is there.
 *
 * @param owner user and group, as numbers; without them: root
 */
export async function putFiles(
  container: Container,
  directory: string,
  files: Readonly<Record<string, string>>,
  owner?: string,
): Promise<void> {
  const [uid = 0, gid = 0] = (owner ?? "0:0").split(":").map(Number);
  const archive = pack();
  const below = new Set(Object.keys(files).map((name) => path.dirname(name)));
  for (const name of owner === undefined ? [] : [...new Set([".", ...below])]) {
    archive.entry({ name: `${name}/`, type: "directory", mode: 0o755, uid, gid });
  }
  for (const [name, content] of Object.entries(files)) archive.entry({ name, mode: 0o644, uid, gid }, content);
  archive.finalize();
  await container.putArchive(await buffer(archive), { path: directory });
}

/** A file of a container, which need not run; `undefined` where there is none. */
export async function readFileIn(container: Container, file: string): Promise<string | undefined> {
  try {
    const archive = (await container.getArchive({ path: file })).pipe(extract());
    for await (const entry of archive) return await text(entry);
    return undefined;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
