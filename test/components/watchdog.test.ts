import assert from "node:assert/strict";
import { STACK } from "../release/world.ts";
import { recordService } from "./recorder.ts";

const IMAGE = "registry.example.com/sluice:0.1.0";
const ISTIO = { ...STACK, watchdog: { image: IMAGE } };
const ALERTS = { image: IMAGE, alerts: { tokenSecret: "watchdog-token", port: 9000 } };

interface Pod {
  readonly containers: readonly Readonly<Record<string, unknown>>[];
  readonly [field: string]: unknown;
}

/** The pod of the watchdog, with its only container apart. */
async function podOf(values: unknown) {
  const { get } = await recordService(values);
  const { spec } = get("checkout-watchdog-deployment") as { spec: { template: { spec: Pod } } };
  const { containers, ...pod } = spec.template.spec;
  assert.equal(containers.length, 1);
  return { pod, container: containers[0] ?? {} };
}

async function rulesOf(values: unknown): Promise<readonly unknown[]> {
  const { get } = await recordService(values);
  return (get("checkout-watchdog-role") as { rules: readonly unknown[] }).rules;
}

describe("Watchdog", () => {
  it("is an account, a role bound to it and one pod, each below the component", async () => {
    const { resources } = await recordService(ISTIO);
    const mine = resources.filter(({ name }) => name.startsWith("checkout-watchdog"));
    assert.deepEqual(
      mine.map(({ name, parent, type }) => `${type} ${parent ?? "-"} > ${name}`),
      [
        "kubernetes:apps/v1:Deployment checkout-watchdog > checkout-watchdog-deployment",
        "kubernetes:core/v1:ServiceAccount checkout-watchdog > checkout-watchdog-account",
        "kubernetes:rbac.authorization.k8s.io/v1:Role checkout-watchdog > checkout-watchdog-role",
        "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding checkout-watchdog > checkout-watchdog-binding",
        "sluice:index:Watchdog - > checkout-watchdog",
      ],
    );
  });

  it("is nothing that is not asked for", async () => {
    const { resources } = await recordService(STACK);
    assert.deepEqual(
      resources.filter(({ type }) => type === "sluice:index:Watchdog"),
      [],
    );
  });

  it("binds the role to the account that the pod runs as, in the service's namespace", async () => {
    const { get } = await recordService(ISTIO);
    const binding = get("checkout-watchdog-binding");
    assert.deepEqual(binding.roleRef, {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "Role",
      name: "checkout-watchdog",
    });
    assert.deepEqual(binding.subjects, [{ kind: "ServiceAccount", name: "checkout-watchdog", namespace: "shop" }]);
    const { pod } = await podOf(ISTIO);
    assert.equal(pod.serviceAccountName, "checkout-watchdog");
  });

  const COMMON = [
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["list"] },
    {
      apiGroups: ["coordination.k8s.io"],
      resources: ["leases"],
      resourceNames: ["checkout-release"],
      verbs: ["get", "update"],
    },
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "update"] },
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    { apiGroups: [""], resources: ["services"], resourceNames: ["checkout"], verbs: ["get"] },
    {
      apiGroups: ["apps"],
      resources: ["deployments"],
      resourceNames: ["checkout-blue", "checkout-green"],
      verbs: ["get"],
    },
  ];
  const route = (apiGroup: string, resource: string, ...resourceNames: string[]) => ({
    apiGroups: [apiGroup],
    resources: [resource],
    resourceNames,
    verbs: ["get", "patch"],
  });
  const hosts = ["checkout.example.com"];
  const HTTP_ROUTE = route("gateway.networking.k8s.io", "httproutes", "checkout");
  for (const [title, router, ...objects] of [
    ["Istio", STACK.router, route("networking.istio.io", "virtualservices", "checkout")],
    ["the Gateway API", { kind: "gateway", hosts, gateways: ["edge/public"] }, HTTP_ROUTE],
    [
      "ingress-nginx",
      { kind: "ingressNginx", hosts },
      route("networking.k8s.io", "ingresses", "checkout-canary", "checkout"),
    ],
    ["Kong", { kind: "kong", hosts, gateways: ["edge/public"] }, HTTP_ROUTE],
    [
      "Kong's plugin",
      { kind: "kong", hosts, gateways: ["edge/public"], canaryPlugin: {} },
      route("configuration.konghq.com", "kongplugins", "checkout-canary"),
      HTTP_ROUTE,
    ],
  ] as const) {
    it(`may, with ${title}, what a way back needs, and nothing else`, async () => {
      assert.deepEqual(await rulesOf({ ...ISTIO, router }), [...COMMON, ...objects]);
    });
  }

  it("may with a plain Service only change that", async () => {
    const { minStepTime, maxStepTime } = STACK.gate;
    const strategy = { kind: "blueGreen", replicas: 2, bake: "30s" };
    const metrics = { ...STACK.metrics, preset: "spring" };
    const rules = await rulesOf({
      ...ISTIO,
      strategy,
      metrics,
      gate: { minStepTime, maxStepTime },
      router: { kind: "selector" },
    });
    assert.deepEqual(rules, [...COMMON, route("", "services", "checkout")]);
  });

  it("watches its own service, without a way in", async () => {
    const { container, pod } = await podOf(ISTIO);
    const { resources } = await recordService(ISTIO);
    assert.equal(container.image, IMAGE);
    assert.deepEqual(container.args, ["watchdog", "--namespace", "shop", "--app", "checkout"]);
    assert.deepEqual(container.env, []);
    assert.deepEqual([container.ports, container.livenessProbe], [undefined, undefined]);
    assert.equal(
      resources.some(({ name }) => name === "checkout-watchdog-service"),
      false,
    );
    assert.equal(pod.hostNetwork, undefined);
  });

  it("has no right on its node, and bounded memory", async () => {
    const { container, pod } = await podOf(ISTIO);
    assert.deepEqual(pod.securityContext, {
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    assert.deepEqual(container.resources, {
      requests: { cpu: "20m", memory: "96Mi" },
      limits: { memory: "192Mi" },
    });
  });

  it("listens for alerts with a token that only the Secret knows", async () => {
    const values = { ...STACK, watchdog: ALERTS };
    const { container } = await podOf(values);
    assert.deepEqual(container.args, [
      ...["watchdog", "--namespace", "shop", "--app", "checkout"],
      ...["--listen", "0.0.0.0:9000"],
    ]);
    assert.deepEqual(container.env, [
      { name: "SLUICE_WATCHDOG_TOKEN", valueFrom: { secretKeyRef: { name: "watchdog-token", key: "token" } } },
    ]);
    assert.deepEqual(container.livenessProbe, { httpGet: { path: "/health", port: 9000 } });
    const { get } = await recordService(values);
    assert.deepEqual(get("checkout-watchdog-service").spec, {
      selector: { "app.kubernetes.io/name": "checkout-watchdog" },
      ports: [{ name: "http", port: 9000, targetPort: 9000 }],
    });
  });

  it("goes to an API server that pods cannot reach by its Service", async () => {
    const { container } = await podOf({ ...STACK, watchdog: { image: IMAGE, apiServer: "10.0.0.1:6443" } });
    assert.deepEqual(container.env, [
      { name: "KUBERNETES_SERVICE_HOST", value: "10.0.0.1" },
      { name: "KUBERNETES_SERVICE_PORT", value: "6443" },
    ]);
  });

  it("is replaced without a moment in which nobody watches", async () => {
    const { get } = await recordService(ISTIO);
    const { spec } = get("checkout-watchdog-deployment") as { spec: Readonly<Record<string, unknown>> };
    assert.equal(spec.replicas, 1);
    assert.deepEqual(spec.strategy, { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } });
    assert.deepEqual(spec.selector, { matchLabels: { "app.kubernetes.io/name": "checkout-watchdog" } });
  });
});
