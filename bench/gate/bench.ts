/**
 * The gate against the hours that it promises to master, and beside it how other tools decide on the same traffic: see
 * docs/gate.md. Prints tables, writes `build/gate-bench.json`, and fails when our own numbers miss what is asked of them.
 * `--runs` says how many hours are simulated of each cell without a fault.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { CELLS, isFaulty } from "./cells.ts";
import { runAll } from "./pool.ts";
import { findMisses, renderTables, toJson } from "./report.ts";
import { listJobs, type JobResults } from "./simulate.ts";
import { summarise } from "./summary.ts";

const SEED = 20_260;
const BUILD = path.resolve(import.meta.dirname, "../../build");

const { values } = parseArgs({ options: { runs: { type: "string" } } });
const healthyRuns = values.runs === undefined ? undefined : Number(values.runs);
if (healthyRuns !== undefined && !(Number.isInteger(healthyRuns) && healthyRuns > 0)) {
  console.error(`--runs ${values.runs ?? ""}: give a number of hours, for example 10000`);
  process.exit(1);
}
const cells = CELLS.map((cell) =>
  healthyRuns === undefined || isFaulty(cell) ? cell : { ...cell, runs: healthyRuns },
);

const began = Date.now();
const jobs = listJobs(SEED, cells);
const all: JobResults[] = [];
await runAll(jobs, (results, done) => {
  all.push(results);
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${jobs.length} blocks simulated`);
});
if (process.stderr.isTTY) process.stderr.write("\n");

const summaries = summarise(cells, all);
await mkdir(BUILD, { recursive: true });
await writeFile(path.join(BUILD, "gate-bench.json"), `${JSON.stringify(toJson(summaries), undefined, 2)}\n`);
console.log(renderTables(summaries));
const runs = cells.reduce((sum, cell) => sum + cell.runs, 0);
console.log(
  `\n${runs.toLocaleString("en")} hours simulated in ${Math.round((Date.now() - began) / 1_000)} s (seed ${SEED}).`,
);

const misses = findMisses(summaries);
for (const miss of misses) console.error(`missed: ${miss}`);
process.exitCode = misses.length === 0 ? 0 : 1;
