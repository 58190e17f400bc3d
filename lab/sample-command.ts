import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { connectEngine } from "../engine/connect.ts";
import { loadImages } from "./docker/images.ts";
import { readExtras } from "./extras.ts";
import { createReporter, formatBytes } from "./reporter.ts";
import { labPaths } from "./settings.ts";
import { buildSample, importSample } from "./sample.ts";
import { sampleImage, sampleVersions } from "./sample-versions.ts";

/** Where the lab has a Docker engine, that gets the images too. */
async function loadIntoDocker(archive: string): Promise<void> {
  const paths = labPaths();
  if (!(await readExtras(paths)).includes("docker")) return;
  const engine = connectEngine({ host: `unix://${paths.dockerSocket}` });
  await loadImages(engine, archive, join(paths.bin, "busybox"));
}

/** Adds `lab sample`. */
export function addSampleCommand(program: Command): void {
  program
    .command("sample")
    .description(
      "build the images of the sample service and import them into the lab; unchanged sources: nothing to do",
    )
    .option("--build-only", "build only, for a lab that does not run")
    .action(async (options: { buildOnly?: boolean }) => {
      const reporter = createReporter();
      const sample = await buildSample(reporter);
      const imported = options.buildOnly === true ? undefined : await importSample(sample);
      if (imported !== undefined) await loadIntoDocker(sample.archive);
      const { size } = await stat(sample.archive);
      for (const { version, title } of sampleVersions) console.log(`${sampleImage(version)}  ${title}`);
      const build = sample.built ? "built" : "unchanged";
      const use = imported === undefined ? "not imported" : imported ? "imported" : "in the lab already";
      console.log(`${build}, ${use}; ${formatBytes(size)} in ${sample.archive}`);
    });
}
