import assert from "node:assert/strict";
import type { KubernetesRouterKind } from "../../../config/router.ts";
import { findParts, partsOf } from "../../../release/adapters/switches/parts.ts";
import { at, routingOf } from "../../components/routers/routing.ts";
import { Api } from "./api.ts";
import { render } from "./rendered.ts";

const app = { name: "checkout", namespace: "shop", port: 8080 };
const service = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "checkout", namespace: "shop", annotations: {} },
};
const idsOf = (parts: ReturnType<typeof partsOf>) => parts.map(({ id }) => `${id.kind} ${id.name}`);

describe("the router of an app, where no stack file names it", () => {
  const cases: readonly (readonly [KubernetesRouterKind, object, readonly string[]])[] = [
    ["selector", {}, ["Service checkout"]],
    ["istio", {}, ["VirtualService checkout"]],
    ["gateway", {}, ["HTTPRoute checkout"]],
    ["ingressNginx", {}, ["Ingress checkout-canary", "Ingress checkout"]],
    ["kong", {}, ["HTTPRoute checkout"]],
    ["kong", { canaryPlugin: {} }, ["KongPlugin checkout-canary", "HTTPRoute checkout"]],
  ];
  for (const [kind, router, expected] of cases) {
    it(`is found in the cluster: ${kind}${"canaryPlugin" in router ? " with its plugin" : ""}`, async () => {
      const routing = routingOf(kind, at(kind === "selector" ? 100 : 5), { router });
      const found = await findParts(new Api(service, ...render(routing)), app);
      assert.deepEqual(idsOf(found), expected);
      assert.deepEqual(idsOf(found), idsOf(partsOf(routing.router, routing.app)));
    });
  }

  it("is refused when no object carries a release state", async () => {
    const message =
      /^No router of shop\/checkout carries .* Looked for: VirtualService checkout, KongPlugin checkout-canary, /;
    await assert.rejects(findParts(new Api(service), app), { name: "UserError", message });
  });

  it("is refused when more than one does", async () => {
    const both = [...render(routingOf("istio", at(5))), ...render(routingOf("gateway", at(5)))];
    const message = /more than one router .*: VirtualService checkout, HTTPRoute checkout\. Name the stack/i;
    await assert.rejects(findParts(new Api(service, ...both), app), { name: "UserError", message });
  });

  it("is refused for an app that is not there", async () => {
    const message = /^There is no Service shop\/checkout in this cluster/;
    await assert.rejects(findParts(new Api(), app), { name: "UserError", message });
  });

  it("is not known while the API server does not tell, in its words", async () => {
    const api = new Api(service);
    const find = api.find.bind(api);
    const silent = { name: "Error", message: "API server, read HTTPRoute shop/checkout: no answer within 5 s" };
    api.find = (id, schema) => (id.kind === "HTTPRoute" ? Promise.reject(new Error(silent.message)) : find(id, schema));
    await assert.rejects(findParts(api, app), silent);
    for (const object of render(routingOf("istio", at(5)))) api.put(object);
    assert.deepEqual(idsOf(await findParts(api, app)), ["VirtualService checkout"]);
  });
});
