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

  it("tells of an app that is not there, or of an API server that does not answer, in its words", async () => {
    await assert.rejects(findParts(new Api(), app), /^Error: API server, read Service shop\/checkout: not found$/);
  });
});
