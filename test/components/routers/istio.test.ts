import assert from "node:assert/strict";
import { guardVirtualService, renderVirtualService } from "../../../components/routers/istio.ts";
import { handleOf } from "../../../components/routers/router.ts";
import type { ReleaseState } from "../../../config/release-state.ts";
import { recordService } from "../recorder.ts";
import {
  ALONE,
  annotationsBack,
  annotationsOf,
  at,
  EXPERIMENT,
  routingOf,
  SEGMENTS,
  stackOf,
  STICKY,
} from "./routing.ts";

const retries = { attempts: 2, retryOn: "connect-failure,refused-stream" };
const to = (service: string) => ({
  destination: { host: `${service}.shop.svc.cluster.local`, port: { number: 8080 } },
});
const weighted = (blue: number, green: number) => ({
  name: "weighted",
  route: [
    { ...to("checkout-blue"), weight: blue },
    { ...to("checkout-green"), weight: green },
  ],
  retries,
});
const testers = {
  name: "testers",
  match: [{ headers: { "x-canary": { exact: "true" } } }],
  route: [to("checkout-preview")],
  retries,
  headers: { response: { set: { "x-sluice-slot": "green" } } },
};
const group = (header: string, regex: string) => ({
  name: "group",
  match: [{ headers: { [header]: { regex } } }],
  route: [to("checkout-green")],
  retries,
});

function routes(state: ReleaseState, sections: Readonly<Record<string, unknown>> = {}): unknown {
  return renderVirtualService(routingOf("istio", state, sections)).spec.http;
}

