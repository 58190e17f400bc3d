import assert from "node:assert/strict";
import { STACK } from "../release/world.ts";
import { recordService } from "./recorder.ts";

const green = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
const canary = { ...STACK, release: { ...STACK.release, candidate: "green", weight: 25, serial: 4, green } };

describe("Release", () => {
  it("makes one object of each kind, and pods for filled slots only", async () => {
    const { resources } = await recordService(STACK);
    assert.deepEqual(
      resources.map(({ name, type }) => `${type} ${name}`),
      [
        "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy checkout-serial-policy",
        "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding checkout-serial-binding",
        "kubernetes:apps/v1:Deployment checkout-blue-deployment",
        "kubernetes:core/v1:ConfigMap checkout-blue-settings-1.0.0-config",
        "kubernetes:core/v1:Secret checkout-blue-settings-1.0.0-secret",
        "kubernetes:core/v1:Service checkout-services-blue",
        "kubernetes:core/v1:Service checkout-services-green",
        "kubernetes:core/v1:Service checkout-services-live",
        "kubernetes:core/v1:Service checkout-services-preview",
        "kubernetes:core/v1:ServiceAccount checkout-surroundings-account",
        "kubernetes:networking.istio.io/v1:DestinationRule checkout-routes-blue",
        "kubernetes:networking.istio.io/v1:DestinationRule checkout-routes-green",
        "kubernetes:networking.istio.io/v1:DestinationRule checkout-routes-live",
        "kubernetes:networking.istio.io/v1:DestinationRule checkout-routes-preview",
        "kubernetes:networking.istio.io/v1:VirtualService checkout-routes-weights",
        "kubernetes:policy/v1:PodDisruptionBudget checkout-blue-guards-budget",
        "sluice:index:Release checkout",
        "sluice:index:VersionSlot checkout-blue",
      ],
    );
  });

  it("is the parent of everything it makes, directly or by a component of its own", async () => {
    const { resources } = await recordService(canary);
    assert.deepEqual(Object.fromEntries(resources.map(({ name, parent }) => [name, parent])), {
      checkout: undefined,
      "checkout-services-blue": "checkout",
      "checkout-services-green": "checkout",
      "checkout-services-live": "checkout",
      "checkout-services-preview": "checkout",
      "checkout-blue": "checkout",
      "checkout-blue-deployment": "checkout-blue",
      "checkout-blue-guards-budget": "checkout-blue",
      "checkout-blue-settings-1.0.0-config": "checkout-blue",
      "checkout-blue-settings-1.0.0-secret": "checkout-blue",
      "checkout-green": "checkout",
      "checkout-green-deployment": "checkout-green",
      "checkout-green-guards-budget": "checkout-green",
      "checkout-green-settings-1.1.0-config": "checkout-green",
      "checkout-green-settings-1.1.0-secret": "checkout-green",
      "checkout-surroundings-account": "checkout",
      "checkout-serial-policy": "checkout",
      "checkout-serial-binding": "checkout",
      "checkout-routes-blue": "checkout",
      "checkout-routes-green": "checkout",
      "checkout-routes-live": "checkout",
      "checkout-routes-preview": "checkout",
      "checkout-routes-weights": "checkout",
    });
  });

  it("writes serial and state beside the routes, under one field manager", async () => {
    const { get } = await recordService(canary);
    const { annotations } = get("checkout-routes-weights").metadata as { annotations: Record<string, string> };
    assert.equal(annotations["sluice.dev/serial"], "4");
    assert.equal(annotations["pulumi.com/patchFieldManager"], "sluice");
    assert.deepEqual(JSON.parse(annotations["sluice.dev/release-state"] ?? ""), canary.release);
  });

  it("hands over the way back: the whole object with all traffic on stable", async () => {
    const { get, routing } = await recordService(canary);
    assert.ok(routing);
    assert.equal(routing.kind, "istio");
    assert.equal(routing.fieldManager, "sluice");
    assert.equal(routing.live, "blue");
    const forward = get("checkout-routes-weights");
    const back = routing.back as unknown as {
      metadata: Record<string, unknown>;
      spec: { http: { route: { weight: number }[] }[] };
    };
    assert.deepEqual(Object.keys(routing.back).toSorted(), ["apiVersion", "kind", "metadata", "spec"]);
    assert.equal(back.metadata.name, (forward.metadata as Record<string, unknown>).name);
    assert.deepEqual(
      back.spec.http.map(({ route }) => route.map(({ weight }) => weight)),
      [[100, 0]],
    );
  });

  it("selects the pods of a slot by labels that never change with the version", async () => {
    const { get } = await recordService(canary);
    const { selector, template } = get("checkout-green-deployment").spec as {
      selector: { matchLabels: Record<string, string> };
      template: { metadata: { labels: Record<string, string> } };
    };
    assert.deepEqual(selector.matchLabels, { "app.kubernetes.io/name": "checkout", "sluice.dev/slot": "green" });
    assert.deepEqual(template.metadata.labels, { ...selector.matchLabels, "app.kubernetes.io/version": "1.1.0" });
    const selectors = ["blue", "green", "live", "preview"].map(
      (role) =>
        (get(`checkout-services-${role}`).spec as { selector: Record<string, string> }).selector["sluice.dev/slot"],
    );
    assert.deepEqual(selectors, ["blue", "green", "blue", "green"]);
  });

  it("drains, probes and confines its pods", async () => {
    const { get } = await recordService(STACK);
    const pod = (get("checkout-blue-deployment").spec as { template: { spec: Record<string, unknown> } }).template.spec;
    assert.equal(pod.terminationGracePeriodSeconds, 45);
    assert.equal(pod.automountServiceAccountToken, false);
    assert.deepEqual(pod.securityContext, { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    const [container = {}] = pod.containers as Record<string, unknown>[];
    assert.deepEqual(container.lifecycle, { preStop: { sleep: { seconds: 15 } } });
    assert.deepEqual(container.readinessProbe, {
      httpGet: { path: "/actuator/health/readiness", port: 8080 },
      timeoutSeconds: 2,
      periodSeconds: 2,
      failureThreshold: 3,
    });
    assert.deepEqual(container.startupProbe, {
      httpGet: { path: "/actuator/health/liveness", port: 8080 },
      timeoutSeconds: 2,
      periodSeconds: 2,
      failureThreshold: 60,
    });
    assert.deepEqual(container.securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
  });

  it("lets the API server refuse a write that does not know the present routing", async () => {
    const { get } = await recordService(STACK);
    const { matchConstraints, validations } = get("checkout-serial-policy").spec as {
      matchConstraints: { resourceRules: Record<string, unknown>[] };
      validations: { expression: string; messageExpression: string }[];
    };
    assert.deepEqual(matchConstraints.resourceRules[0]?.resourceNames, ["checkout"]);
    assert.equal(
      validations[0]?.expression,
      "variables.new > variables.old || (variables.new == variables.old && " +
        "(has(object.spec) == has(oldObject.spec) && (!has(object.spec) || object.spec == oldObject.spec)))",
    );
    assert.match(validations[0].messageExpression, /sluice sync/);
    const binding = get("checkout-serial-binding").spec as { matchResources: unknown };
    assert.deepEqual(binding.matchResources, {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
    });
  });
});
