import { spawn } from "node:child_process";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "..");

interface Part {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether the command prints mocha's totals, or counts as one test itself. */
  readonly counts: "mocha" | "self";
}

const mocha = (name: string, ...args: string[]): Part => ({
  name,
  command: ["node_modules/.bin/mocha", ...args],
  counts: "mocha",
});
const step = (name: string, ...command: string[]): Part => ({ name, command, counts: "self" });

/** In this order: what is quick and tells most comes first; the lab is taken down by the last e2e file. */
const PARTS: readonly Part[] = [
  step("format", "npm", "run", "-s", "check:format"),
  step("lint", "npm", "run", "-s", "check:lint"),
  step("types", "npm", "run", "-s", "check:types"),
  mocha("unit and component", "test/{repository,config,components,policies,release,lab,bench}/**/*.test.ts"),
  step("sample service", "mvn", "--quiet", "--batch-mode", "--file", "sample/pom.xml", "verify"),
  step("lab up", "npm", "run", "-s", "lab", "--", "up"),
  step("sample images", "npm", "run", "-s", "lab", "--", "sample"),
  mocha("end to end", "--config", ".mocharc.e2e.json", "test/e2e/**/*.test.ts"),
];

interface Count {
  readonly passed: number;
  readonly failed: number;
  /** What mocha says of the failures, or that a step failed. */
  readonly failures?: string;
}

async function run({ command, counts, name }: Part): Promise<Count> {
  const began = Date.now();
  console.log(`\n── ${name} ──`);
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    process.stdout.write(chunk);
    output += chunk.toString();
  });
  const code = await new Promise<number>((resolve) => child.on("close", (exit) => resolve(exit ?? 1)));
  const self = code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1, failures: `  exit code ${code}` };
  const count = counts === "mocha" ? readTotals(output, code) : self;
  console.log(
    `── ${name}: ${count.passed} passed, ${count.failed} failed in ${Math.round((Date.now() - began) / 1_000)} s`,
  );
  return count;
}

/** A run that died before its totals is a failure, whatever passed until then. */
function readTotals(output: string, code: number): Count {
  const total = (word: string) => Number(new RegExp(`^ *(\\d+) ${word}`, "m").exec(output)?.[1] ?? 0);
  const failed = total("failing");
  const passed = total("passing");
  if (failed === 0) return code === 0 ? { passed, failed } : { passed, failed: 1, failures: `  exit code ${code}` };
  return { passed, failed, failures: output.slice(output.search(/^ *\d+ failing/m)) };
}

let sum: Count = { passed: 0, failed: 0 };
const failures: string[] = [];
for (const part of PARTS) {
  const count = await run(part);
  sum = { passed: sum.passed + count.passed, failed: sum.failed + count.failed };
  if (count.failures !== undefined) failures.push(`\n── failed in ${part.name} ──\n${count.failures.trimEnd()}`);
}
if (failures.length > 0) console.log(failures.join("\n"));
console.log(`\n${sum.passed} passed, ${sum.failed} failed`);
process.exitCode = sum.failed === 0 ? 0 : 1;
