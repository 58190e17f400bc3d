import assert from "node:assert/strict";
import { ConfigError, parseStackConfig } from "../../config/parse.ts";
import { STACK } from "../release/world.ts";
import { recordService } from "./recorder.ts";

type Json = Readonly<Record<string, unknown>>;

const router = { kind: "selector", serviceType: "NodePort" };
const ROLLING = {
  app: STACK.app,
  router,
  strategy: { kind: "rolling", replicas: 4, maxSurge: 2, minReadyTime: "2500ms", revisionHistory: 7 },
  release: STACK.release,
};
const withStrategy = (changes: object) => ({ ...ROLLING, strategy: { ...ROLLING.strategy, ...changes } });
const withVersion = (version: string) => ({
  ...ROLLING,
  release: { ...STACK.release, blue: { version, image: `checkout:${version}`, replicas: 2 } },
});

const SETTINGS = { "sluice.dev/rollout-settings": '{"strategy":"rolling"}' };

describe("RollingRelease", () => {
  it("is one Deployment behind one Service, each below its component", async () => {
    const { resources, routing } = await recordService(ROLLING);
    assert.deepEqual(
      resources.map(({ name, parent, type }) => `${type} ${parent ?? "-"} > ${name}`),
      [
        "kubernetes:apps/v1:Deployment checkout > checkout-deployment",
        "kubernetes:core/v1:ConfigMap checkout > checkout-settings-config",
        "kubernetes:core/v1:Secret checkout > checkout-settings-secret",
        "kubernetes:core/v1:Service checkout > checkout-service",
        "kubernetes:core/v1:ServiceAccount checkout > checkout-surroundings-account",
        "kubernetes:policy/v1:PodDisruptionBudget checkout > checkout-guards-budget",
        "sluice:index:RollingRelease - > checkout",
      ],
    );
    assert.equal(routing, undefined);
  });

  it("tells Kubernetes how to replace pods; only pods carry the version", async () => {
    const { get } = await recordService(ROLLING);
    const { metadata, spec } = get("checkout-deployment") as Record<"metadata" | "spec", Json>;
    assert.deepEqual(metadata, {
      name: "checkout",
      namespace: "shop",
      labels: { "app.kubernetes.io/name": "checkout" },
      annotations: { "kubernetes.io/change-cause": "version 1.0.0", ...SETTINGS },
    });
    const { template, ...rest } = spec;
    assert.deepEqual(rest, {
      replicas: 4,
      revisionHistoryLimit: 7,
      minReadySeconds: 3,
      progressDeadlineSeconds: 303,
      selector: { matchLabels: { "app.kubernetes.io/name": "checkout" } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } },
    });
    assert.deepEqual((template as { metadata: { labels: Json } }).metadata.labels, {
      "app.kubernetes.io/name": "checkout",
      "app.kubernetes.io/version": "1.0.0",
    });
  });

  it("has a Service of the router's type for all its pods", async () => {
    const { get } = await recordService(ROLLING);
    assert.deepEqual(get("checkout-service"), {
      apiVersion: "v1",
      kind: "Service",
      metadata: {
        name: "checkout",
        namespace: "shop",
        labels: { "app.kubernetes.io/name": "checkout" },
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        type: "NodePort",
        selector: { "app.kubernetes.io/name": "checkout" },
        ports: [{ name: "http", port: 8080, targetPort: 8080 }],
      },
    });
  });

  it("records why a version came", async () => {
    const { get } = await recordService(withStrategy({ changeCause: "faster quotes" }));
    const { annotations } = get("checkout-deployment").metadata as { annotations: Json };
    assert.deepEqual(annotations, { "kubernetes.io/change-cause": "faster quotes", ...SETTINGS });
  });

  it("changes exactly one resource with the version", async () => {
    const before = await recordService(withVersion("1.0.0"));
    const after = await recordService(withVersion("1.1.0"));
    const changed = after.resources.filter(
      ({ inputs, name }) => JSON.stringify(inputs) !== JSON.stringify(before.get(name)),
    );
    assert.deepEqual(
      changed.map(({ name }) => name),
      ["checkout-deployment"],
    );
  });

  it("leaves the number of pods to the autoscaler where there is one", async () => {
    const { get, resources } = await recordService({ ...ROLLING, workload: { autoscaling: { max: 9 } } });
    const deployment = resources.find(({ name }) => name === "checkout-deployment");
    assert.deepEqual(deployment?.ignoreChanges, ["spec.replicas"]);
    const { maxReplicas, minReplicas, scaleTargetRef } = get("checkout-guards-autoscaler").spec as Json;
    assert.deepEqual([minReplicas, maxReplicas], [4, 9]);
    assert.deepEqual(scaleTargetRef, { apiVersion: "apps/v1", kind: "Deployment", name: "checkout" });
  });

  const green = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
  const segment = { name: "beta", goesTo: "candidate", when: [{ header: { name: "x-beta", exact: "1" } }] };
  const alike = (key: string) =>
    `sluice:audience.${key}: strategy rolling treats all users alike: remove it, or take strategy canary`;
  const refusals: readonly (readonly [string, object, readonly string[]])[] = [
    [
      "no room to replace a pod in",
      withStrategy({ maxSurge: 0 }),
      ["sluice:strategy.maxSurge: is 0 like maxUnavailable: no pod could ever be replaced (is 0)"],
    ],
    [
      "all pods taken at once",
      withStrategy({ maxUnavailable: 4 }),
      ["sluice:strategy.maxUnavailable: is not below replicas (4): nothing would serve (is 4)"],
    ],
    [
      "a candidate",
      { ...ROLLING, release: { ...STACK.release, candidate: "green", green } },
      ['sluice:release.candidate: strategy rolling has no candidate: change the live version (is "green")'],
    ],
    [
      "an audience",
      { ...ROLLING, audience: { segments: [segment], sticky: { header: "x-bucket" }, mirror: { percent: 5 } } },
      [alike("segments"), alike("sticky"), alike("mirror")],
    ],
    [
      "another router",
      { ...ROLLING, router: STACK.router },
      ["sluice:router.kind: strategy rolling needs another router than istio: selector"],
    ],
  ];
  for (const [what, values, problems] of refusals) {
    it(`refuses ${what}`, () => assert.deepEqual(problemsOf(values), problems));
  }
});

function problemsOf(values: unknown): readonly string[] {
  try {
    parseStackConfig(values, "test");
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
}
