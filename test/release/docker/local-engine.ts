import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { EDGE_DIRECTORY } from "../../../config/edge/basis.ts";
import type { Container, EngineClient } from "../../../release/adapters/docker/engine-client.ts";

/**
 * An engine whose one container is a directory of this machine, and whose commands are run by its real shell.
 *
 * @param others containers that it only knows of
 */
export async function openLocalEngine(
  others: readonly Container[] = [],
): Promise<EngineClient & { readonly close: () => Promise<void> }> {
  const directory = await mkdtemp(path.join(tmpdir(), "sluice-shelf-"));
  const here = (text: string) => text.replaceAll(EDGE_DIRECTORY, directory);
  return {
    list: (labels) => {
      const wanted = Object.entries(labels);
      return Promise.resolve(
        others.filter(({ Config }) => wanted.every(([key, value]) => Config.Labels?.[key] === value)),
      );
    },
    readFile: (_container, file) => readFile(here(file), "utf8").catch(() => undefined),
    writeFile: (_container, into, name, text) => writeFile(path.join(here(into), name), text),
    run: (_container, [program = "", ...args]) =>
      new Promise((resolve) => {
        execFile(program, args.map(here), (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
        });
      }),
    close: () => rm(directory, { recursive: true }),
  };
}
