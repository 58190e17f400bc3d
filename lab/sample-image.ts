import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { execa } from "execa";
import { LabError } from "./errors.ts";
import type { RunStep } from "./toolchain/sources.ts";
import { sampleEntrypoint } from "./sample-application.ts";
import { sampleUser } from "./sample-runtime.ts";
import { sampleRepository, sampleVersions, type SampleVersion } from "./sample-versions.ts";

/** Seconds since the epoch that every file of the images carries: equal contents make equal layers. */
export const sampleTime = 1_767_225_600;

/** What changes least comes first, so that a new version of the service shares all layers but the last. */
const layers: Readonly<Record<string, readonly string[]>> = {
  runtime: ["dev", "etc", "lib", "lib64", "opt", "proc", "sys", "tmp"],
  dependencies: ["app/lib"],
  application: ["app/checkout.jar", "app/checkout.jsa"],
};

/** An image in the archive. */
export interface BuiltImage {
  /** Name in containerd, such as `docker.io/library/sluice-sample:1.0.0`. */
  readonly name: string;
  readonly digest: string;
}

interface OciIndex {
  manifests: { digest: string; annotations?: Record<string, string> }[];
}

/** Makes one OCI archive of all versions out of the root directory; the images share their layers. */
export async function assembleImages(
  root: string,
  scratch: string,
  archive: string,
  tools: { readonly crane: string; readonly runStep: RunStep },
): Promise<BuiltImage[]> {
  const { crane, runStep } = tools;
  const tars = await Promise.all(Object.entries(layers).map(([name, paths]) => packLayer(root, scratch, name, paths)));
  const layout = join(scratch, "layout");
  await withRegistry(crane, scratch, async (registry) => {
    const base = `${registry}/${sampleRepository}:base`;
    await runStep(crane, ["append", "--oci-empty-base", ...tars.flatMap((tar) => ["-f", tar]), "-t", base]);
    const tags = sampleVersions.map(({ version }) => `${registry}/${sampleRepository}:${version}`);
    for (const version of sampleVersions) await runStep(crane, mutation(base, registry, version));
    await runStep(crane, ["pull", "--format", "oci", "--annotate-ref", ...tags, layout]);
  });
  const images = await nameImages(join(layout, "index.json"));
  await runStep("tar", ["-C", layout, "-cf", archive, "."]);
  return images;
}

async function packLayer(root: string, scratch: string, name: string, paths: readonly string[]): Promise<string> {
  const tar = join(scratch, `${name}.tar`);
  const same = ["--sort=name", `--mtime=@${sampleTime}`, "--owner=0", "--group=0", "--numeric-owner"];
  await execa("tar", [...same, "-C", root, "-cf", tar, ...paths]);
  return tar;
}

function mutation(base: string, registry: string, { version, title, env }: SampleVersion): string[] {
  const variables = {
    APP_VERSION: version,
    JAVA_TOOL_OPTIONS: "-XX:MaxRAMPercentage=50 -XX:+ExitOnOutOfMemoryError",
    ...env,
  };
  const labels = { "org.opencontainers.image.version": version, "org.opencontainers.image.description": title };
  return [
    ...["mutate", base, "--tag", `${registry}/${sampleRepository}:${version}`],
    ...["--set-platform", `linux/${process.arch === "arm64" ? "arm64" : "amd64"}`],
    ...["--entrypoint", sampleEntrypoint.join(","), "--workdir", "/app", "--user", `${sampleUser}:${sampleUser}`],
    ...["--exposed-ports", "8080/tcp"],
    ...Object.entries(variables).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]),
  ];
}

/** crane changes images in a registry only: it serves one itself, on loopback, for as long as `work` lasts. */
async function withRegistry(crane: string, scratch: string, work: (address: string) => Promise<void>): Promise<void> {
  const storage = join(scratch, "registry");
  await mkdir(storage);
  const registry = execa(crane, ["registry", "serve", "--address", "127.0.0.1:0", "--disk", storage], {
    reject: false,
    stdio: ["ignore", "ignore", "pipe"],
    buffer: false,
  });
  try {
    const port = await readPort(registry.stderr);
    await work(`127.0.0.1:${port}`);
  } finally {
    registry.kill();
    await registry;
  }
}

async function readPort(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const port = /serving on port (\d+)/.exec(line)?.[1];
    if (port !== undefined) {
      output.resume();
      return port;
    }
  }
  throw new LabError("crane did not start its registry");
}

/** Replaces the names in crane's registry by those that pods use. */
async function nameImages(indexPath: string): Promise<BuiltImage[]> {
  const index = JSON.parse(await readFile(indexPath, "utf8")) as OciIndex;
  const images = index.manifests.map((manifest) => {
    const reference = manifest.annotations?.["org.opencontainers.image.ref.name"] ?? "";
    const tag = reference.slice(reference.lastIndexOf(":") + 1);
    const name = `docker.io/library/${sampleRepository}:${tag}`;
    manifest.annotations = { "io.containerd.image.name": name, "org.opencontainers.image.ref.name": tag };
    return { name, digest: manifest.digest };
  });
  await writeFile(indexPath, JSON.stringify(index));
  return images;
}
