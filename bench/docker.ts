/**
 * Releases on the lab's Docker engine under 200 requests a second, behind each edge: failed requests of a good release and
 * of a switch, how soon a fault is found and users are safe from it, how well the edge keeps to a weight, and what it adds
 * to a request. Needs the lab with its Docker engine and the sample's images (`npm run lab -- up --docker`, `npm run lab
 * -- sample`). Writes `build/docker-bench.json`, and fails when a goal is missed.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { EDGE_ROUTERS, type EdgeRouter } from "../config/router.ts";
import { measureGood } from "../lab/demo-result.ts";
import { HostService } from "../lab/docker/host-service.ts";
import { labEnvironment } from "../lab/environment.ts";
import { measureAdded } from "./docker/added.ts";
import { findMisses, type EdgeBench } from "./docker/goals.ts";
import { KEY_HEADER, measureSplit } from "./docker/split.ts";
import { seeSwitch } from "./overlap.ts";
import { FAULT_CASES, measureFault } from "./release/faults.ts";

const BUILD = path.resolve(import.meta.dirname, "../build");
const RPS = 200;
const LOAD_AT_MOST_S = 1_800;

const log = (text: string) => {
  console.log(text);
};

async function measureEdge(kind: EdgeRouter["kind"]): Promise<EdgeBench> {
  const service = await HostService.deploy(kind, {
    "sluice:router": kind === "nginx" ? { stickyKey: { by: "header", name: KEY_HEADER } } : {},
    "sluice:strategy": { weights: [5, 25, 50, 100], bake: "10s", replicas: 2 },
    "sluice:gate": { minStepTime: "6s", maxStepTime: "1m", latency: "off" },
    "sluice:release": { blue: { replicas: 2 } },
  });
  try {
    const addedP50Ms = await measureAdded(service, "blue");
    log(`${kind} adds ${addedP50Ms} ms to the median request`);
    await service.startTraffic(RPS, LOAD_AT_MOST_S);
    await service.waitForCalm(RPS);
    const released = await service.release("1.1.0");
    const good = measureGood(released.events, service.answers());
    log(`good: ${good.outcome} after ${good.durationS} s, ${good.failedRequests} of ${good.requests} failed`);
    const switched = await measureSwitch(service, "1.1.0", "1.0.0");
    log(`switch: ${switched.switchFailed} failed, both versions for ${switched.switchOverlapS} s`);
    // While both versions are warm.
    const weightError = await measureSplit(service, log);
    const fault = FAULT_CASES.find(({ fault }) => fault === "20 % errors") ?? FAULT_CASES[0];
    if (fault === undefined) throw new Error("there is no fault to measure");
    const { result } = await measureFault(service, fault, 1, log);
    return {
      goodFailed: good.failedRequests,
      goodOutcome: good.outcome,
      ...switched,
      detectionS: result.detectionS[0] ?? null,
      decisionToZeroS: result.decisionToZeroS[0] ?? null,
      failingRequests: result.failingRequests[0] ?? 0,
      weightError,
      addedP50Ms,
    };
  } finally {
    await service.remove();
  }
}

/** Puts all traffic on the version before, as an operator does. */
async function measureSwitch(service: HostService, from: string, to: string) {
  const began = Date.now();
  const run = await service.run("undo", "--to", to);
  if (run.code !== 0) throw new Error(`the switch failed:\n${run.stdout}${run.stderr}`);
  return seeSwitch(service.answers(began), from, to);
}

Object.assign(process.env, labEnvironment());
await mkdir(BUILD, { recursive: true });
const bench: Partial<Record<EdgeRouter["kind"], EdgeBench>> = {};
for (const kind of EDGE_ROUTERS) {
  log(`\n── ${kind} ──`);
  bench[kind] = await measureEdge(kind).catch((error: unknown) => {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}\nIs the lab up with --docker?`);
    process.exit(1);
  });
}
await writeFile(path.join(BUILD, "docker-bench.json"), `${JSON.stringify(bench, undefined, 2)}\n`);
console.log(`\n${JSON.stringify(bench, undefined, 2)}`);
const misses = Object.entries(bench).flatMap(([kind, edge]) =>
  findMisses(kind, edge).map((miss) => `${kind}: ${miss}`),
);
for (const miss of misses) console.error(`missed: ${miss}`);
process.exitCode = misses.length === 0 ? 0 : 1;
