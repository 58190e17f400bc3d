import { buffer, text } from "node:stream/consumers";
import type { Container } from "dockerode";
import { extract, pack } from "tar-stream";
import { isMissing } from "./connect.ts";

/** Puts files, by their names, into a directory of a container, which need not run. They are root's, and all may read. */
export async function putFiles(
  container: Container,
  directory: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name, mode: 0o644 }, content);
  archive.finalize();
  await container.putArchive(await buffer(archive), { path: directory });
}

/** As Node's own streams are, which the engine's client hands out. */
type Destroyable = NodeJS.ReadableStream & { readonly destroy?: () => void };

/** A file of a container, which need not run; `undefined` where there is none. */
export async function readFileIn(container: Container, file: string): Promise<string | undefined> {
  try {
    const answer: Destroyable = await container.getArchive({ path: file });
    try {
      for await (const entry of answer.pipe(extract())) return await text(entry);
      return undefined;
    } finally {
      // What is not read to its end keeps the connection, and with it the program.
      answer.destroy?.();
    }
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}
