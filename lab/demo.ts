import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ReleaseEvent } from "../release/events.ts";
import { measureBad, measureBroken, measureGood, measureStackUps } from "./demo-result.ts";
import { describeDemo, judgeDemo, type DemoResult } from "./demo-summary.ts";
import { labEnvironment } from "./environment.ts";
import { LabError } from "./errors.ts";
import { setFaultsOfSlot } from "./faults.ts";
import { startLoad, type LoadRun } from "./load.ts";
import { createLabProject, type LabProject } from "./project.ts";
import { urls } from "./settings.ts";
import { waitFor } from "./wait.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const BUILD = path.join(ROOT, "build");

const RPS = 200;
const SCRAPE_S = 2;
const LOAD_AT_MOST_S = 1_800;
const FAULT = { errorShare: 0.2 };
const VERSIONS = { good: "1.1.0", bad: "1.2.0", broken: "1.4.0" } as const;

/**
 * Shows what releases do: runs the demo, and tells what users saw.
 *
 * @returns the exit code: 0 when the good version was promoted, the bad one rolled back and the broken one refused
 */
export async function showDemo(keepLab: boolean): Promise<number> {
  const result = await runDemo();
  console.log(describeDemo(result));
  if (!keepLab) await runLab("down");
  const failures = judgeDemo(result);
  for (const failure of failures) console.error(`demo: ${failure}`);
  return failures.length === 0 ? 0 : 1;
}

/** The whole demo; writes `build/demo.json` and a report of each release. */
async function runDemo(): Promise<DemoResult> {
  await mkdir(BUILD, { recursive: true });
  const began = Date.now();
  chapter("1/5 The lab: a Kubernetes node, Istio, Prometheus");
  await runLab("up");
  const labUpS = (Date.now() - began) / 1_000;
  chapter("2/5 The service: three versions of a Spring Boot program; pulumi up");
  await runLab("sample");
  const project = await createLabProject(path.join(BUILD, "lab"), "production");
  await project.stack.up({
    color: "never",
    onOutput: process.stderr.isTTY ? (text) => process.stderr.write(text) : () => undefined,
  });
  const load = startLoad({
    url: `${urls.ingress}/api/quote`,
    host: "checkout.example.com",
    rps: RPS,
    seconds: LOAD_AT_MOST_S,
    out: path.join(BUILD, "demo-load.jsonl"),
  });
  try {
    await waitForTraffic(load);
    const result = { ...(await runReleases(project, load)), rps: RPS, scrapeS: SCRAPE_S, labUpS };
    await writeFile(path.join(BUILD, "demo.json"), `${JSON.stringify(result, undefined, 2)}\n`);
    return result;
  } finally {
    await load.stop();
  }
}

async function runReleases(project: LabProject, load: LoadRun) {
  chapter(`3/5 A good version, ${VERSIONS.good}, under ${RPS} requests a second`);
  const good = await release(project, "good");
  const goodResult = measureGood(good, load.answers());
  chapter(
    `4/5 A bad version, ${VERSIONS.bad}: fails ${FAULT.errorShare * 100} % of its requests once it has 5 % of the traffic`,
  );
  const bad = await release(project, "bad", async (events) => {
    const observed = await waitFor(
      async () => (await events()).some((event) => event.type === "weight-observed" && event.weight === 5),
      { timeoutMs: 300_000, intervalMs: 50 },
    );
    if (observed) await setFaultsOfSlot("checkout", "checkout", "blue", FAULT);
  });
  const badResult = measureBad(bad, load.answers(), VERSIONS.bad, FAULT.errorShare);
  chapter(`5/5 A broken version, ${VERSIONS.broken}: half of its answers fail from the start`);
  const broken = await release(project, "broken");
  return {
    good: goodResult,
    bad: badResult,
    broken: measureBroken(broken, load.answers()),
    stackUpS: [...measureStackUps(good), ...measureStackUps(bad)],
  };
}

/** Runs `sluice release` as a user does, and gives the events that it wrote. */
async function release(
  project: LabProject,
  name: keyof typeof VERSIONS,
  meanwhile: (events: () => Promise<readonly ReleaseEvent[]>) => Promise<void> = () => Promise.resolve(),
): Promise<readonly ReleaseEvent[]> {
  const file = path.join(BUILD, `demo-${name}.jsonl`);
  await rm(file, { force: true });
  const events = async () => parseEvents(await readFile(file, "utf8").catch(() => ""));
  const options = [
    "--stack",
    project.stackName,
    "--project",
    project.directory,
    "--image",
    `sluice-sample:${VERSIONS[name]}`,
  ];
  const outputs = ["--events", file, "--report", path.join(BUILD, `report-${name}.html`)];
  const [code] = await Promise.all([
    run(process.execPath, [path.join(ROOT, "release/cli.ts"), "release", ...options, ...outputs]),
    meanwhile(events),
  ]);
  const told = await events();
  if (told.at(-1)?.type !== "finished")
    throw new LabError(`the release of ${name} did not run to its end (exit code ${code})`);
  return told;
}

/** Complete lines only: the last one may be half written. */
function parseEvents(text: string): readonly ReleaseEvent[] {
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as ReleaseEvent);
}

async function waitForTraffic(load: LoadRun): Promise<void> {
  const flows = await waitFor(
    () => Promise.resolve(load.answers().filter(({ status }) => status === 200).length >= RPS),
    {
      timeoutMs: 60_000,
    },
  );
  if (!flows) throw new LabError("no request was answered within a minute: see `npm run lab -- logs envoy`");
}

async function runLab(command: string): Promise<void> {
  const code = await run(process.execPath, [path.join(ROOT, "lab/cli.ts"), command]);
  if (code !== 0) throw new LabError(`"lab ${command}" failed (exit code ${code})`);
}

function run(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...labEnvironment() } });
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => {
      resolve(code ?? 1);
    });
  });
}

function chapter(title: string): void {
  console.log(`\n── ${title} ──`);
}
