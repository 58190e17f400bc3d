import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { connectEngine, isMissing, type Engine } from "../../engine/connect.ts";
import type { Task } from "../components/component.ts";
import type { LabContext } from "../context.ts";
import { fillWithBusybox, fillWithNode, makeTmp, withScratch, type ProgramImage } from "../images.ts";
import { copyLibraries } from "../libraries.ts";

/** The lab's own images of edges: no registry is within reach. Users take the official ones. */
export const edgeImages = {
  nginx: "sluice.dev/lab/nginx:1.22.1",
  traefik: "sluice.dev/lab/traefik:3.6.7",
} as const;

/** Programs of this machine that become images. */
export interface EdgePrograms {
  readonly nginx: string;
  readonly traefik: string;
  /** A static busybox: the shell of the images, and what asks for their health. */
  readonly busybox: string;
}

/** What the edges' scripts and health checks call. */
const APPLETS = ["sh", "cat", "chown", "cp", "head", "mkdir", "mv", "rm", "sed", "sleep", "timeout", "wc", "wget"];

/** The images of edges, once the engine runs. */
export function edgeImageTask({ paths, toolbox }: LabContext): Task {
  const engine = connectEngine({ host: `unix://${paths.dockerSocket}` });
  const programs = Object.fromEntries(
    (["nginx", "traefik", "busybox"] as const).map((name) => [name, toolbox.command(name)]),
  ) as Record<keyof EdgePrograms, string>;
  return {
    name: "edge images",
    after: ["dockerd"],
    isDone: async () => {
      const there = await Promise.all(Object.values(edgeImages).map((image) => hasImage(engine, image)));
      return there.every(Boolean);
    },
    perform: () => provideEdgeImages(engine, programs),
  };
}

/** Makes those images of edges that the engine does not have. */
export async function provideEdgeImages(engine: Engine, programs: EdgePrograms): Promise<void> {
  for (const kind of ["nginx", "traefik"] as const) {
    if (await hasImage(engine, edgeImages[kind])) continue;
    await withScratch(async (root) => {
      await fillWithApplets(root, programs.busybox);
      await makeTmp(root);
      const program = join(root, "usr/sbin", kind);
      await mkdir(dirname(program), { recursive: true });
      await copyFile(programs[kind], program);
      await chmod(program, 0o755);
      // Debian's busybox has no `flock` of its own.
      const flock = join(root, "usr/bin/flock");
      await mkdir(dirname(flock), { recursive: true });
      await copyFile("/usr/bin/flock", flock);
      await copyLibraries(kind === "nginx" ? [program, flock] : [flock], root);
      if (kind === "nginx") {
        // Where it starts as root, it looks for the user of its workers.
        await writeFile(join(root, "etc/passwd"), "root:x:0:0::/:\nnobody:x:65534:65534::/:\n");
        await writeFile(join(root, "etc/group"), "root:x:0:\nnogroup:x:65534:\n");
        for (const directory of ["var/log/nginx", "var/lib/nginx"])
          await mkdir(join(root, directory), { recursive: true });
      }
      await importRoot(engine, root, edgeImages[kind]);
    });
  }
}

/** The same as `importNodeImage`, for the engine. */
export async function loadNodeImage(engine: Engine, image: ProgramImage, app: string): Promise<void> {
  await withScratch(async (directory) => {
    // Not the scratch directory itself: that is its owner's alone, and would be the image's root.
    const root = join(directory, "root");
    await fillWithNode(root, app);
    const user = image.user === undefined ? [] : [`USER ${image.user}`];
    await importRoot(engine, root, image.name, [`ENTRYPOINT ${JSON.stringify(image.entrypoint)}`, ...user]);
  });
}

/** Whether the engine has an image of this name. */
export async function hasImage(engine: Engine, name: string): Promise<boolean> {
  try {
    await engine.getImage(name).inspect();
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

interface OciManifest {
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/**
 * Loads the images of an OCI archive. The engine reads the older format only, which is the same files with another list of
 * them; and the images get busybox, because the engine asks for their health from inside.
 */
export async function loadImages(engine: Engine, archive: string, busybox: string): Promise<void> {
  await withScratch(async (directory) => {
    await execa("tar", ["-C", directory, "-xf", archive]);
    const blob = (digest: string) => join("blobs", ...digest.split(":"));
    const read = async <T>(file: string) => JSON.parse(await readFile(join(directory, file), "utf8")) as T;
    const index = await read<{ manifests: { digest: string; annotations: Record<string, string> }[] }>("index.json");
    const manifests = index.manifests.map(async ({ annotations, digest }) => {
      const { config, layers } = await read<OciManifest>(blob(digest));
      const name = annotations["io.containerd.image.name"]?.replace("docker.io/library/", "") ?? digest;
      return { Config: blob(config.digest), RepoTags: [name], Layers: layers.map((layer) => blob(layer.digest)) };
    });
    const list = await Promise.all(manifests);
    await writeFile(join(directory, "manifest.json"), JSON.stringify(list));
    const packed = execa("tar", ["-C", directory, "-cf", "-", "manifest.json", "blobs"], {
      stdout: "pipe",
      buffer: false,
    });
    await drain(await engine.loadImage(packed.stdout, { quiet: true }));
    await packed;
    for (const { RepoTags } of list) for (const name of RepoTags) await addBusybox(engine, name, busybox);
  });
}

async function addBusybox(engine: Engine, image: string, busybox: string): Promise<void> {
  await withScratch(async (root) => {
    await fillWithApplets(root, busybox);
    const container = await engine.createContainer({ Image: image });
    try {
      const packed = execa("tar", ["-C", root, "--owner=0", "--group=0", "-cf", "-", "bin"], {
        stdout: "pipe",
        buffer: false,
      });
      await container.putArchive(packed.stdout, { path: "/" });
      await packed;
      const [repo, tag] = image.split(":");
      await container.commit({ repo, tag });
    } finally {
      await container.remove({ force: true });
    }
  });
}

/** @param changes lines of a Dockerfile */
async function importRoot(
  engine: Engine,
  root: string,
  image: string,
  changes: readonly string[] = ["ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
): Promise<void> {
  const [repo, tag] = image.split(":");
  const packed = execa("tar", ["-C", root, "--owner=0", "--group=0", "-cf", "-", "."], {
    stdout: "pipe",
    buffer: false,
  });
  await drain(await engine.importImage(packed.stdout, { repo, tag, changes }));
  await packed;
}

/** The engine's answer ends when its work has; an error is one of its lines. */
async function drain(answer: NodeJS.ReadableStream): Promise<void> {
  let said = "";
  for await (const chunk of answer) said += String(chunk);
  const failed = said.split("\n").find((line) => line.includes('"error"'));
  if (failed !== undefined) throw new Error(`the Docker engine took no image: ${failed}`);
}

/** With what the edges' scripts call. */
async function fillWithApplets(root: string, busybox: string): Promise<void> {
  await fillWithBusybox(root, busybox);
  // Without it a static program loads the machine's way to look names up, which fits no static program.
  await mkdir(join(root, "etc"));
  await writeFile(join(root, "etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files\nservices: files\n");
  for (const applet of APPLETS) await symlink("busybox", join(root, "bin", applet));
}
