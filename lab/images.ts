import { createHash } from "node:crypto";
import { chmod, copyFile, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Task } from "./components/component.ts";
import type { LabContext } from "./context.ts";
import { copyLibraries } from "./libraries.ts";
import { run } from "./run.ts";
import { cluster, labPaths } from "./settings.ts";

/**
 * Makes the images of an OCI or Docker archive usable in the lab's cluster, under the names in the archive. Pods must
 * not ask for them to be pulled (`imagePullPolicy: Never` or `IfNotPresent`): there is no registry.
 */
export async function importImage(archivePath: string): Promise<void> {
  const paths = labPaths();
  const address = ["--address", paths.containerdSocket, "--namespace", "k8s.io"];
  await run(join(paths.bin, "ctr"), [...address, "images", "import", archivePath], { timeoutMs: 120_000 });
}

/** The image of every pod's sandbox: a static busybox that sleeps. */
export function sandboxImage({ toolbox, ctr }: LabContext): Task {
  return {
    name: "sandbox image",
    after: ["containerd"],
    isDone: async () => (await ctr(["images", "ls", "--quiet"])).split("\n").includes(cluster.sandboxImage),
    async perform() {
      const busybox = toolbox.command("busybox");
      const image = { name: cluster.sandboxImage, entrypoint: ["/bin/busybox", "sleep", "2147483647"] };
      await withScratch(async (directory) => {
        await fillWithBusybox(join(directory, "root"), busybox);
        await ctr(["images", "import", await archiveImage(directory, image)]);
      });
    },
  };
}

/** An image with one program. */
export interface ProgramImage {
  /** Name with its tag, as pods ask for it. */
  readonly name: string;
  readonly entrypoint: readonly string[];
  /** Numeric user and group, such as `65532:65532`; without it: root. */
  readonly user?: string;
}

/** An image with busybox as its only program. */
export interface BusyboxImage extends ProgramImage {
  /** Text files by their absolute path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Makes such images and imports them: for tests that need pods which are ready at once. */
export async function importBusyboxImages(images: readonly BusyboxImage[]): Promise<void> {
  const busybox = join(labPaths().bin, "busybox");
  for (const image of images) {
    await withScratch(async (directory) => {
      const root = join(directory, "root");
      await fillWithBusybox(root, busybox);
      for (const [path, text] of Object.entries(image.files ?? {})) {
        await mkdir(dirname(join(root, path)), { recursive: true });
        await writeFile(join(root, path), text);
      }
      await importImage(await archiveImage(directory, image));
    });
  }
}

/**
 * Makes an image of a program for Node and imports it, where no image can be built from a Dockerfile: this machine's Node
 * as `/bin/node` with the libraries that it is linked with, and a directory of this machine as `/app`.
 */
export async function importNodeImage(image: ProgramImage, app: string): Promise<void> {
  await withScratch(async (directory) => {
    await fillWithNode(join(directory, "root"), app);
    await importImage(await archiveImage(directory, image));
  });
}

/** Puts this machine's Node with its libraries, and an app, into an image. */
export async function fillWithNode(root: string, app: string): Promise<void> {
  await mkdir(join(root, "bin"), { recursive: true });
  await makeTmp(root);
  await copyFile(process.execPath, join(root, "bin", "node"));
  await copyLibraries([process.execPath], root);
  await cp(app, join(root, "app"), { recursive: true });
  // What was made for its owner alone is read by the image's user.
  await chmod(join(root, "app"), 0o755);
}

/**
 * Where every program may write. A tmpfs that is mounted there has the mode of what the image has, or what a first start
 * left: without it, no second start can write.
 */
export async function makeTmp(root: string): Promise<void> {
  await mkdir(join(root, "tmp"), { recursive: true });
  // Not by `mkdir`, from whose mode the umask is taken.
  await chmod(join(root, "tmp"), 0o1777);
}

/** A directory that is gone after its use. */
export async function withScratch(use: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-image-"));
  try {
    await use(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Puts the static busybox into an image. */
export async function fillWithBusybox(root: string, busybox: string): Promise<void> {
  await mkdir(join(root, "bin"), { recursive: true });
  await copyFile(busybox, join(root, "bin", "busybox"));
  await chmod(join(root, "bin", "busybox"), 0o755);
}

/** A Docker archive with one layer: what is in `root` of a directory. */
async function archiveImage(directory: string, image: ProgramImage): Promise<string> {
  const root = join(directory, "root");
  const layer = join(directory, "layer.tar");
  await run("tar", ["--owner=0", "--group=0", "-C", root, "-cf", layer, "."]);
  const digest = createHash("sha256")
    .update(await readFile(layer))
    .digest("hex");
  const config = {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: { Entrypoint: image.entrypoint, ...(image.user === undefined ? {} : { User: image.user }) },
    rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
  };
  await writeFile(join(directory, "config.json"), JSON.stringify(config));
  const manifest = [{ Config: "config.json", RepoTags: [image.name], Layers: ["layer.tar"] }];
  await writeFile(join(directory, "manifest.json"), JSON.stringify(manifest));
  const archive = join(directory, "image.tar");
  await run("tar", ["-C", directory, "-cf", archive, "manifest.json", "config.json", "layer.tar"]);
  return archive;
}
