import assert from "node:assert/strict";
import { renderVirtualService } from "../../components/routers/istio.ts";
import { SERIAL_ANNOTATION, STATE_ANNOTATION } from "../../config/limits.ts";
import type { RoutingHandle } from "../../config/outputs.ts";
import { rolledBack, slotWeights, withCandidate, withWeight, type ReleaseState } from "../../config/release-state.ts";
import { createIstioSwitch } from "../../release/adapters/istio-switch.ts";
import { createKubernetesPods } from "../../release/adapters/kubernetes-pods.ts";
import type { Cluster } from "../../release/adapters/kubernetes.ts";
import type { Pods } from "../../release/ports.ts";
import { stackConfig } from "./world.ts";

const { app, release } = stackConfig();
const candidate = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
const moving = withWeight(withCandidate(release, candidate), 5);

/** An API server that holds one VirtualService. */
function clusterWith(
  state: ReleaseState,
  onApply?: (cluster: { state: ReleaseState }) => void,
): Cluster & { applied: unknown[] } {
  const held = { state };
  const applied: unknown[] = [];
  return {
    applied,
    read: (_kind, schema) => {
      const weights = slotWeights(held.state);
      const route = Object.entries(weights).map(([slot, weight]) => ({
        weight,
        destination: { host: `checkout-${slot}.shop.svc.cluster.local` },
      }));
      const annotations = {
        [SERIAL_ANNOTATION]: String(held.state.serial),
        [STATE_ANNOTATION]: JSON.stringify(held.state),
      };
      return Promise.resolve(
        schema.parse({ metadata: { annotations }, spec: { http: [{ name: "weighted", route }] } }),
      );
    },
    list: () => Promise.reject(new Error("not asked for")),
    readLog: () => Promise.reject(new Error("not asked for")),
    apply: (object, fieldManager) => {
      applied.push({ object, fieldManager });
      held.state = JSON.parse(object.metadata.annotations[STATE_ANNOTATION] ?? "") as ReleaseState;
      onApply?.(held);
      return Promise.resolve();
    },
  };
}

const readHealth = () => Promise.reject(new Error("not asked for"));
const readyPods: Pods = { inspect: () => Promise.resolve({ ready: 2, wanted: 2 }), readHealth };

const handle: RoutingHandle = {
  kind: "istio",
  fieldManager: "sluice",
  live: "blue",
  back: {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "checkout", namespace: "shop", annotations: { [SERIAL_ANNOTATION]: "1", other: "kept" } },
    spec: { http: [] },
  },
};

describe("Istio's switch", () => {
  it("reads weights, serial and state", async () => {
    const routing = await createIstioSwitch(clusterWith(moving), app, readyPods).read();
    assert.deepEqual(routing, { serial: 3, weights: { blue: 95, green: 5 }, state: moving });
  });

  it("reads the share of users who are kept on one side by their bucket", async () => {
    const { audience, router } = stackConfig();
    assert.ok(router.kind === "istio");
    for (const weight of [0, 1, 10, 37, 99, 100]) {
      const state = withWeight(moving, weight);
      const split = { by: "bucket" as const, header: "x-user-bucket" };
      const routes = renderVirtualService({ app, audience, router, split, state });
      const cluster: Cluster = {
        ...clusterWith(state),
        read: (_kind, schema) => Promise.resolve(schema.parse(routes)),
      };
      const { weights } = await createIstioSwitch(cluster, app, readyPods).read();
      assert.deepEqual(weights, { blue: 100 - weight, green: weight });
    }
  });

  it("writes the whole object with the program's field manager and a serial above all others", async () => {
    const cluster = clusterWith(moving);
    const back = await createIstioSwitch(cluster, app, readyPods).takeBack(handle, 9);
    assert.deepEqual(back, { ...rolledBack(moving), serial: 10 });
    const annotations = { other: "kept", [SERIAL_ANNOTATION]: "10", [STATE_ANNOTATION]: JSON.stringify(back) };
    assert.deepEqual(cluster.applied, [
      { fieldManager: "sluice", object: { ...handle.back, metadata: { ...handle.back.metadata, annotations } } },
    ]);
  });

  it("goes above the cluster's serial when that is higher", async () => {
    const back = await createIstioSwitch(clusterWith({ ...moving, serial: 40 }), app, readyPods).takeBack(handle, 9);
    assert.equal(back.serial, 41);
  });

  it("leaves the traffic where it is when stable has no ready pod", async () => {
    const cluster = clusterWith(moving);
    const nobody: Pods = { inspect: () => Promise.resolve({ ready: 0, wanted: 2 }), readHealth };
    await assert.rejects(
      createIstioSwitch(cluster, app, nobody).takeBack(handle, 9),
      /stable has no ready pod in slot blue: traffic stays/,
    );
    assert.deepEqual(cluster.applied, []);
  });

  it("does not route to a version that is not live any more", async () => {
    const cluster = clusterWith({ ...moving, live: "green", candidate: "blue" });
    await assert.rejects(
      createIstioSwitch(cluster, app, readyPods).takeBack(handle, 9),
      /green is live in the cluster, but blue when the stack/,
    );
    assert.deepEqual(cluster.applied, []);
  });

  it("believes only what it reads back", async () => {
    const cluster = clusterWith(moving, (held) => (held.state = moving));
    await assert.rejects(
      createIstioSwitch(cluster, app, readyPods).takeBack(handle, 9),
      /written, but the router says serial 3, blue 95 %, green 5 %/,
    );
  });

  it("says what to do about a router that no stack wrote", async () => {
    const foreign: Cluster = {
      ...clusterWith(moving),
      read: (_kind, schema) => Promise.resolve(schema.parse({ metadata: {}, spec: { http: [] } })),
    };
    await assert.rejects(createIstioSwitch(foreign, app, readyPods).read(), {
      name: "UserError",
      message: /carries no valid release state/,
    });
  });
});

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
      read: (_kind, schema) => Promise.resolve(schema.parse({ spec: { replicas: 2 } })),
      list: (_kind, schema) => Promise.resolve(schema.parse({ items })),
      readLog: () => Promise.reject(new Error("not asked for")),
      apply: () => Promise.reject(new Error("not asked for")),
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
