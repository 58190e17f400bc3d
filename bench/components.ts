/**
 * What the stack program costs: a preview of one service and of a hundred, a blue/green switch under load, and how much
 * a change of weight touches. Needs the lab with the sample's images (`npm run lab -- up`, `npm run lab -- sample`).
 * Writes `build/components-bench.json`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { labEnvironment } from "../lab/environment.ts";
import { makeProject, preview } from "./preview-project.ts";
import { measureSwitch } from "./switch.ts";
import { countWeightChange } from "./weight-change.ts";

const BUILD = path.resolve(import.meta.dirname, "../build");

async function measure() {
  Object.assign(process.env, labEnvironment());
  await mkdir(BUILD, { recursive: true });
  const service = await makeProject(1);
  const ones = [await preview(service), await preview(service), await preview(service)];
  const one = ones.toSorted((a, b) => a.seconds - b.seconds)[1] ?? { seconds: 0, peakMiB: 0 };
  const services = await makeProject(100);
  const hundred = await preview(services);
  const wide = await preview(services, "--parallel", "32");
  const { switchFailed, switchOverlapS } = await measureSwitch(path.join(BUILD, "switch.jsonl"));
  return {
    previewOneS: one.seconds,
    previewHundredS: hundred.seconds,
    /** With `--parallel 32`: by default Pulumi asks about four resources at a time for each core. */
    previewHundredWideS: wide.seconds,
    ratio: Math.round((hundred.seconds / one.seconds) * 10) / 10,
    onePeakMiB: one.peakMiB,
    hundredPeakMiB: hundred.peakMiB,
    switchFailed,
    switchOverlapS,
    weightChangeResources: await countWeightChange(),
  };
}

const results = await measure().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}\nIs the lab up, with its images?`);
  process.exit(1);
});
await writeFile(path.join(BUILD, "components-bench.json"), `${JSON.stringify(results, undefined, 2)}\n`);
console.log(JSON.stringify(results, undefined, 2));
