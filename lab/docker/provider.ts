import { access, readFile, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Task } from "../components/component.ts";
import type { LabContext } from "../context.ts";
import { labEnvironment } from "../environment.ts";
import { tryRun } from "../run.ts";
import { findExecutable } from "../toolchain/locate.ts";
import { dockerProviderVersion } from "./provider-version.ts";

const plugin = "pulumi-resource-docker";

/**
 * Provides Pulumi's provider of Docker: the one on PATH, else one of its own that Pulumi downloads, else the lab's
 * stand-in, which says at each use what it is.
 */
export function dockerProviderTask({ paths, toolbox }: LabContext): Task {
  const launcher = join(paths.bin, plugin);
  const downloaded = join(paths.pulumiHome, "plugins", `resource-docker-v${dockerProviderVersion}`);
  const main = fileURLToPath(new URL("../providers/docker/main.ts", import.meta.url));
  const script = `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`;
  const isThere = (file: string) => access(file).then(...answers);
  // One of another checkout may be gone tomorrow.
  const isOurs = async () => (await readFile(launcher, "utf8").catch(() => "")) === script;
  return {
    name: "docker provider",
    after: [],
    isDone: async () => (await isOnPath(paths.bin)) || (await isThere(downloaded)) || (await isOurs()),
    async perform() {
      const install = ["plugin", "install", "resource", "docker", dockerProviderVersion];
      const options = { env: labEnvironment(), timeoutMs: 120_000 };
      if ((await tryRun(toolbox.command("pulumi"), install, options)) !== undefined) return;
      await writeFile(launcher, script, { mode: 0o755 });
    },
  };
}

const answers = [() => true, () => false] as const;

async function isOnPath(own: string): Promise<boolean> {
  const directories = (process.env.PATH ?? "").split(delimiter).filter((directory) => directory !== own);
  return (await findExecutable(plugin, directories)) !== undefined;
}
