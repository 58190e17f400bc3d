import { z } from "zod";
import type { App } from "../../config/app.ts";
import { databaseLabels } from "../../config/limits.ts";
import type { FailedJob, Jobs } from "../ports.ts";
import { findPodProblem, podListSchema } from "./kubernetes-pods.ts";
import type { Cluster } from "./kubernetes.ts";

/** How much of a log explains a failure and still can be read in one message. */
const LOG_LINES = 10;

const jobListSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), uid: z.string(), deletionTimestamp: z.unknown().optional() }),
      status: z
        .object({
          conditions: z
            .array(z.object({ type: z.string(), status: z.string(), reason: z.string().default("Failed") }))
            .default([]),
        })
        .prefault({}),
    }),
  ),
});

type Job = z.infer<typeof jobListSchema>["items"][number];
type Pod = z.infer<typeof podListSchema>["items"][number];

/** The Jobs that change the database, as the API server knows them. */
export function createKubernetesJobs(cluster: Cluster, app: App): Jobs {
  const { namespace } = app;

  async function readLog(pod: Pod): Promise<readonly string[]> {
    // Why a Job failed is worth telling also without its log.
    const text = await cluster.readLog({ namespace, name: pod.metadata.name }, LOG_LINES).catch(() => "");
    return text.split("\n").filter((line) => line !== "");
  }

  async function describe({ metadata: { name, uid }, status }: Job): Promise<FailedJob | undefined> {
    const selector = `batch.kubernetes.io/job-name=${name}`;
    const pods = await cluster.list({ apiVersion: "v1", kind: "Pod", namespace, selector }, podListSchema);
    const [pod] = pods.items;
    const failed = status.conditions.find((condition) => condition.type === "Failed" && condition.status === "True");
    const problem = pod === undefined ? undefined : findPodProblem(pod);
    if (failed === undefined) return problem === undefined ? undefined : { uid, name, reason: problem, log: [] };
    if (pod === undefined) return { uid, name, reason: failed.reason, log: [] };
    return { uid, name, reason: problem ?? describeEnd(pod) ?? failed.reason, log: await readLog(pod) };
  }

  return {
    async findFailed(version) {
      const found = await Promise.all(
        (["backup", "expand"] as const).map((step) => {
          const selector = Object.entries(databaseLabels(app, step, version))
            .map(([label, value]) => `${label}=${value}`)
            .join(",");
          return cluster.list({ apiVersion: "batch/v1", kind: "Job", namespace, selector }, jobListSchema);
        }),
      );
      const jobs = found.flatMap(({ items }) => items).filter((job) => job.metadata.deletionTimestamp === undefined);
      return (await Promise.all(jobs.map(describe))).filter((job) => job !== undefined);
    },
  };
}

/** How the pod ended, in the words of Kubernetes: `Error, exit code 1`, `OOMKilled, exit code 137`, `DeadlineExceeded`. */
function describeEnd({ status }: Pod): string | undefined {
  if (status.reason !== undefined) return status.reason;
  const ended = status.containerStatuses[0]?.state?.terminated;
  return ended === undefined ? undefined : `${ended.reason ?? "ended"}, exit code ${ended.exitCode}`;
}
