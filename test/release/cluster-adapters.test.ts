import assert from "node:assert/strict";
import { createKubernetesPods } from "../../release/adapters/kubernetes-pods.ts";
import type { Cluster } from "../../release/adapters/kubernetes.ts";
import { NO_CLUSTER } from "./no-cluster.ts";
import { stackConfig } from "./world.ts";

const { app } = stackConfig();

describe("Kubernetes pods", () => {
  const pod = (name: string, ready: boolean, more: Record<string, unknown> = {}) => ({
    metadata: { name, ...(more.gone === true ? { deletionTimestamp: "now" } : {}) },
    status: {
      conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
      containerStatuses: [{ image: "checkout:1.1.0", restartCount: 0, ...more }],
    },
  });
  const inspect = (items: unknown[]) => {
    const cluster: Cluster = {
      ...NO_CLUSTER,
      read: (_kind, schema) => Promise.resolve(schema.parse({ spec: { replicas: 2 } })),
      list: (_kind, schema) => Promise.resolve(schema.parse({ items })),
    };
    return createKubernetesPods(cluster, app).inspect("green");
  };

  it("counts those that are ready and stay", async () => {
    assert.deepEqual(await inspect([pod("a", true), pod("b", false), pod("c", true, { gone: true })]), {
      ready: 1,
      wanted: 2,
    });
  });

  it("tells of an image that cannot be had", async () => {
    const waiting = { state: { waiting: { reason: "ErrImageNeverPull" } } };
    const { problem } = await inspect([pod("a", true), pod("b", false, waiting)]);
    assert.equal(problem, "the cluster cannot get image checkout:1.1.0 (ErrImageNeverPull, pod b)");
  });

  it("tells of a pod that keeps ending", async () => {
    assert.equal((await inspect([pod("b", false, { restartCount: 3 })])).problem, "pod b ended 3 times while starting");
    assert.equal((await inspect([pod("b", false, { restartCount: 2 })])).problem, undefined);
  });
});
