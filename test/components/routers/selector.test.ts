import assert from "node:assert/strict";
import { handleOf } from "../../../components/routers/router.ts";
import { guardService, renderService } from "../../../components/routers/selector.ts";
import type { ReleaseState, Slot } from "../../../config/release-state.ts";
import { recordService } from "../recorder.ts";
import { ALONE, annotationsBack, annotationsOf, at, ROUTERS, routingOf, stackOf } from "./routing.ts";

const service = (slot: Slot, annotations: Readonly<Record<string, string>>, type = "ClusterIP") => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: {
    name: "checkout",
    namespace: "shop",
    labels: { "app.kubernetes.io/name": "checkout" },
    annotations: { ...annotations, "pulumi.com/skipAwait": "true" },
  },
  spec: {
    type,
    selector: { "app.kubernetes.io/name": "checkout", "sluice.dev/slot": slot },
    ports: [{ name: "http", port: 8080, targetPort: 8080 }],
  },
});

describe("a Service as a router", () => {
  const cases: readonly (readonly [string, ReleaseState, Slot])[] = [
    ["the live slot without a candidate", ALONE, "blue"],
    ["the live slot at 0", at(0), "blue"],
    ["the candidate at 100", at(100), "green"],
  ];
  for (const [what, state, slot] of cases) {
    it(`selects ${what}`, () => {
      assert.deepEqual(renderService(routingOf("selector", state)), service(slot, annotationsOf(state)));
    });
  }

  it("has the type that is asked for", () => {
    const routing = routingOf("selector", ALONE, { router: { serviceType: "LoadBalancer" } });
    assert.deepEqual(renderService(routing), service("blue", annotationsOf(ALONE), "LoadBalancer"));
  });

  it("stands in for the Service of the live version, which is declared once", async () => {
    const { resources } = await recordService(stackOf({ router: ROUTERS.selector, release: at(100) }));
    const services = resources.filter(({ type }) => type === "kubernetes:core/v1:Service");
    assert.deepEqual(
      services.map(({ inputs, name }) => [
        name,
        (inputs.metadata as { name: string }).name,
        (inputs.spec as { selector: Record<string, string> }).selector["sluice.dev/slot"],
      ]),
      [
        ["checkout-routes-weights", "checkout", "green"],
        ["checkout-services-blue", "checkout-blue", "blue"],
        ["checkout-services-green", "checkout-green", "green"],
        ["checkout-services-preview", "checkout-preview", "green"],
      ],
    );
  });

  it("goes back by selecting the live slot", () => {
    const state = at(100);
    assert.deepEqual(handleOf(routingOf("selector", state), renderService), {
      kind: "selector",
      fieldManager: "sluice",
      live: "blue",
      back: service("blue", annotationsBack(state)),
      moved: { serial: 9, weight: 100, previousWeight: 0 },
    });
  });

  it("is guarded by its selector: a changed label or type moves no traffic", () => {
    assert.deepEqual(guardService(routingOf("selector", ALONE).app), {
      apiGroup: "",
      resource: "services",
      names: ["checkout"],
      unchanged:
        "(has(object.spec.selector) == has(oldObject.spec.selector) && " +
        "(!has(object.spec.selector) || object.spec.selector == oldObject.spec.selector))",
    });
  });
});
