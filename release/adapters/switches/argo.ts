import { CustomObjectsApi, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { z } from "zod";
import type { App } from "../../../config/app.ts";
import { serviceHost, serviceNames } from "../../../config/names.ts";
import type { Rollout } from "../../ports.ts";
import { loadKubeConfig } from "../kube-config.ts";
import { bounded, type Cluster } from "../kubernetes.ts";

const HASH_LABEL = "rollouts-pod-template-hash";
const VERSION_LABEL = "app.kubernetes.io/version";

const rolloutSchema = z.object({
  spec: z.object({ strategy: z.object({ canary: z.unknown().optional() }) }),
  status: z
    .object({
      abort: z.boolean().default(false),
      phase: z.string().default("Unknown"),
      message: z.string().optional(),
      currentPodHash: z.string().default(""),
      stableRS: z.string().default(""),
      blueGreen: z.object({ activeSelector: z.string().optional() }).default({}),
    })
    .prefault({}),
});

const weightsSchema = z.object({
  spec: z.object({
    http: z.array(
      z.object({
        route: z.array(z.object({ weight: z.number().default(0), destination: z.object({ host: z.string() }) })),
      }),
    ),
  }),
});

const replicaSetsSchema = z.object({
  items: z.array(
    z.object({
      spec: z.object({
        template: z.object({
          metadata: z.object({ labels: z.record(z.string(), z.string()).default({}) }),
          spec: z.object({ containers: z.array(z.object({ name: z.string(), image: z.string() })) }),
        }),
      }),
    }),
  ),
});

type RolloutObject = z.infer<typeof rolloutSchema>;

/** Writes `status.abort`, as `kubectl argo rollouts abort` does. */
export type WriteAbort = (app: App) => Promise<void>;

/** The Rollout of an app: Argo moves its traffic; it is only told to take it back. */
export function createRollout(cluster: Cluster, app: App, writeAbort: WriteAbort = patchAbort): Rollout {
  const { name, namespace } = app;

  /** Percent of the traffic on the new version, by the objects that Argo writes. */
  async function readWeight({ spec, status }: RolloutObject): Promise<number> {
    if (spec.strategy.canary === undefined) return status.blueGreen.activeSelector === status.stableRS ? 0 : 100;
    const id = {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      namespace,
      name: `${name}-weights`,
    };
    const { http } = (await cluster.read(id, weightsSchema)).spec;
    const host = serviceHost(app, serviceNames.preview(app));
    return http.flatMap(({ route }) => route).find(({ destination }) => destination.host === host)?.weight ?? 0;
  }

  async function findStable({ status }: RolloutObject) {
    const selector = `${HASH_LABEL}=${status.stableRS},app.kubernetes.io/name=${name}`;
    const { items } = await cluster.list(
      { apiVersion: "apps/v1", kind: "ReplicaSet", namespace, selector },
      replicaSetsSchema,
    );
    const template = items[0]?.spec.template;
    const version = template?.metadata.labels[VERSION_LABEL];
    const image = template?.spec.containers.find((container) => container.name === name)?.image;
    return version === undefined || image === undefined ? undefined : { version, image };
  }

  return {
    async read() {
      const rollout = await cluster.read(
        { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", namespace, name },
        rolloutSchema,
      );
      const [weight, stable] = await Promise.all([readWeight(rollout), findStable(rollout)]);
      const { abort, currentPodHash, message, phase, stableRS } = rollout.status;
      return {
        phase,
        ...(message === undefined ? {} : { message }),
        underWay: currentPodHash !== stableRS,
        aborted: abort,
        weight,
        ...(stable === undefined ? {} : { stable }),
      };
    },
    abort: () => writeAbort(app),
  };
}

async function patchAbort({ name, namespace }: App): Promise<void> {
  const config = loadKubeConfig();
  const api = config.makeApiClient(CustomObjectsApi);
  const target = { group: "argoproj.io", version: "v1alpha1", plural: "rollouts", namespace, name };
  const written = api.patchNamespacedCustomObjectStatus(
    { ...target, body: { status: { abort: true } } },
    setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
  );
  await bounded(`abort Rollout ${namespace}/${name}`, written);
}
