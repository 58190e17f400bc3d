/**
 * What the policy pack costs: a preview of one service and of a thousand resources, each without it, with it and with
 * an empty pack, and how long the packs take to start. Needs the lab (`npm run lab -- up`). Writes `build/policies-bench.json`.
 */
import { spawn } from "node:child_process";
import { cp, writeFile } from "node:fs/promises";
import path from "node:path";
import { labEnvironment } from "../lab/environment.ts";
import { buildPolicies, PACK } from "../scripts/build-policies.ts";
import { makeProject, preview } from "./preview-project.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const BUILD = path.join(ROOT, "build");
/** Services like production that have a thousand resources together, components among them. */
const THOUSAND = 42;
const TIMES = 5;

/** A pack without a rule: what Pulumi itself takes for any pack. */
async function makeEmptyPack(): Promise<string> {
  const directory = path.join(BUILD, "empty-pack");
  await cp(PACK, directory, { recursive: true });
  const program = `const { PolicyPack } = require("@pulumi/policy");\nnew PolicyPack("empty", { policies: [] });\n`;
  await writeFile(path.join(directory, "index.cjs"), program);
  return directory;
}

/** Previews without a pack, with the empty one and with ours by turns, so that all meet the same machine. */
async function compare(services: number, times: number, empty: string) {
  const project = await makeProject(services);
  const [without, withEmpty, within]: [number[], number[], number[]] = [[], [], []];
  for (let i = 0; i < times; i += 1) {
    without.push((await preview(project)).seconds);
    withEmpty.push((await preview(project, "--policy-pack", empty)).seconds);
    within.push((await preview(project, "--policy-pack", PACK)).seconds);
  }
  return { without: median(without), withEmpty: median(withEmpty), within: median(within) };
}

/** From the start of Pulumi's launcher until the pack says on which port it listens. */
async function startPack(cwd: string): Promise<number> {
  const launcher = path.join(ROOT, "node_modules/@pulumi/pulumi/cmd/run-policy-pack/index.js");
  const began = performance.now();
  const child = spawn(process.execPath, [launcher, "127.0.0.1:0", "."], {
    cwd,
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
  const empty = await makeEmptyPack();
  const [starts, emptyStarts]: [number[], number[]] = [[], []];
  for (let i = 0; i < TIMES; i += 1) {
    emptyStarts.push(await startPack(empty));
    starts.push(await startPack(PACK));
  }
  const one = await compare(1, TIMES, empty);
  const thousand = await compare(THOUSAND, 3, empty);
  return {
    oneNoPackS: one.without,
    oneEmptyPackS: one.withEmpty,
    onePackS: one.within,
    thousandNoPackS: thousand.without,
    thousandEmptyPackS: thousand.withEmpty,
    thousandPackS: thousand.within,
    emptyPackStartS: median(emptyStarts),
    packStartS: median(starts),
  };
}

const results = await measure().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}\nIs the lab up?`);
  process.exit(1);
});
await writeFile(path.join(BUILD, "policies-bench.json"), `${JSON.stringify(results, undefined, 2)}\n`);
console.log(JSON.stringify(results, undefined, 2));
