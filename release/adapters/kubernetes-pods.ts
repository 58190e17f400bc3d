import { z } from "zod";
import { SLOT_LABEL } from "../../config/limits.ts";
import type { App } from "../../config/app.ts";
import type { Slot } from "../../config/release-state.ts";
import type { PodHealth } from "../gate/pods.ts";
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

const terminationSchema = z.object({ reason: z.string().optional(), exitCode: z.number() });

/** Pods, as far as their state is of interest. */
export const podListSchema = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        uid: z.string().optional(),
        deletionTimestamp: z.unknown().optional(),
      }),
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
                    terminated: terminationSchema.optional(),
                  })
                  .optional(),
                lastState: z.object({ terminated: terminationSchema.optional() }).optional(),
              }),
            )
            .default([]),
        })
        .prefault({}),
    }),
  ),
});

type Pod = z.infer<typeof podListSchema>["items"][number];
type Container = Pod["status"]["containerStatuses"][number];

const deploymentSchema = z.object({ spec: z.object({ replicas: z.number().default(1) }) });

/** The pods of a slot, but for those that are being ended. */
export async function listPods(cluster: Cluster, { name, namespace }: App, slot: Slot): Promise<readonly Pod[]> {
  const selector = `app.kubernetes.io/name=${name},${SLOT_LABEL}=${slot}`;
  const pods = await cluster.list({ apiVersion: "v1", kind: "Pod", namespace, selector }, podListSchema);
  return pods.items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
}

/** The pods of a slot, as the API server knows them. */
export function createKubernetesPods(cluster: Cluster, app: App): Pods {
  const { namespace } = app;
  const listAlive = (slot: Slot) => listPods(cluster, app, slot);
  return {
    async inspect(slot) {
      const [deployment, alive] = await Promise.all([
        cluster
          .read({ apiVersion: "apps/v1", kind: "Deployment", namespace, name: `${app.name}-${slot}` }, deploymentSchema)
          .catch(() => undefined),
        listAlive(slot),
      ]);
      const problem = alive.map(findPodProblem).find((found) => found !== undefined);
      return {
        ready: alive.filter(isReady).length,
        wanted: deployment?.spec.replicas ?? 0,
        ...(problem === undefined ? {} : { problem }),
      };
    },
    async readHealth(slot) {
      return (await listAlive(slot)).map(describeHealth);
    },
  };
}

/**
 * How often the containers of a pod have ended, and whether the last end was for want of memory. While a container is
 * down, also when it waits in CrashLoopBackOff, its last end is not yet among its restarts.
 */
export function describeHealth(pod: Pod): PodHealth {
  const containers = pod.status.containerStatuses;
  const ends = containers.map(({ restartCount, state }) => restartCount + (isDown(state) ? 1 : 0));
  return {
    uid: pod.metadata.uid ?? pod.metadata.name,
    ready: isReady(pod),
    ends: ends.reduce((sum, count) => sum + count, 0),
    oomKilled: containers.some(({ lastState, state }) =>
      [state?.terminated, lastState?.terminated].some((end) => end?.reason === "OOMKilled"),
    ),
  };
}

function isDown(state: Container["state"]): boolean {
  return state?.terminated !== undefined || state?.waiting?.reason === "CrashLoopBackOff";
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
