import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { importSmallImages } from "../../lab/images.ts";
import { listLibraries } from "../../lab/sample-runtime.ts";

export const WATCHDOG_IMAGE = "docker.io/library/sluice:e2e";

/** The release program as an image: what release/Dockerfile makes, from this machine's Node and its libraries. */
export async function importWatchdogImage(): Promise<void> {
  const root = path.resolve(import.meta.dirname, "../..");
  const bundle = await mkdtemp(path.join(tmpdir(), "sluice-bundle-"));
  try {
    await promisify(execFile)(process.execPath, ["scripts/bundle-watchdog.ts", bundle], { cwd: root });
    const libraries = await listLibraries([process.execPath]);
    await importSmallImages([
      {
        name: WATCHDOG_IMAGE,
        entrypoint: ["/bin/node", "/app/cli.js"],
        user: "65532:65532",
        files: { "/app/package.json": '{"type":"module"}' },
        copies: {
          "/bin/node": process.execPath,
          "/app": bundle,
          ...Object.fromEntries(libraries.map((library) => [library, library])),
        },
      },
    ]);
  } finally {
    await rm(bundle, { recursive: true, force: true });
  }
}
