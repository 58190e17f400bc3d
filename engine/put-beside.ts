import { EDGE_DIRECTORY } from "../config/edge/basis.ts";
import type { Engine } from "./connect.ts";
import { separate } from "./exec.ts";
import { putFiles, readFileIn } from "./files.ts";

/** An edge that does not run. */
interface IdleEdge {
  /** Name that its container will have. */
  readonly edge: string;
  /** Name of the volume that holds its configuration. */
  readonly volume: string;
  readonly image: string;
}

/**
 * Puts files into the volume of an edge that does not run, by a container of its image that works on the volume, and
 * goes. What is no configuration to the edge does not stay.
 *
 * @param validate what says, in a container of the edge, whether the files are a configuration; without it: nothing does
 * @throws Error with what the edge says against the files; then the old ones are in their places
 */
export async function putBeside(
  engine: Engine,
  { edge, image, volume }: IdleEdge,
  files: Readonly<Record<string, string>>,
  validate: readonly string[] | undefined,
): Promise<void> {
  const container = await engine.createContainer({
    Image: image,
    // Without a command it is never started.
    Entrypoint: [...(validate ?? ["true"])],
    Cmd: [],
    User: "0",
    Labels: { "sluice.dev/edge": edge },
    HostConfig: {
      Binds: [`${volume}:${EDGE_DIRECTORY}`],
      NetworkMode: "none",
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "rw,nosuid,nodev,mode=1777" },
    },
  });
  try {
    const names = Object.keys(files);
    const reads = names.map(async (name) => [name, await readFileIn(container, `${EDGE_DIRECTORY}/${name}`)] as const);
    const old = Object.fromEntries(await Promise.all(reads));
    await putFiles(container, EDGE_DIRECTORY, files);
    if (validate === undefined) return;
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const output = separate(engine, stream);
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    if (StatusCode === 0) return;
    // An edge that never had a good configuration does not start with a bad one either.
    await putFiles(container, EDGE_DIRECTORY, Object.fromEntries(names.map((name) => [name, old[name] ?? ""])));
    const { stderr, stdout } = await output;
    throw new Error(`${edge} does not take its configuration: ${(stderr + stdout).trim()}`);
  } finally {
    await container.remove({ force: true });
  }
}
