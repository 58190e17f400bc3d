import { spawn } from "node:child_process";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { otherSlot } from "../config/release-state.ts";
import { EDGE_ROUTERS } from "../config/router.ts";
import type { ReleaseEvent } from "../release/events.ts";
import { measureBad, measureBroken, measureGood, measureStackUps } from "./demo-result.ts";
import { describeDemo, judgeDemo, type DemoResult } from "./demo-summary.ts";
import { HostService } from "./docker/host-service.ts";
import { labEnvironment } from "./environment.ts";
import { LabError } from "./errors.ts";
import { createLabProject } from "./project.ts";
import type { ReleasedService } from "./released-service.ts";
import { Service } from "./service.ts";
import { urls } from "./settings.ts";
import { waitFor } from "./wait.ts";

const ROOT = path.resolve(import.meta.dirname, "..");
const BUILD = path.join(ROOT, "build");

const RPS = 200;
const SCRAPE_S = 2;
const LOAD_AT_MOST_S = 1_800;
const FAULT = { errorShare: 0.2 };
const VERSIONS = { good: "1.1.0", bad: "1.2.0", broken: "1.4.0" } as const;
const STEPS = { weights: [5, 25, 50, 100], bake: "30s", replicas: 2 };

/** One place where the demo runs: its service, and what its files and chapters are called after. */
interface Scene {
  readonly service: ReleasedService;
  /** Empty where there is only one. */
  readonly name: string;
}

/**
 * Shows what releases do in a cluster: runs them, tells what users saw, and writes `build/demo.json`.
 *
 * @returns the exit code: 0 when the good version was promoted, the bad one rolled back and the broken one refused
 */
export async function showDemo(keepLab: boolean): Promise<number> {
  const chapter = countChapters(5);
  chapter("The lab: a Kubernetes node, Istio, Prometheus");
  const labUpS = await bringLabUp();
  chapter("The service: three versions of a Spring Boot program; pulumi up");
  await runLab("sample");
  const project = await createLabProject(path.join(BUILD, "lab"), "production");
  await project.stack.up({
    color: "never",
    onOutput: process.stderr.isTTY ? (text) => process.stderr.write(text) : () => undefined,
  });
  const service = await Service.open(project, "checkout.example.com");
  const result = await underTraffic(
    service,
    () => service.startTraffic(RPS, urls.ingress, LOAD_AT_MOST_S),
    async () => ({ ...(await runReleases({ service, name: "" }, chapter)), labUpS }),
  );
  console.log(describeDemo(result));
  return conclude("demo.json", result, judgeDemo(result), keepLab);
}

/** The same on a Docker host, behind each edge; writes `build/demo-docker.json`. */
export async function showHostDemo(keepLab: boolean): Promise<number> {
  const chapter = countChapters(2 + 4 * EDGE_ROUTERS.length);
  chapter("The lab, with a Docker engine");
  const labUpS = await bringLabUp("--docker");
  chapter("The images: three versions of a Spring Boot program");
  await runLab("sample");
  const results: Record<string, DemoResult> = {};
  const failures: string[] = [];
  for (const kind of EDGE_ROUTERS) {
    chapter(`${kind}: the service behind it; pulumi up`);
    const service = await HostService.deploy(kind, {
      "sluice:strategy": STEPS,
      // What is shown here are failing requests; two cores that run all of it answer too unevenly for a fair look at times.
      "sluice:gate": { latency: "off" },
      "sluice:release": { blue: { replicas: 2 } },
    });
    try {
      const releases = () => runReleases({ service, name: kind }, chapter);
      const told = await underTraffic(service, () => service.startTraffic(RPS, LOAD_AT_MOST_S), releases);
      const result = { ...told, labUpS };
      console.log(describeDemo(result, kind));
      results[kind] = result;
      failures.push(...judgeDemo(result).map((failure) => `${kind}: ${failure}`));
    } finally {
      await service.remove();
    }
  }
  return conclude("demo-docker.json", results, failures, keepLab);
}

