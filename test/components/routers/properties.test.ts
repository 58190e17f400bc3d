import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { HTTPRoute } from "@kubernetes-models/gateway-api/gateway.networking.k8s.io/v1/HTTPRoute";
import { VirtualService } from "@kubernetes-models/istio/networking.istio.io/v1/VirtualService";
import fc from "fast-check";
import { renderHttpRoute } from "../../../components/routers/gateway.ts";
import { renderCanaryIngress } from "../../../components/routers/ingress-nginx.ts";
import { renderVirtualService } from "../../../components/routers/istio.ts";
import { renderCanaryPlugin, renderKongRoute, renderStableRoute } from "../../../components/routers/kong.ts";
import type { Routing } from "../../../components/routers/router.ts";
import { renderService } from "../../../components/routers/selector.ts";
import { parseStackConfig } from "../../../config/parse.ts";
import { rolledBack, SLOTS, slotWeights } from "../../../config/release-state.ts";
import { isOnHost, KUBERNETES_ROUTERS, type KubernetesRouterKind } from "../../../config/router.ts";
import { splitOf } from "../../../config/split.ts";
import { recordService, type Recorded } from "../recorder.ts";
import { request, stacksOf, type Values } from "./arbitrary.ts";
import { expectedBackends, routeByHttpRoute, routeByIstio, type Backends, type Request } from "./simulate.ts";

function routingOf(values: Values): Routing {
  const { app, audience, release, router, strategy } = parseStackConfig(values, "test");
  if (isOnHost(router)) throw new Error(`${router.kind} is no object of a cluster`);
  return { app, audience, router, split: splitOf(strategy, audience), state: release };
}

/** Where the rendered objects send a request, by the rules of the router that reads them. */
function send({ router, ...routing }: Routing, headers: Request): Backends {
  switch (router.kind) {
    case "istio":
      return routeByIstio(renderVirtualService({ ...routing, router }).spec, headers);
    case "gateway":
      return routeByHttpRoute(renderHttpRoute({ ...routing, router }).spec, headers);
    case "kong":
      return routeByHttpRoute(renderKongRoute({ ...routing, router }).spec, headers);
    case "selector": {
      const slot = renderService({ ...routing, router }).spec.selector["sluice.dev/slot"] ?? "";
      return { [`${routing.app.name}-${slot}`]: 100 };
    }
    case "ingressNginx": {
      const { metadata, spec } = renderCanaryIngress({ ...routing, router });
      const annotations: Readonly<Record<string, string>> = metadata.annotations;
      const key = "nginx.ingress.kubernetes.io/canary";
      const canary = spec.rules[0]?.http.paths[0]?.backend.service.name ?? "";
      const header = headers[annotations[`${key}-by-header`] ?? ""];
      const weight = Number(annotations[`${key}-weight`]);
      const over = header !== undefined && header === annotations[`${key}-by-header-value`] ? 100 : weight;
      const shares = { [canary]: over, [`${routing.app.name}-${routing.state.live}`]: 100 - over };
      return Object.fromEntries(Object.entries(shares).filter(([, share]) => share > 0));
    }
  }
}

/** Where this router can only send a request to a slot, not to the Service that stands for it. */
function expected(routing: Routing, headers: Request): Backends {
  const { app, router, state } = routing;
  if (router.kind === "selector") return expectedBackends(routing, {});
  const backends = expectedBackends(routing, headers);
  const canary = state.live === "blue" ? "green" : "blue";
  return router.kind === "ingressNginx" && `${app.name}-preview` in backends
    ? { [`${app.name}-${canary}`]: 100 }
    : backends;
}

