/**
 * What one weight step by Pulumi consists of: `stack.up` as a whole, and each process of the CLI that it starts, alone.
 * Needs the lab and its production stack, as `make demo KEEP=1` leaves them. Writes `build/step-bench.json`.
 */
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { openPulumiStack } from "../release/adapters/pulumi-stack.ts";
import { readStackFile, stackFilePath } from "../release/adapters/stack-file.ts";
import { median } from "../lab/demo-summary.ts";
import { labEnvironment } from "../lab/environment.ts";

const RUNS = 7;
const PROJECT = path.resolve(import.meta.dirname, "../build/lab");
const STACK = "production";

const run = promisify(execFile);

async function time(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return Math.round(performance.now() - began) / 1_000;
}

async function repeat(work: () => Promise<unknown>): Promise<readonly number[]> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i += 1) times.push(await time(work));
  return times;
}

async function measure(): Promise<Readonly<Record<string, readonly number[]>>> {
  Object.assign(process.env, labEnvironment());
  const stack = await openPulumiStack(PROJECT, STACK);
  const step = async () => {
    const { release } = await readStackFile(stackFilePath(PROJECT, STACK));
    await stack.save({ ...release, serial: release.serial + 1 });
    await stack.up();
  };
  const cli = (...args: string[]) => run("pulumi", [...args, "--stack", STACK, "--non-interactive"], { cwd: PROJECT });
  return {
    "stack.up, as a release does it": await repeat(step),
    "pulumi up (nothing to change)": await repeat(() => cli("up", "--yes", "--skip-preview")),
    "pulumi stack output": await repeat(() => cli("stack", "output", "--json")),
    "pulumi stack history": await repeat(() => cli("stack", "history", "--json", "--page-size", "1")),
    "pulumi version (starting the CLI)": await repeat(() => run("pulumi", ["version"])),
    "node, importing the program's libraries": await repeat(() =>
      run(process.execPath, ["-e", 'import("@pulumi/kubernetes").then(() => import("./components/release.ts"))'], {
        cwd: path.resolve(import.meta.dirname, ".."),
      }),
    ),
  };
}

const results = await measure().catch((error: unknown) => {
  console.error(
    `bench: ${error instanceof Error ? error.message : String(error)}\nIs the lab up, with the demo's stack? "make demo KEEP=1" leaves both.`,
  );
  process.exit(1);
});
await mkdir("build", { recursive: true });
await writeFile("build/step-bench.json", `${JSON.stringify(results, undefined, 2)}\n`);
for (const [what, times] of Object.entries(results)) {
  console.log(
    `${median(times).toFixed(2)} s  ${what}  (${Math.min(...times).toFixed(2)}–${Math.max(...times).toFixed(2)}, ${RUNS} runs)`,
  );
}
