import assert from "node:assert/strict";
import fc from "fast-check";
import { podTemplate } from "../../components/internal/pod-template.ts";
import { workloadSchema } from "../../config/workload.ts";
import { STACK } from "../release/world.ts";
import { recordService, type Recording } from "./recorder.ts";

const green = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
const canary = { ...STACK, release: { ...STACK.release, candidate: "green", weight: 25, serial: 4, green } };
const promoted = { ...STACK, release: { ...STACK.release, live: "green", serial: 6, green } };
const emptied = (stack: typeof promoted) => ({
  ...stack,
  release: { ...stack.release, blue: { ...stack.release.blue, replicas: 0 } },
});
const autoscaled = (stack: object) => ({ ...stack, workload: { autoscaling: { max: 6 } } });

type Json = Readonly<Record<string, unknown>>;

/** The pods of a slot. */
function podOf({ get }: Recording, slot: string) {
  const { template } = get(`checkout-${slot}-deployment`).spec as { template: { spec: Json } };
  const [container] = template.spec.containers as [Json];
  return { pod: template.spec, container };
}

const namesOf = ({ resources }: Recording, pattern: RegExp) =>
  resources.map(({ name }) => name).filter((name) => pattern.test(name));

describe("pods", () => {
  it("belong to a ServiceAccount of the service, without a token", async () => {
    const recording = await recordService(STACK);
    assert.deepEqual(recording.get("checkout-surroundings-account"), {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: {
        name: "checkout",
        namespace: "shop",
        labels: { "app.kubernetes.io/name": "checkout" },
        annotations: {},
      },
      automountServiceAccountToken: false,
    });
    const { pod } = podOf(recording, "blue");
    assert.equal(pod.serviceAccountName, "checkout");
    assert.equal(pod.automountServiceAccountToken, false);
  });

  it("get a token and a cloud's role where the stack says so", async () => {
    const serviceAccount = { token: true, annotations: { "cloud.example.com/role": "reader" } };
    const recording = await recordService({ ...STACK, workload: { serviceAccount } });
    const { automountServiceAccountToken, metadata } = recording.get("checkout-surroundings-account");
    assert.equal(automountServiceAccountToken, true);
    assert.deepEqual((metadata as Json).annotations, serviceAccount.annotations);
    assert.equal(podOf(recording, "blue").pod.automountServiceAccountToken, true);
  });

  const labels = {
    "app.kubernetes.io/name": "checkout",
    "app.kubernetes.io/version": "1.0.0",
    "sluice.dev/slot": "blue",
  };
  const labelSelector = { matchLabels: labels };

  it("of a version wish to be on different hosts and evenly in the zones", async () => {
    const { pod } = podOf(await recordService(STACK), "blue");
    assert.deepEqual(pod.affinity, {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 100, podAffinityTerm: { topologyKey: "kubernetes.io/hostname", labelSelector } },
        ],
      },
    });
    assert.deepEqual(pod.topologySpreadConstraints, [
      { maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway", labelSelector },
    ]);
  });

  it("go anywhere where the stack says so", async () => {
    const { pod } = podOf(
      await recordService({ ...STACK, workload: { spread: { hosts: false, zones: false } } }),
      "blue",
    );
    assert.ok(!("affinity" in pod) && !("topologySpreadConstraints" in pod));
  });

  it("are pulled as the stack says", async () => {
    const workload = { pullPolicy: "Always", pullSecrets: ["registry"] };
    const { container, pod } = podOf(await recordService({ ...STACK, workload }), "blue");
    assert.deepEqual([container.imagePullPolicy, pod.imagePullSecrets], ["Always", [{ name: "registry" }]]);
    const plain = podOf(await recordService(STACK), "blue");
    assert.deepEqual([plain.container.imagePullPolicy, plain.pod.imagePullSecrets], ["IfNotPresent", undefined]);
  });

  it("tell Spring how long to shut down, unless the stack tells it something else", async () => {
    const variables = async (env: Json) => {
      const { container } = podOf(await recordService({ ...STACK, workload: { env } }), "blue");
      return (container.env as { name: string; value: string }[]).slice(1);
    };
    const phase = "SPRING_LIFECYCLE_TIMEOUTPERSHUTDOWNPHASE";
    assert.deepEqual(await variables({ MODE: "a" }), [
      { name: "SERVER_SHUTDOWN", value: "graceful" },
      { name: phase, value: "30000ms" },
      { name: "MODE", value: "a" },
    ]);
    assert.deepEqual(await variables({ [phase]: "5s" }), [
      { name: "SERVER_SHUTDOWN", value: "graceful" },
      { name: phase, value: "5s" },
    ]);
  });

  it("ask for the large pages that heap, collector and code fill", async () => {
    const { container } = podOf(
      await recordService({ ...STACK, workload: { jvm: { largePages: "reserved" } } }),
      "blue",
    );
    // 512 + 40 + 4 % of 512 + 80 = 652.48 MiB
    assert.deepEqual(container.resources, {
      limits: { cpu: "2", memory: "1Gi", "hugepages-2Mi": "654Mi" },
      requests: { cpu: "500m", memory: "512Mi", "hugepages-2Mi": "654Mi" },
    });
  });

  it("have a grace that holds the drain and the shutdown, in the whole seconds that Kubernetes counts", () => {
    const ms = fc.integer({ min: 0, max: 60_000 });
    fc.assert(
      fc.property(ms, ms, ms, (preStop, shutdown, more) => {
        const grace = preStop + shutdown + more;
        const drain = { preStop: `${preStop}ms`, shutdown: `${shutdown}ms`, grace: `${grace}ms` };
        const { spec } = podTemplate({
          app: { name: "checkout", namespace: "shop", port: 8080 },
          workload: workloadSchema.parse({ drain }),
          image: "checkout:1.0.0",
          labels: {},
        }) as unknown as { spec: { terminationGracePeriodSeconds: number; containers: [Json] } };
        const { lifecycle } = spec.containers[0] as { lifecycle?: { preStop: { sleep: { seconds: number } } } };
        const sleep = lifecycle?.preStop.sleep.seconds;
        assert.equal(sleep, preStop === 0 ? undefined : Math.ceil(preStop / 1_000));
        const left = spec.terminationGracePeriodSeconds - (sleep ?? 0);
        assert.ok(left * 1_000 >= shutdown, `${left} s are left for a shutdown of ${shutdown} ms`);
        assert.ok(spec.terminationGracePeriodSeconds <= Math.ceil(grace / 1_000) + 1);
      }),
    );
  });

  it("are open to the named namespaces on the named ports only", async () => {
    const networkPolicy = { namespaces: ["istio-ingress", "monitoring"], ports: [9090] };
    const { get } = await recordService({ ...STACK, workload: { networkPolicy } });
    assert.deepEqual(get("checkout-surroundings-network").spec, {
      podSelector: { matchLabels: { "app.kubernetes.io/name": "checkout" } },
      policyTypes: ["Ingress"],
      ingress: [
        {
          from: [
            {
              namespaceSelector: {
                matchExpressions: [
                  { key: "kubernetes.io/metadata.name", operator: "In", values: ["istio-ingress", "monitoring"] },
                ],
              },
            },
          ],
          ports: [{ port: 8080 }, { port: 9090 }],
        },
      ],
    });
  });

  it("have no network policy unless the stack asks for one", async () => {
    assert.deepEqual(namesOf(await recordService(STACK), /network/), []);
  });
});

