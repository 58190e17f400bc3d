/**
 * What the policy pack costs: a preview of one service and of a thousand resources, each without and with it, and how long
 * the pack takes to start. Needs the lab (`npm run lab -- up`). Writes `build/policies-bench.json`.
 */
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { labEnvironment } from "../lab/environment.ts";
import { buildPolicies, PACK } from "../scripts/build-policies.ts";
import { runMeasured } from "./process-tree.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const BUILD = path.join(ROOT, "build");
/** Services like production that have a thousand resources together, components among them. */
const THOUSAND = 42;
const TIMES = 5;

/** Makes a project of that many services that do not exist yet. */
async function makeProject(services: number): Promise<{ cwd: string; env: Record<string, string> }> {
  const cwd = path.join(BUILD, `bench-policies-${services}`);
  const env = { ...labEnvironment(), SLUICE_BENCH_SERVICES: String(services) };
  await mkdir(cwd, { recursive: true });
  const runtime = { name: "nodejs", options: { typescript: false } };
  const project = { name: `bench-policies-${services}`, main: "../../bench/many-services.ts", runtime };
  await writeFile(path.join(cwd, "Pulumi.yaml"), stringify(project));
  await execa("pulumi", ["stack", "select", "--create", "bench"], { cwd, env });
  return { cwd, env };
}

/** Previews without and with the pack by turns, so that both meet the same machine. */
async function compare(services: number, times: number) {
  const project = await makeProject(services);
  const preview = ["pulumi", "preview", "--non-interactive", "--stack", "bench"] as const;
  const [without, within]: [number[], number[]] = [[], []];
  for (let i = 0; i < times; i += 1) {
    without.push((await runMeasured(preview, project)).seconds);
    within.push((await runMeasured([...preview, "--policy-pack", PACK], project)).seconds);
  }
  return { without: median(without), within: median(within) };
}

/** From the start of Pulumi's launcher until the pack says on which port it listens. */
async function startPack(): Promise<number> {
  const launcher = path.join(ROOT, "node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js");
  const began = performance.now();
  const child = spawn(process.execPath, [launcher, "127.0.0.1:0", "."], {
    cwd: PACK,
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("exit", () => reject(new Error("the pack ended before it listened")));
  });
  const took = performance.now() - began;
  child.removeAllListeners("exit").kill();
  return took / 1_000;
}

function median(values: readonly number[]): number {
  const middle = values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  return Math.round(middle * 1_000) / 1_000;
}

async function measure() {
  Object.assign(process.env, labEnvironment());
  await buildPolicies();
  const starts: number[] = [];
  for (let i = 0; i < TIMES; i += 1) starts.push(await startPack());
  const one = await compare(1, TIMES);
  const thousand = await compare(THOUSAND, 3);
  return {
    oneNoPackS: one.without,
    onePackS: one.within,
    thousandNoPackS: thousand.without,
    thousandPackS: thousand.within,
    packStartS: median(starts),
  };
}

const results = await measure().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}\nIs the lab up?`);
  process.exit(1);
});
await writeFile(path.join(BUILD, "policies-bench.json"), `${JSON.stringify(results, undefined, 2)}\n`);
console.log(JSON.stringify(results, undefined, 2));
