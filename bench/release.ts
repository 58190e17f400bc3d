/**
 * Releases on the lab under 200 requests a second: how soon faults are found and users are safe from them, how long a good
 * release takes, and what the release program costs. Needs the lab with the sample's images (`npm run lab -- up`,
 * `npm run lab -- sample`). Prints a table, writes `build/release-bench.json`, and fails when a goal is missed. `--runs`
 * says how often each is measured; of good releases there are ten at least, in a row.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { labEnvironment } from "../lab/environment.ts";
import { loadLimits } from "../lab/load/limits.ts";
import { median } from "../lab/demo-summary.ts";
import { Service } from "../lab/service.ts";
import { FAULT_CASES, measureFault } from "./release/faults.ts";
import { measureGoodReleases } from "./release/good.ts";
import { findMisses, renderTable, type ReleaseBench } from "./release/report.ts";
import { measureWatchdog } from "./release/watchdog.ts";

const BUILD = path.resolve(import.meta.dirname, "../build");
const RPS = 200;
const WATCHDOG_RUNS = 3;
/** None of so many good releases may be taken for bad. */
const GOOD_RUNS = 10;
/** One run takes less than this, with all that comes before and after it. */
const LONGEST_RUN_S = 420;

const { values } = parseArgs({ options: { runs: { type: "string", default: "5" } } });
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1) {
  console.error(`--runs ${values.runs}: give a number of runs, for example 5`);
  process.exit(1);
}
const log = (text: string) => {
  console.log(text);
};

/**
 * A service of its own under traffic, with the steps of a canary and the lab's gate. Nothing that failed under another
 * name belongs to the hour before its releases.
 */
async function withService<T>(
  name: string,
  gate: Readonly<Record<string, unknown>>,
  times: number,
  use: (service: Service) => Promise<T>,
): Promise<T> {
  const service = await Service.deploy(name, {
    "sluice:strategy": { weights: [5, 25, 50, 100], bake: "30s", replicas: 1 },
    "sluice:gate": gate,
  });
  try {
    await service.startTraffic(RPS, undefined, Math.min(times * LONGEST_RUN_S, loadLimits.seconds));
    await service.waitForCalm(RPS);
    return await use(service);
  } finally {
    await service.remove();
  }
}

async function measure(): Promise<ReleaseBench> {
  const faults = [];
  for (const [i, fault] of FAULT_CASES.entries()) {
    log(`\n── ${fault.fault} ──`);
    const name = `bench-fault-${i + 1}`;
    faults.push(await withService(name, fault.gate, runs, (service) => measureFault(service, fault, runs, log)));
  }
  log("\n── good releases ──");
  const goodRuns = Math.max(runs, GOOD_RUNS);
  const good = await withService("bench-good", {}, goodRuns, (service) => measureGoodReleases(service, goodRuns, log));
  log("\n── a dead release program ──");
  const overLeaseS = await withService("bench-watchdog", {}, WATCHDOG_RUNS, (service) =>
    measureWatchdog(service, WATCHDOG_RUNS, log),
  );
  const worst = Math.max(...overLeaseS);
  const share = median(good.cpuShares);
  return {
    faults: faults.map(({ result }) => result),
    good: good.result,
    watchdogOverLeaseS: Number.isFinite(worst) ? worst : null,
    gateCpuShare: Number.isFinite(share) ? Math.round(share * 10_000) / 10_000 : null,
    peakMiB: Math.round(Math.max(good.peakMiB, ...faults.map(({ peakMiB }) => peakMiB))),
  };
}

Object.assign(process.env, labEnvironment());
await mkdir(BUILD, { recursive: true });
const bench = await measure().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}\nIs the lab up, with its images?`);
  process.exit(1);
});
await writeFile(path.join(BUILD, "release-bench.json"), `${JSON.stringify(bench, undefined, 2)}\n`);
console.log(`\n${renderTable(bench)}`);
const misses = findMisses(bench);
for (const miss of misses) console.error(`missed: ${miss}`);
process.exitCode = misses.length === 0 ? 0 : 1;