async function bringLabUp(...extras: readonly string[]): Promise<number> {
  await mkdir(BUILD, { recursive: true });
  const began = Date.now();
  await runLab("up", ...extras);
  return (Date.now() - began) / 1_000;
}

async function underTraffic<T>(
  service: ReleasedService,
  start: () => Promise<void>,
  use: () => Promise<T>,
): Promise<T> {
  try {
    await start();
    await service.waitForCalm(RPS);
    return await use();
  } finally {
    await service.stopTraffic();
  }
}

async function conclude(file: string, result: object, failures: readonly string[], keepLab: boolean): Promise<number> {
  await writeFile(path.join(BUILD, file), `${JSON.stringify(result, undefined, 2)}\n`);
  if (!keepLab) await runLab("down");
  for (const failure of failures) console.error(`demo: ${failure}`);
  return failures.length === 0 ? 0 : 1;
}

async function runReleases(scene: Scene, chapter: (title: string) => void) {
  const { name, service } = scene;
  const title = (text: string) =>
    chapter(name === "" ? text : `${name}: ${text.charAt(0).toLowerCase()}${text.slice(1)}`);
  title(`A good version, ${VERSIONS.good}, under ${RPS} requests a second`);
  const good = await release(scene, "good");
  const goodResult = measureGood(good, service.answers());
  title(
    `A bad version, ${VERSIONS.bad}: fails ${FAULT.errorShare * 100} % of its requests once it has 5 % of the traffic`,
  );
  const bad = await release(scene, "bad", async (events) => {
    const observed = await waitFor(
      async () => (await events()).some((event) => event.type === "weight-observed" && event.weight === 5),
      { timeoutMs: 300_000, intervalMs: 50 },
    );
    if (!observed) return;
    const { state } = await service.traffic.read();
    await service.setFaults(state.candidate ?? otherSlot(state.live), FAULT);
  });
  const badResult = measureBad(bad, service.answers(), VERSIONS.bad, FAULT.errorShare);
  title(`A broken version, ${VERSIONS.broken}: half of its answers fail from the start`);
  const broken = await release(scene, "broken");
  return {
    good: goodResult,
    bad: badResult,
    broken: measureBroken(broken, service.answers()),
    stackUpS: [...measureStackUps(good), ...measureStackUps(bad)],
    rps: RPS,
    scrapeS: SCRAPE_S,
  };
}

/** Runs `sluice release` as a user does, and gives the events that it wrote. */
async function release(
  { name: scene, service: { project } }: Scene,
  name: keyof typeof VERSIONS,
  meanwhile: (events: () => Promise<readonly ReleaseEvent[]>) => Promise<void> = () => Promise.resolve(),
): Promise<readonly ReleaseEvent[]> {
  const called = scene === "" ? name : `${scene}-${name}`;
  const file = path.join(BUILD, `demo-${called}.jsonl`);
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
  const outputs = ["--events", file, "--report", path.join(BUILD, `report-${called}.html`)];
  const [code] = await Promise.all([
    run(process.execPath, [path.join(ROOT, "release/cli.ts"), "release", ...options, ...outputs]),
    meanwhile(events),
  ]);
  const told = await events();
  if (told.at(-1)?.type !== "finished")
    throw new LabError(`the release of ${called} did not run to its end (exit code ${code})`);
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

async function runLab(...args: readonly string[]): Promise<void> {
  const code = await run(process.execPath, [path.join(ROOT, "lab/cli.ts"), ...args]);
  if (code !== 0) throw new LabError(`"lab ${args.join(" ")}" failed (exit code ${code})`);
}

function run(program: string, args: readonly string[]): Promise<number> {
  const child = spawn(program, args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...labEnvironment() } });
  return new Promise((resolve, reject) => {
    child.on("error", reject).on("close", (code) => {
      resolve(code ?? 1);
    });
  });
}

/** Titles that say how far it is to the end. */
function countChapters(of: number): (title: string) => void {
  let number = 0;
  return (title) => {
    number += 1;
    console.log(`\n── ${number}/${of} ${title} ──`);
  };
}