describe("guards of pods", () => {
  const selector = { "app.kubernetes.io/name": "checkout", "sluice.dev/slot": "green" };

  it("let one pod of a version be evicted at a time", async () => {
    const { get } = await recordService(canary);
    assert.deepEqual(get("checkout-green-guards-budget"), {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata: { name: "checkout-green", namespace: "shop", labels: selector },
      spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } },
    });
  });

  it("exist for slots with pods only, and scale nothing by themselves", async () => {
    const recording = await recordService(emptied(promoted));
    assert.deepEqual(namesOf(recording, /guards/), ["checkout-green-guards-budget"]);
    const { ignoreChanges, inputs } = deploymentOf(recording, "blue");
    assert.deepEqual([ignoreChanges, (inputs.spec as Json).replicas], [undefined, 0]);
  });

  const deploymentOf = ({ resources }: Recording, slot: string) => {
    const found = resources.find(({ name }) => name === `checkout-${slot}-deployment`);
    assert.ok(found !== undefined);
    return found;
  };

  it("scale between the slot's replicas and the maximum, and the Deployment leaves the number to them", async () => {
    const recording = await recordService(autoscaled(STACK));
    assert.deepEqual(recording.get("checkout-blue-guards-autoscaler").spec, {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "checkout-blue" },
      minReplicas: 2,
      maxReplicas: 6,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } },
      ],
    });
    const { ignoreChanges, inputs } = deploymentOf(recording, "blue");
    assert.deepEqual([ignoreChanges, (inputs.spec as Json).replicas], [["spec.replicas"], 2]);
  });

  it("give an empty slot's Deployment up: an autoscaler would never wake it", async () => {
    const recording = await recordService(autoscaled(emptied(promoted)));
    assert.deepEqual(namesOf(recording, /blue-(deployment|guards)/), []);
    assert.deepEqual(namesOf(recording, /green-deployment/), ["checkout-green-deployment"]);
  });

  const experiment = { ...canary, strategy: { kind: "experiment", percent: 25 } };
  const shrinking: readonly (readonly [string, object, Readonly<Record<string, boolean>>])[] = [
    ["without a release", STACK, { blue: true }],
    ["while a release is under way", canary, { blue: false, green: false }],
    ["while the old version is kept warm", promoted, { blue: false, green: true }],
    ["in an experiment, whose split stays", experiment, { blue: true, green: true }],
  ];
  for (const [when, stack, expected] of shrinking) {
    it(`take pods away ${when}: ${JSON.stringify(expected)}`, async () => {
      const { get } = await recordService(autoscaled(stack));
      for (const [slot, mayShrink] of Object.entries(expected)) {
        const { behavior } = get(`checkout-${slot}-guards-autoscaler`).spec as Json;
        assert.deepEqual(behavior, mayShrink ? undefined : { scaleDown: { selectPolicy: "Disabled" } });
      }
    });
  }

  it("do not change with a step", async () => {
    const guards = ({ resources }: Recording) => resources.filter(({ name }) => name.includes("guards"));
    const next = { ...canary, release: { ...canary.release, weight: 50, serial: 5 } };
    assert.deepEqual(guards(await recordService(autoscaled(canary))), guards(await recordService(autoscaled(next))));
  });
});
