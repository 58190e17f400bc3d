/**
 * The gate against the hours that it promises to master, and beside it how other tools decide on the same traffic: see
 * docs/gate.md. Prints tables, writes `build/gate-bench.json`, and fails when our own numbers miss what is asked of them.
 */
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { CELLS } from "./cells.ts";
import { runAll } from "./pool.ts";
import { findMisses, renderTables, toJson } from "./report.ts";
import { listJobs, type JobResults } from "./simulate.ts";
import { summarise } from "./summary.ts";

const SEED = 20_260;
const BUILD = path.resolve(import.meta.dirname, "../../build");

const began = Date.now();
const jobs = listJobs(SEED);
const all: JobResults[] = [];
await runAll(jobs, (results, done) => {
  all.push(results);
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${jobs.length} blocks simulated`);
});
if (process.stderr.isTTY) process.stderr.write("\n");

const summaries = summarise(CELLS, all);
await mkdir(BUILD, { recursive: true });
await writeFile(path.join(BUILD, "gate-bench.json"), `${JSON.stringify(toJson(summaries), undefined, 2)}\n`);
console.log(renderTables(summaries));
const runs = CELLS.reduce((sum, cell) => sum + cell.runs, 0);
console.log(
  `\n${runs.toLocaleString("en")} hours simulated in ${Math.round((Date.now() - began) / 1_000)} s (seed ${SEED}).`,
);

const misses = findMisses(summaries);
for (const miss of misses) console.error(`missed: ${miss}`);
process.exitCode = misses.length === 0 ? 0 : 1;
