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
  const open = (items: unknown[]) => {
    const cluster: Cluster = {
      ...NO_CLUSTER,
      read: (_kind, schema) => Promise.resolve(schema.parse({ spec: { replicas: 2 } })),
      list: (_kind, schema) => Promise.resolve(schema.parse({ items })),
    };
    return createKubernetesPods(cluster, app);
  };
  const inspect = (items: unknown[]) => open(items).inspect("green");

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

  const ended = (reason: string) => ({ terminated: { reason, exitCode: 137 } });
  for (const [title, container, health] of [
    ["one that runs", {}, { ends: 0, oomKilled: false }],
    ["one that was restarted", { restartCount: 2, lastState: ended("Error") }, { ends: 2, oomKilled: false }],
    ["one killed for its memory", { restartCount: 1, lastState: ended("OOMKilled") }, { ends: 1, oomKilled: true }],
    ["one that is down", { restartCount: 1, state: ended("OOMKilled") }, { ends: 2, oomKilled: true }],
    [
      "one that waits to be started again",
      { restartCount: 1, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: ended("Error") },
      { ends: 2, oomKilled: false },
    ],
    [
      "one that is being created",
      { state: { waiting: { reason: "ContainerCreating" } } },
      { ends: 0, oomKilled: false },
    ],
  ] as const) {
    it(`tells how its containers fared: ${title}`, async () => {
      const found = await open([pod("a", true, container), pod("b", true, { gone: true, restartCount: 7 })]).readHealth(
        "green",
      );
      assert.deepEqual(found, [{ uid: "a", ready: true, ...health }]);
    });
  }

  it("tells of a pod that keeps ending", async () => {
    assert.equal((await inspect([pod("b", false, { restartCount: 3 })])).problem, "pod b ended 3 times while starting");
    assert.equal((await inspect([pod("b", false, { restartCount: 2 })])).problem, undefined);
  });
});
