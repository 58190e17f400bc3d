import { LabError } from "./errors.ts";
import type { ProgramImage } from "./images.ts";
import { command, withDirectory } from "./run-cli.ts";

/** The image that users build from `release/Dockerfile`: its bundle, with this machine's Node. */
export const watchdogImage: ProgramImage = {
  name: "sluice.dev/lab/sluice:1",
  entrypoint: ["/bin/node", "/app/cli.js"],
  user: "65532:65532",
};

/** Bundles the release program as `release/Dockerfile` does, for as long as it is used. */
export async function withWatchdogBundle(use: (directory: string) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const { code, stderr } = await command(process.execPath, ["scripts/bundle-watchdog.ts", directory]);
    if (code !== 0) throw new LabError(`scripts/bundle-watchdog.ts: ${stderr}`);
    await use(directory);
  });
}
