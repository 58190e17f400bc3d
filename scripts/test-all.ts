/**
 * The tests, in stages; ends with one line of totals. The lanes of a stage run side by side; what the lab's clock times has
 * the machine to itself. With `SLUICE_TESTS=short` without those that take long.
 */
import { spawn } from "node:child_process";
import path from "node:path";

const ROOT = path.resolve(import.meta.dirname, "..");

interface Part {
  readonly name: string;
  readonly command: readonly string[];
  /** Whether the command prints mocha's totals, or counts as one test itself. */
  readonly counts: "mocha" | "self";
}

const step = (name: string, ...command: string[]): Part => ({ name, command, counts: "self" });
const unit = (name: string, files: string): Part => ({
  name,
  command: ["node_modules/.bin/mocha", files],
  counts: "mocha",
});
const onLab = (name: string, directory: string): Part => ({
  name,
  command: ["node_modules/.bin/mocha", "--config", ".mocharc.e2e.json", `test/e2e/${directory}/**/*.test.ts`],
  counts: "mocha",
});

/** What is quick and tells most comes first; the last part kills parts of the lab, and takes it down. */
const STAGES: readonly (readonly (readonly Part[])[])[] = [
  [
    [unit("unit and component", "test/{repository,config,components,engine,policies,release,lab,bench}/**/*.test.ts")],
    [
      step("format", "npm", "run", "-s", "check:format"),
      step("lint", "npm", "run", "-s", "check:lint"),
      step("types", "npm", "run", "-s", "check:types"),
      step("sample service", "mvn", "--quiet", "--batch-mode", "--file", "sample/pom.xml", "verify"),
    ],
  ],
  [
    [
      // A run that was cut off leaves services in the lab, which would come up with it and stand in the way of these.
      step("what is left of an earlier lab", "npm", "run", "-s", "lab", "--", "down"),
      step("lab up", "npm", "run", "-s", "lab", "--", "up"),
      step("sample images", "npm", "run", "-s", "lab", "--", "sample"),
      onLab("releases under traffic", "traffic"),
      onLab("what is declared", "declared"),
      step("Docker engine", "npm", "run", "-s", "lab", "--", "up", "--docker"),
      step("sample images for it", "npm", "run", "-s", "lab", "--", "sample"),
      onLab("releases on a Docker host", "docker"),
      onLab("faults of the machine", "machine"),
    ],
  ],
];

interface Count {
  readonly passed: number;
  readonly failed: number;
  /** What mocha says of the failures, or that a step failed. */
  readonly failures: readonly string[];
  /** One line of each: what is still seen where only the end of a log is kept. */
  readonly titles: readonly string[];
}

/** @param live whether its output is shown as it comes: that of one lane; the others' comes when a part has ended */
async function run({ command, counts, name }: Part, live: boolean): Promise<Count> {
  const began = Date.now();
  console.log(`\n── ${name}${live ? "" : " (meanwhile)"} ──`);
  const [program = "", ...args] = command;
  const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      if (live) process.stdout.write(chunk);
      output += chunk.toString();
    });
  }
  const code = await new Promise<number>((resolve) => {
    child
      .on("error", ({ message }) => (output += message))
      .on("close", (exit) => {
        resolve(exit ?? 1);
      });
  });
  const count = counts === "mocha" ? readTotals(name, output, code) : readExit(name, code);
  const seconds = Math.round((Date.now() - began) / 1_000);
  console.log(
    `${live ? "" : `\n${output.trimEnd()}\n`}── ${name}: ${count.passed} passed, ${count.failed} failed in ${seconds} s`,
  );
  return count;
}

function readExit(name: string, code: number): Count {
  return code === 0
    ? { passed: 1, failed: 0, failures: [], titles: [] }
    : { passed: 0, failed: 1, failures: [], titles: [exited(name, code)] };
}

/** A run that died before its totals is a failure, whatever passed until then. */
function readTotals(name: string, output: string, code: number): Count {
  const total = (word: string) => Number(new RegExp(`^ *(\\d+) ${word}`, "m").exec(output)?.[1] ?? 0);
  const failed = total("failing");
  const passed = total("passing");
  if (failed > 0) {
    const told = output.slice(output.search(/^ *\d+ failing/m)).trimEnd();
    return { passed, failed, failures: [`\n── failed in ${name} ──\n${told}`], titles: titlesOf(name, told) };
  }
  if (code === 0) return { passed, failed, failures: [], titles: [] };
  return { passed, failed: 1, failures: [], titles: [exited(name, code)] };
}

/** The numbered headings of mocha's failures: suites and test below each other, the last with a colon. */
function titlesOf(name: string, told: string): string[] {
  return [...told.matchAll(/^ +\d+\) ([^]*?):$/gm)].map(([, title = ""]) => {
    return `failed: ${name}: ${title.split(/\n */).join(" › ")}`;
  });
}

function exited(name: string, code: number): string {
  return `failed: ${name}, exit code ${code}`;
}

function add(counts: readonly Count[]): Count {
  return {
    passed: counts.reduce((sum, { passed }) => sum + passed, 0),
    failed: counts.reduce((sum, { failed }) => sum + failed, 0),
    failures: counts.flatMap(({ failures }) => failures),
    titles: counts.flatMap(({ titles }) => titles),
  };
}

async function runLane(parts: readonly Part[], live: boolean): Promise<Count> {
  const counts: Count[] = [];
  for (const part of parts) counts.push(await run(part, live));
  return add(counts);
}

const stages: Count[] = [];
for (const lanes of STAGES) stages.push(add(await Promise.all(lanes.map((parts, i) => runLane(parts, i === 0)))));
const { failed, failures, passed, titles } = add(stages);
if (process.env.SLUICE_TESTS === "short")
  console.log('\nTests on the lab that take long were left out ("-" above): "make test FULL=1" runs them too.');
if (failed > 0) console.log([...failures, "", ...titles].join("\n"));
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
