import { createHash } from "node:crypto";
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Task } from "./components/component.ts";
import type { LabContext } from "./context.ts";
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
      const directory = await mkdtemp(join(tmpdir(), "sluice-sandbox-"));
      try {
        const busybox = join(toolbox.directory("busybox"), "bin", "busybox");
        await ctr(["images", "import", await archiveSandbox(busybox, directory)]);
      } finally {
        await rm(directory, { recursive: true, force: true });
      }
    },
  };
}

/** A Docker archive with one layer, the program as its only file. */
async function archiveSandbox(busybox: string, directory: string): Promise<string> {
  const root = join(directory, "root");
  await mkdir(join(root, "bin"), { recursive: true });
  await copyFile(busybox, join(root, "bin", "busybox"));
  await chmod(join(root, "bin", "busybox"), 0o755);
  const layer = join(directory, "layer.tar");
  await run("tar", ["--owner=0", "--group=0", "-C", root, "-cf", layer, "bin"]);
  const digest = createHash("sha256")
    .update(await readFile(layer))
    .digest("hex");
  const config = {
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: { Entrypoint: ["/bin/busybox", "sleep", "2147483647"] },
    rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
  };
  await writeFile(join(directory, "config.json"), JSON.stringify(config));
  const manifest = [{ Config: "config.json", RepoTags: [cluster.sandboxImage], Layers: ["layer.tar"] }];
  await writeFile(join(directory, "manifest.json"), JSON.stringify(manifest));
  const archive = join(directory, "image.tar");
  await run("tar", ["-C", directory, "-cf", archive, "manifest.json", "config.json", "layer.tar"]);
  return archive;
}
