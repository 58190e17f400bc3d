/**
 * What the stack program costs: a preview of one service and of a hundred, a blue/green switch under load, and how much
 * a change of weight touches. Needs the lab with the sample's images (`npm run lab -- up`, `npm run lab -- sample`).
 * Writes `build/components-bench.json`.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { labEnvironment } from "../lab/environment.ts";
import { runMeasured, type Run } from "./process-tree.ts";
import { measureSwitch } from "./switch.ts";
import { countWeightChange } from "./weight-change.ts";

const BUILD = path.resolve(import.meta.dirname, "../build");

/** A preview of that many services that do not exist yet, by the CLI as a user calls it. */
async function previewServices(count: number): Promise<Run> {
  const cwd = path.join(BUILD, `bench-${count}`);
  const env = { ...labEnvironment(), SLUICE_BENCH_SERVICES: String(count) };
  await mkdir(cwd, { recursive: true });
  const runtime = { name: "nodejs", options: { typescript: false } };
  await writeFile(
    path.join(cwd, "Pulumi.yaml"),
    stringify({ name: `bench-${count}`, main: "../../bench/many-services.ts", runtime }),
  );
  await execa("pulumi", ["stack", "select", "--create", "bench"], { cwd, env });
  return runMeasured(["pulumi", "preview", "--non-interactive", "--stack", "bench"], { cwd, env });
}

async function measure() {
  Object.assign(process.env, labEnvironment());
  await mkdir(BUILD, { recursive: true });
  const ones = [await previewServices(1), await previewServices(1), await previewServices(1)];
  const one = ones.toSorted((a, b) => a.seconds - b.seconds)[1] ?? { seconds: 0, peakMiB: 0 };
  const hundred = await previewServices(100);
  const { switchFailed, switchOverlapS } = await measureSwitch(path.join(BUILD, "switch.jsonl"));
  return {
    previewOneS: one.seconds,
    previewHundredS: hundred.seconds,
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
