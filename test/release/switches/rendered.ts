import fc from "fast-check";
import { renderHttpRoute } from "../../../components/routers/gateway.ts";
import { renderCanaryIngress, renderMainIngress } from "../../../components/routers/ingress-nginx.ts";
import { renderVirtualService } from "../../../components/routers/istio.ts";
import { renderCanaryPlugin, renderKongRoute, renderStableRoute } from "../../../components/routers/kong.ts";
import type { Routing } from "../../../components/routers/router.ts";
import { renderService } from "../../../components/routers/selector.ts";
import type { KubernetesObject } from "../../../config/outputs.ts";
import { parseStackConfig } from "../../../config/parse.ts";
import { isOnHost, KUBERNETES_ROUTERS } from "../../../config/router.ts";
import { splitOf } from "../../../config/split.ts";
import { stacksOf, type Values } from "../../components/routers/arbitrary.ts";

/** Every router, and Kong with its plugin besides. */
export const ROUTERS_AND_PLUGIN = [...KUBERNETES_ROUTERS, "kong with its plugin"] as const;
export type RouterName = (typeof ROUTERS_AND_PLUGIN)[number];

export function routingOf(values: Values): Routing {
  const { app, audience, release, router, strategy } = parseStackConfig(values, "test");
  if (isOnHost(router)) throw new Error(`${router.kind} is no object of a cluster`);
  return { app, audience, router, split: splitOf(strategy, audience), state: release };
}

/** The objects that the stack program writes for a router, that of the weights first. */
export function render({ router, ...routing }: Routing): readonly KubernetesObject[] {
  switch (router.kind) {
    case "selector":
      return [renderService({ ...routing, router })];
    case "istio":
      return [renderVirtualService({ ...routing, router })];
    case "gateway":
      return [renderHttpRoute({ ...routing, router })];
    case "ingressNginx":
      return [renderCanaryIngress({ ...routing, router }), renderMainIngress({ ...routing, router })];
    case "kong":
      return router.canaryPlugin === undefined
        ? [renderKongRoute({ ...routing, router })]
        : [renderCanaryPlugin({ ...routing, router }), renderStableRoute({ ...routing, router })];
  }
}

const plugin = fc.constantFrom<object>(
  {},
  { hash: "header", header: "x-user" },
  { hash: "none" },
  { hash: "allow", groups: ["beta"] },
  { hash: "deny", groups: ["enterprise"] },
);

/** Any stack with this router, with a candidate or without. */
export function anyRouting(name: RouterName): fc.Arbitrary<Routing> {
  if (name !== "kong with its plugin") return stacksOf(name).map(({ values }) => routingOf(values));
  return fc.tuple(stacksOf("kong"), plugin).map(([{ values }, canaryPlugin]) =>
    routingOf({
      ...values,
      strategy: { kind: "canary" },
      audience: {},
      router: { kind: "kong", hosts: ["checkout.example.com"], gateways: ["edge/public"], canaryPlugin },
    }),
  );
}