describe("Istio's routes", () => {
  const audience = { segments: SEGMENTS };
  const segments = [
    {
      name: "segment-enterprise",
      match: [{ headers: { "x-plan": { exact: "enterprise" } } }],
      route: [to("checkout")],
      retries,
    },
    {
      name: "segment-beta",
      match: [
        { headers: { cookie: { regex: "(.*; *)?beta=(a\\.b)(;.*)?" } } },
        { headers: { "user-agent": { regex: ".*Beta/.*" } } },
      ],
      route: [to("checkout-preview")],
      retries,
    },
    {
      name: "segment-region",
      match: [{ headers: { "x-region": { regex: "eu|us" } } }],
      route: [to("checkout-preview")],
      retries,
    },
  ];

  it("are one VirtualService that says what it stands for", () => {
    const state = at(25);
    assert.deepEqual(renderVirtualService(routingOf("istio", state)), {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "checkout", namespace: "shop", annotations: annotationsOf(state) },
      spec: {
        hosts: ["checkout.example.com"],
        gateways: ["edge/public"],
        http: [testers, weighted(75, 25)],
      },
    });
  });

  const cases: readonly (readonly [string, ReleaseState, Readonly<Record<string, unknown>>, readonly unknown[]])[] = [
    ["nothing but the weights without a candidate, whatever is declared", ALONE, { audience }, [weighted(100, 0)]],
    ["testers and segments in order, from weight 0 on", at(0), { audience }, [testers, ...segments, weighted(100, 0)]],
    ["the same at 100", at(100), { audience }, [testers, ...segments, weighted(0, 100)]],
    ["no bucket at 0", at(0), { audience: STICKY }, [testers, weighted(100, 0)]],
    [
      "the buckets below the weight, and stable for whoever has none",
      at(25),
      { audience: STICKY },
      [testers, group("x-user-bucket", "[0-1][0-9]|2[0-4]"), weighted(100, 0)],
    ],
    ["everybody at 100, with or without a bucket", at(100), { audience: STICKY }, [testers, weighted(0, 100)]],
    [
      "an experiment's group by bucket",
      at(25),
      { strategy: EXPERIMENT.byBucket },
      [testers, group("x-user-bucket", "[0-1][0-9]|2[0-4]"), weighted(100, 0)],
    ],
    [
      "an experiment's group by the values of a header, taken as they are",
      at(25),
      { strategy: EXPERIMENT.byHeader },
      [testers, group("ab-test-group", "b|c\\+"), weighted(100, 0)],
    ],
    ["no group before the experiment runs", at(0), { strategy: EXPERIMENT.byHeader }, [testers, weighted(100, 0)]],
    [
      "copies for the candidate while it has no weight",
      at(0),
      { audience: { mirror: { percent: 10 } } },
      [testers, { ...weighted(100, 0), mirrors: [{ ...to("checkout-preview"), percentage: { value: 10 } }] }],
    ],
    ["no copies from then on", at(1), { audience: { mirror: { percent: 10 } } }, [testers, weighted(99, 1)]],
    ["no copies without a candidate", ALONE, { audience: { mirror: { percent: 10 } } }, [weighted(100, 0)]],
  ];
  for (const [what, state, sections, expected] of cases) {
    it(`have ${what}`, () => assert.deepEqual(routes(state, sections), expected));
  }

  it("put all conditions of one match into one, and the client's address behind the trusted proxies", () => {
    const when = [
      { header: { name: "x-plan", exact: "vip" }, cookie: { name: "beta", regex: "yes|on" }, cidr: "10.1.0.0/15" },
    ];
    const segment = { name: "vip", goesTo: "candidate", when };
    const found = routes(at(5), { router: { trustedProxies: 2 }, audience: { segments: [segment] } });
    assert.deepEqual((found as readonly { match: unknown }[])[1]?.match, [
      {
        headers: {
          "x-plan": { exact: "vip" },
          cookie: { regex: "(.*; *)?beta=(yes|on)(;.*)?" },
          "x-forwarded-for": { regex: "(.*, *)?10\\.(0|1)\\.[0-9]+\\.[0-9]+(, *[^,]+){2}" },
        },
      },
    ]);
  });

  it("come with bounds for the connections to each place that a route leads to", async () => {
    const outlierDetection = { consecutive5xx: 3, interval: "500ms", ejectionTime: "1m" };
    const connectionPool = { maxConnections: 100, maxPendingRequests: 50, maxRequestsPerConnection: 0 };
    const router = { ...routingOf("istio", ALONE).router, trustedProxies: 0, connectionPool, outlierDetection };
    const { resources } = await recordService(stackOf({ router: { ...router, kind: "istio" } }));
    const rules = resources.filter(({ type }) => type.endsWith(":DestinationRule"));
    assert.deepEqual(
      rules.map(({ inputs, name, parent }) => [name, parent, inputs.metadata, inputs.spec]),
      ["blue", "green", "live", "preview"].map((role) => {
        const service = role === "live" ? "checkout" : `checkout-${role}`;
        return [
          `checkout-routes-${role}`,
          "checkout",
          { name: service, namespace: "shop" },
          {
            host: `${service}.shop.svc.cluster.local`,
            trafficPolicy: {
              connectionPool: {
                tcp: { connectTimeout: "5s", maxConnections: 100 },
                http: { http1MaxPendingRequests: 50, maxRequestsPerConnection: 0 },
              },
              outlierDetection: {
                consecutive5xxErrors: 3,
                interval: "0.5s",
                baseEjectionTime: "60s",
                maxEjectionPercent: 50,
              },
            },
          },
        ];
      }),
    );
  });

  it("bound nothing that is not asked for, but the time to connect", async () => {
    const { get } = await recordService(stackOf({}));
    assert.deepEqual(get("checkout-routes-preview").spec, {
      host: "checkout-preview.shop.svc.cluster.local",
      trafficPolicy: { connectionPool: { tcp: { connectTimeout: "5s" } } },
    });
  });

  it("have a way back that forces nobody and gives stable everything", () => {
    const state = at(50);
    const routing = routingOf("istio", state, { audience: { segments: SEGMENTS, ...STICKY } });
    assert.deepEqual(handleOf(routing, renderVirtualService), {
      kind: "istio",
      fieldManager: "sluice",
      live: "blue",
      back: {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "checkout", namespace: "shop", annotations: annotationsBack(state) },
        spec: { hosts: ["checkout.example.com"], gateways: ["edge/public"], http: [weighted(100, 0)] },
      },
      moved: { serial: 9, weight: 50, previousWeight: 0 },
    });
  });

  it("are guarded as a whole", () => {
    assert.deepEqual(guardVirtualService(routingOf("istio", ALONE).app), {
      apiGroup: "networking.istio.io",
      resource: "virtualservices",
      names: ["checkout"],
      unchanged: "(has(object.spec) == has(oldObject.spec) && (!has(object.spec) || object.spec == oldObject.spec))",
    });
  });
});
