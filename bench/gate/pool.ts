import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import type { Job, JobResults } from "./simulate.ts";

/** Does the jobs on all cores. @throws the first error of a worker */
export async function runAll(jobs: readonly Job[], onResults: (results: JobResults, done: number) => void) {
  let [next, done] = [0, 0];
  const work = async () => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url));
    try {
      for (let job = jobs[next++]; job !== undefined; job = jobs[next++]) {
        const results = await ask(worker, job);
        done += 1;
        onResults(results, done);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}

function ask(worker: Worker, job: Job): Promise<JobResults> {
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.once("message", (results: JobResults) => {
      worker.off("error", reject);
      resolve(results);
    });
    worker.postMessage(job);
  });
}
