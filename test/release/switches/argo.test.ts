import assert from "node:assert/strict";
import { createRollout } from "../../../release/adapters/switches/argo.ts";
import type { Cluster } from "../../../release/adapters/kubernetes.ts";
import { stackConfig } from "../world.ts";
import { NO_CLUSTER } from "../no-cluster.ts";

const { app } = stackConfig();

const replicaSets = [
  {
    spec: {
      template: {
        metadata: { labels: { "app.kubernetes.io/name": "checkout", "app.kubernetes.io/version": "1.0.0" } },
        spec: { containers: [{ name: "checkout", image: "checkout:1.0.0" }] },
      },
    },
  },
];

/** Answers as recorded from a cluster with Argo Rollouts 1.10, shortened. */
function clusterWith(rollout: object, items: readonly object[] = replicaSets): Cluster & { selectors: string[] } {
  const to = (service: string, weight: number) => ({
    destination: { host: `${service}.shop.svc.cluster.local`, port: { number: 8080 } },
    weight,
  });
  const weights = { spec: { http: [{ name: "weighted", route: [to("checkout", 80), to("checkout-preview", 20)] }] } };
  const selectors: string[] = [];
  return {
    ...NO_CLUSTER,
    selectors,
    read: ({ kind }, schema) => Promise.resolve(schema.parse(kind === "Rollout" ? rollout : weights)),
    list: ({ selector }, schema) => {
      selectors.push(selector);
      return Promise.resolve(schema.parse({ items }));
    },
  };
}

const canary = { strategy: { canary: { stableService: "checkout", canaryService: "checkout-preview" } } };
const blueGreen = { strategy: { blueGreen: { activeService: "checkout" } } };
const message = 'RolloutAborted: Rollout aborted update to revision 2: Metric "success-rate" assessed Failed';

describe("a Rollout", () => {
  const cases = [
    {
      name: "a canary on its way",
      rollout: { spec: canary, status: { phase: "Paused", currentPodHash: "b2", stableRS: "a1" } },
      expected: { phase: "Paused", underWay: true, aborted: false, weight: 20 },
    },
    {
      name: "an aborted one",
      rollout: {
        spec: canary,
        status: { phase: "Degraded", abort: true, message, currentPodHash: "b2", stableRS: "a1" },
      },
      expected: { phase: "Degraded", message, underWay: true, aborted: true, weight: 20 },
    },
    {
      name: "blue/green before the switch",
      rollout: {
        spec: blueGreen,
        status: { phase: "Paused", currentPodHash: "b2", stableRS: "a1", blueGreen: { activeSelector: "a1" } },
      },
      expected: { phase: "Paused", underWay: true, aborted: false, weight: 0 },
    },
    {
      name: "blue/green after the switch, before it is stable",
      rollout: {
        spec: blueGreen,
        status: { phase: "Progressing", currentPodHash: "b2", stableRS: "a1", blueGreen: { activeSelector: "b2" } },
      },
      expected: { phase: "Progressing", underWay: true, aborted: false, weight: 100 },
    },
  ];
  for (const { expected, name, rollout } of cases) {
    it(`is read: ${name}`, async () => {
      const cluster = clusterWith(rollout);
      const stable = { version: "1.0.0", image: "checkout:1.0.0" };
      assert.deepEqual(await createRollout(cluster, app).read(), { ...expected, stable });
      assert.deepEqual(cluster.selectors, ["rollouts-pod-template-hash=a1,app.kubernetes.io/name=checkout"]);
    });
  }

  it("does not guess what is stable", async () => {
    const { stable } = await createRollout(clusterWith({ spec: canary, status: {} }, []), app).read();
    assert.equal(stable, undefined);
  });
});
