import { z } from "zod";
import { SLOT_LABEL } from "../../config/limits.ts";
import type { App } from "../../config/app.ts";
import type { Pods } from "../ports.ts";
import type { Cluster } from "./kubernetes.ts";

/** Reasons that waiting does not cure. */
const HOPELESS = [
  "ErrImageNeverPull",
  "ErrImagePull",
  "ImagePullBackOff",
  "InvalidImageName",
  "CreateContainerConfigError",
];

/** A container that ended this often while starting will not start. */
const CRASHES = 3;

/** Pods, as far as their state is of interest. */
export const podListSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string(), deletionTimestamp: z.unknown().optional() }),
      status: z
        .object({
          reason: z.string().optional(),
          conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
          containerStatuses: z
            .array(
              z.object({
                image: z.string(),
                restartCount: z.number(),
                state: z
                  .object({
                    waiting: z.object({ reason: z.string().optional(), message: z.string().optional() }).optional(),
                    terminated: z.object({ reason: z.string().optional(), exitCode: z.number() }).optional(),
                  })
                  .optional(),
              }),
            )
            .default([]),
        })
        .prefault({}),
    }),
  ),
});

type Pod = z.infer<typeof podListSchema>["items"][number];

const deploymentSchema = z.object({ spec: z.object({ replicas: z.number().default(1) }) });

/** The pods of a slot, as the API server knows them. */
export function createKubernetesPods(cluster: Cluster, app: App): Pods {
  const { namespace } = app;
  return {
    async inspect(slot) {
      const selector = `app.kubernetes.io/name=${app.name},${SLOT_LABEL}=${slot}`;
      const [deployment, pods] = await Promise.all([
        cluster
          .read({ apiVersion: "apps/v1", kind: "Deployment", namespace, name: `${app.name}-${slot}` }, deploymentSchema)
          .catch(() => undefined),
        cluster.list({ apiVersion: "v1", kind: "Pod", namespace, selector }, podListSchema),
      ]);
      const alive = pods.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
      const problem = alive.map(findPodProblem).find((found) => found !== undefined);
      return {
        ready: alive.filter(isReady).length,
        wanted: deployment?.spec.replicas ?? 0,
        ...(problem === undefined ? {} : { problem }),
      };
    },
  };
}

function isReady({ status }: Pod): boolean {
  return status.conditions.some(({ status: value, type }) => type === "Ready" && value === "True");
}

/** What keeps a pod from starting, when it will not pass by waiting. */
export function findPodProblem({ metadata, status }: Pod): string | undefined {
  for (const { image, restartCount, state } of status.containerStatuses) {
    const reason = state?.waiting?.reason ?? "";
    if (HOPELESS.includes(reason)) return `the cluster cannot get image ${image} (${reason}, pod ${metadata.name})`;
    if (restartCount >= CRASHES) return `pod ${metadata.name} ended ${restartCount} times while starting`;
  }
  return undefined;
}
