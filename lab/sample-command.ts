import { stat } from "node:fs/promises";
import type { Command } from "commander";
import { createReporter, formatBytes } from "./reporter.ts";
import { buildSample, importSample } from "./sample.ts";
import { sampleImage, sampleVersions } from "./sample-versions.ts";

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
      const { size } = await stat(sample.archive);
      for (const { version, title } of sampleVersions) console.log(`${sampleImage(version)}  ${title}`);
      const build = sample.built ? "built" : "unchanged";
      const use = imported === undefined ? "not imported" : imported ? "imported" : "in the lab already";
      console.log(`${build}, ${use}; ${formatBytes(size)} in ${sample.archive}`);
    });
}
