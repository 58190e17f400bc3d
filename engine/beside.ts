import type { Container } from "dockerode";
import { EDGE_USER } from "../config/docker-host.ts";
import type { Engine } from "./connect.ts";
import { separate } from "./exec.ts";
import { putFiles, readFileIn } from "./files.ts";

/** A volume, and the image of a container that can hold it. */
export interface VolumePlace {
  /** Name of the volume. */
  readonly volume: string;
  readonly image: string;
  /** Where the volume is in the container. */
  readonly directory: string;
}

/** Puts files into a volume. No program runs for it. */
export async function fillVolume(
  engine: Engine,
  place: VolumePlace,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await withContainer(engine, place, "true", (container) => putFiles(container, place.directory, files));
}

/**
 * Puts the configuration of an edge that does not run into its volume, where all belongs to the edge's user. What is no
 * configuration to the edge does not stay.
 *
 * @param validate shell command that says, in a container of the edge, whether the files are a configuration
 * @throws Error with what the edge says against the files; then the old ones are in their places
 */
export async function putBeside(
  engine: Engine,
  place: VolumePlace,
  files: Readonly<Record<string, string>>,
  validate: string,
): Promise<void> {
  const { directory } = place;
  const script = `chown -R ${EDGE_USER} ${directory} && ${validate}`;
  await withContainer(engine, place, script, async (container) => {
    const names = Object.keys(files);
    const reads = names.map(async (name) => {
      return [name, (await readFileIn(container, `${directory}/${name}`)) ?? ""] as const;
    });
    // An edge that never had a configuration does not start without one either.
    const old = Object.fromEntries(await Promise.all(reads));
    await putFiles(container, directory, files);
    const stream = await container.attach({ stream: true, stdout: true, stderr: true });
    const output = separate(engine, stream);
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    if (StatusCode === 0) return;
    await putFiles(container, directory, old);
    const { stderr, stdout } = await output;
    throw new Error(`the edge does not take its configuration: ${(stderr + stdout).trim()}`);
  });
}

/** A container that works on a volume beside those that use it, and goes. It need not be started. */
async function withContainer(
  engine: Engine,
  { directory, image, volume }: VolumePlace,
  script: string,
  use: (container: Container) => Promise<void>,
): Promise<void> {
  const container = await engine.createContainer({
    Image: image,
    Entrypoint: ["sh", "-c", script],
    Cmd: [],
    User: "0",
    HostConfig: {
      Binds: [`${volume}:${directory}`],
      NetworkMode: "none",
      ReadonlyRootfs: true,
      Tmpfs: { "/tmp": "rw,nosuid,nodev,mode=1777" },
    },
  });
  try {
    await use(container);
  } finally {
    await container.remove({ force: true });
  }
}