describe("routes of any stack", () => {
  for (const kind of KUBERNETES_ROUTERS) {
    it(`${kind}: every request goes where the configuration says`, () => {
      fc.assert(
        fc.property(stacksOf(kind), request, ({ values }, headers) => {
          const routing = routingOf(values);
          assert.deepEqual(send(routing, headers), expected(routing, headers));
        }),
        { numRuns: 500 },
      );
    });

    it(`${kind}: the way back sends every request to stable`, () => {
      fc.assert(
        fc.property(stacksOf(kind), request, ({ values }, headers) => {
          const routing = routingOf(values);
          const back = { ...routing, state: rolledBack(routing.state) };
          assert.deepEqual(send(back, headers), { [`checkout-${routing.state.live}`]: 100 });
        }),
      );
    });
  }

  it("have both slots in the weighted rule, always, with weights that sum to 100", () => {
    const check = (shares: readonly (readonly [string, number | undefined])[], { split, state }: Routing) => {
      assert.deepEqual(
        shares.map(([service]) => service),
        SLOTS.map((slot) => `checkout-${slot}`),
      );
      const kept = split.by === "random" || state.weight === 100 ? state : { ...state, weight: 0 };
      assert.deepEqual(
        shares.map(([, weight]) => weight),
        SLOTS.map((slot) => slotWeights(kept)[slot]),
      );
      assert.equal(
        shares.reduce((sum, [, weight]) => sum + (weight ?? Number.NaN), 0),
        100,
      );
    };
    const rendered = fc.oneof(...(["istio", "gateway", "kong"] as const).map(stacksOf));
    fc.assert(
      fc.property(rendered, ({ values }) => {
        const { router, ...routing } = routingOf(values);
        if (router.kind === "istio") {
          const route = renderVirtualService({ ...routing, router }).spec.http?.at(-1)?.route ?? [];
          const shares = route.map(
            ({ destination, weight }) => [destination.host.split(".")[0] ?? "", weight] as const,
          );
          check(shares, { ...routing, router });
        } else if (router.kind === "gateway" || router.kind === "kong") {
          const refs = renderHttpRoute({ ...routing, router }).spec.rules?.at(-1)?.backendRefs ?? [];
          const shares = refs.map(({ name, weight }) => [name, weight] as const);
          check(shares, { ...routing, router });
        }
      }),
    );
  });

  it("are what the definitions of their objects take", () => {
    const rendered = fc.oneof(...(["istio", "gateway", "kong"] as const).map(stacksOf));
    fc.assert(
      fc.property(rendered, ({ values }) => {
        const { router, ...routing } = routingOf(values);
        if (router.kind === "istio") new VirtualService(renderVirtualService({ ...routing, router })).validate();
        else if (router.kind === "gateway") new HTTPRoute(renderHttpRoute({ ...routing, router })).validate();
        else if (router.kind === "kong") {
          new HTTPRoute(renderKongRoute({ ...routing, router })).validate();
          new HTTPRoute(renderStableRoute({ ...routing, router })).validate();
        }
      }),
    );
  });

  it("leave Kong's route alone where its plugin holds the weight", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.constantFrom("blue", "green"), (weight, live) => {
        const version = { version: "1.0.0", image: "checkout:1.0.0", replicas: 2 };
        const candidate = live === "blue" ? "green" : "blue";
        const at = (now: number) => {
          const release = { live, candidate, weight: now, serial: 2, blue: version, green: version };
          const routing = routingOf({ ...plugged, release });
          const { router } = routing;
          assert.ok(router.kind === "kong");
          return { ...routing, router };
        };
        assert.deepEqual(renderStableRoute(at(weight)), renderStableRoute(at(0)));
        const { percentage, upstream_host } = renderCanaryPlugin(at(weight)).config;
        assert.deepEqual(
          { percentage, upstream_host },
          {
            percentage: weight,
            upstream_host: `checkout-${candidate}.shop.svc.cluster.local`,
          },
        );
      }),
    );
  });
});

const plugged = {
  ...fc.sample(stacksOf("kong"), { numRuns: 1, seed: 1 })[0]?.values,
  strategy: { kind: "canary" },
  audience: {},
  router: { kind: "kong", hosts: ["checkout.example.com"], gateways: ["edge/public"], canaryPlugin: {} },
};

describe("resources of any stack", () => {
  const kinds: readonly (readonly [string, KubernetesRouterKind, object])[] = [
    ...KUBERNETES_ROUTERS.map((kind) => [kind, kind, {}] as const),
    ["kong with its plugin", "kong", { strategy: plugged.strategy, audience: {}, router: plugged.router }],
  ];
  for (const [name, kind, changes] of kinds) {
    it(`${name}: one object differs between two weights, and its names lead to declared Services`, async () => {
      await fc.assert(
        fc.asyncProperty(stacksOf(kind), async ({ otherWeight, values }) => {
          const stack = { ...values, ...changes };
          const before = await recordService(stack);
          const after = await recordService({
            ...stack,
            release: { ...values.release, weight: otherWeight, serial: 5 },
          });
          const changed = after.resources.filter(
            (resource) => !isDeepStrictEqual(resource.inputs, before.get(resource.name)),
          );
          assert.deepEqual(
            changed.map(({ name }) => name),
            ["checkout-routes-weights"],
          );
          assert.equal(after.resources.length, before.resources.length);
          checkServices(before.resources);
        }),
        { numRuns: 5 },
      );
    });
  }
});

interface Service {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly selector: Readonly<Record<string, string>> };
}

/** Slots' Services are disjoint and cover all pods; every Service named by a route is declared. */
function checkServices(resources: readonly Recorded[]): void {
  const services = resources
    .filter(({ type }) => type === "kubernetes:core/v1:Service")
    .map(({ inputs }) => inputs as unknown as Service);
  const byName = new Map(services.map(({ metadata, spec }) => [metadata.name, spec.selector]));
  assert.deepEqual([...byName.keys()].toSorted(), ["checkout", "checkout-blue", "checkout-green", "checkout-preview"]);
  assert.equal(byName.size, services.length);
  const pods = resources
    .filter(({ type }) => type === "kubernetes:apps/v1:Deployment")
    .map(({ inputs }) => inputs.spec as { template: { metadata: { labels: Record<string, string> } } });
  assert.equal(pods.length, SLOTS.length);
  for (const { template } of pods) {
    const { labels } = template.metadata;
    const selecting = SLOTS.filter((slot) =>
      Object.entries(byName.get(`checkout-${slot}`) ?? {}).every(([key, value]) => labels[key] === value),
    );
    assert.equal(selecting.length, 1, `pods ${JSON.stringify(labels)} are in ${selecting.join(" and ")}`);
  }
  for (const { inputs, name } of resources.filter(({ name }) => name.startsWith("checkout-routes-"))) {
    const text = JSON.stringify([inputs.spec, inputs.config]);
    const named = [
      ...[...text.matchAll(/"([a-z-]+)\.shop\.svc\.cluster\.local"/g)].map(([, service]) => service),
      ...[...text.matchAll(/"name":"(checkout[a-z-]*)","port":/g)].map(([, service]) => service),
    ];
    for (const service of named) assert.ok(byName.has(service ?? ""), `${name} names ${String(service)}`);
  }
}
