import { parentPort } from "node:worker_threads";
import { runJob, type Job } from "./simulate.ts";

parentPort?.on("message", (job: Job) => parentPort?.postMessage(runJob(job)));
