import { randomUUID } from "node:crypto";
import { dockerNames } from "../../../config/docker-host.ts";
import type { App } from "../../../config/app.ts";
import { EDGE_DIRECTORY } from "../../../config/edge/basis.ts";
import type { EngineClient } from "./engine-client.ts";

const DIRECTORY = `${EDGE_DIRECTORY}/state`;

const ENDS = { done: 0, changed: 71 } as const;

/** Under a lock: puts a file that was written beside in its place, when what is there is still what was seen. */
const SWAP = `
mkdir -p "$1" && cd "$1" && exec 9>>.lock && flock -w 10 9 || exit 70
now=
[ ! -f "$2" ] || now=$(head -n 1 "$2")
[ "$now" = "$3" ] || { rm -f "../$4"; exit ${ENDS.changed}; }
mv "../$4" "$2"
`;

/** The shell's own means: the smallest images have no `ls`. */
const LIST = `
cd "$1" 2>/dev/null || exit 0
for name in "$2"*; do [ ! -f "$name" ] || echo "$name"; done
`;

/** Something that was put down. */
export interface Item {
  readonly text: string;
  /** Changes with every writing. */
  readonly revision: string;
}

/**
 * Where releases of a Docker host write things down: files in the volume of the edge, which no clean-up of the engine takes as
 * long as the edge is there. Whoever writes must have seen the last writing.
 */
export interface Shelf {
  read(name: string): Promise<Item | undefined>;
  /**
   * @param seen the revision that this replaces; `undefined` for the first
   * @returns the new revision; `undefined` when somebody else wrote since
   */
  write(name: string, text: string, seen: string | undefined): Promise<string | undefined>;
  /** Names that begin with this. */
  list(prefix: string): Promise<readonly string[]>;
  /** No error where there is none. */
  remove(name: string): Promise<void>;
}

export function openShelf(engine: EngineClient, app: Pick<App, "name" | "namespace">): Shelf {
  const edge = dockerNames.edge(app);

  const read = async (name: string): Promise<Item | undefined> => {
    const file = await engine.readFile(edge, `${DIRECTORY}/${name}`);
    if (file === undefined) return undefined;
    const end = file.indexOf("\n");
    return { revision: file.slice(0, end), text: file.slice(end + 1) };
  };
  const run = async (script: string, ...args: readonly string[]) => {
    const { code, stderr, stdout } = await engine.run(edge, ["sh", "-c", script, "sh", DIRECTORY, ...args]);
    if (code === ENDS.done || code === ENDS.changed) return { done: code === ENDS.done, stdout };
    throw new Error(`${edge} cannot keep what a release writes down (exit code ${code}): ${stderr.trim()}`);
  };

  return {
    read,
    // What the engine writes is root's; the edge's user, whose the directory is, may move it.
    async write(name, text, seen) {
      const revision = randomUUID();
      const beside = `.${revision}`;
      await engine.writeFile(edge, EDGE_DIRECTORY, beside, `${revision}\n${text}`);
      const { done } = await run(SWAP, name, seen ?? "", beside);
      if (done) return revision;
      // The answer to an earlier call may have been lost on its way, but not what it did.
      return (await read(name))?.revision === revision ? revision : undefined;
    },
    async list(prefix) {
      const { stdout } = await run(LIST, prefix);
      return stdout.split("\n").filter((name) => name !== "");
    },
    async remove(name) {
      await run('rm -f "$1/$2"', name);
    },
  };
}
