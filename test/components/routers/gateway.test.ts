import assert from "node:assert/strict";
import { guardHttpRoute, renderHttpRoute } from "../../../components/routers/gateway.ts";
import { handleOf } from "../../../components/routers/router.ts";
import type { ReleaseState } from "../../../config/release-state.ts";
import { recordService } from "../recorder.ts";
import {
  ALONE,
  annotationsBack,
  annotationsOf,
  at,
  EXPERIMENT,
  ROUTERS,
  routingOf,
  SEGMENTS,
  stackOf,
  STICKY,
} from "./routing.ts";

const path = { type: "PathPrefix", value: "/" };
const exact = (name: string, value: string) => ({ path, headers: [{ type: "Exact", name, value }] });
const whole = (name: string, regex: string) => ({
  path,
  headers: [{ type: "RegularExpression", name, value: `^(?:${regex})$` }],
});
const to = (name: string) => [{ name, port: 8080 }];
const weighted = (blue: number, green: number) => ({
  matches: [{ path }],
  backendRefs: [
    { name: "checkout-blue", port: 8080, weight: blue },
    { name: "checkout-green", port: 8080, weight: green },
  ],
});
const testers = {
  matches: [exact("x-canary", "true")],
  backendRefs: to("checkout-preview"),
  filters: [
    { type: "ResponseHeaderModifier", responseHeaderModifier: { set: [{ name: "x-sluice-slot", value: "green" }] } },
  ],
};
const group = (header: string, regex: string) => ({
  matches: [whole(header, regex)],
  backendRefs: to("checkout-green"),
});

describe("Gateway API routes", () => {
  const audience = { segments: SEGMENTS };
  const segments = [
    { matches: [exact("x-plan", "enterprise")], backendRefs: to("checkout") },
    {
      matches: [whole("cookie", "(.*; *)?beta=(a\\.b)(;.*)?"), whole("user-agent", ".*Beta/.*")],
      backendRefs: to("checkout-preview"),
    },
    { matches: [whole("x-region", "eu|us")], backendRefs: to("checkout-preview") },
  ];

  it("are one HTTPRoute that says what it stands for", async () => {
    const state = at(25);
    const { get } = await recordService(stackOf({ router: ROUTERS.gateway, release: state }));
    const { metadata, spec } = get("checkout-routes-weights");
    const { annotations, ...names } = metadata as { annotations: Record<string, string> };
    const { "sluice.dev/rollout-settings": settings = "", ...ours } = annotations;
    assert.deepEqual(names, { name: "checkout", namespace: "shop" });
    assert.deepEqual(ours, annotationsOf(state));
    assert.deepEqual(JSON.parse(settings), {
      strategy: "blueGreen",
      stages: [{ weight: 100, approval: false }],
      bake: 300,
      scrapeInterval: 2,
      gate: { limit: 0.01, tolerate: 1.25, latency: { limit: 0.1, percentile: 99 } },
    });
    assert.deepEqual(spec, {
      parentRefs: [{ namespace: "edge", name: "public" }],
      hostnames: ["checkout.example.com"],
      rules: [testers, weighted(75, 25)],
    });
  });

  const mirror = { mirror: { percent: 10 } };
  const copies = {
    type: "RequestMirror",
    requestMirror: { backendRef: { name: "checkout-preview", port: 8080 }, percent: 10 },
  };
  const cases: readonly (readonly [string, ReleaseState, Readonly<Record<string, unknown>>, readonly unknown[]])[] = [
    ["nothing but the weights without a candidate, whatever is declared", ALONE, { audience }, [weighted(100, 0)]],
    ["testers and segments in order, from weight 0 on", at(0), { audience }, [testers, ...segments, weighted(100, 0)]],
    ["the same at 100", at(100), { audience }, [testers, ...segments, weighted(0, 100)]],
    ["no bucket at 0", at(0), { audience: STICKY }, [testers, weighted(100, 0)]],
    [
      "the buckets below the weight, and stable for whoever has none",
      at(7),
      { audience: STICKY },
      [testers, group("x-user-bucket", "0[0-6]"), weighted(100, 0)],
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
    [
      "copies for the candidate while it has no weight",
      at(0),
      { audience: mirror },
      [testers, { ...weighted(100, 0), filters: [copies] }],
    ],
    ["no copies from then on", at(1), { audience: mirror }, [testers, weighted(99, 1)]],
    ["no copies without a candidate", ALONE, { audience: mirror }, [weighted(100, 0)]],
  ];
  for (const [what, state, sections, expected] of cases) {
    it(`have ${what}`, () => {
      assert.deepEqual(renderHttpRoute(routingOf("gateway", state, sections)).spec.rules, expected);
    });
  }

  it("mark requests behind the split where Envoy Gateway is to count slots apart", () => {
    const { rules = [] } = renderHttpRoute(routingOf("gateway", at(25), { router: { countSlots: true } })).spec;
    const mark = (slot: string) => [
      { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-sluice-slot", value: slot }] } },
    ];
    assert.deepEqual(rules.at(-1)?.backendRefs, [
      { name: "checkout-blue", port: 8080, weight: 75, filters: mark("blue") },
      { name: "checkout-green", port: 8080, weight: 25, filters: mark("green") },
    ]);
  });

  it("match by one header each: the specification would put a rule with more before all others", () => {
    const { rules = [] } = renderHttpRoute(routingOf("gateway", at(25), { audience: { ...audience, ...STICKY } })).spec;
    const counts = rules.map(({ matches = [] }) => [...new Set(matches.map(({ headers = [] }) => headers.length))]);
    assert.deepEqual(counts, [[1], [1], [1], [1], [1], [0]]);
  });

  it("have a way back that forces nobody and gives stable everything", () => {
    const state = at(50);
    const routing = routingOf("gateway", state, { audience: { segments: SEGMENTS, ...STICKY } });
    assert.deepEqual(handleOf(routing, renderHttpRoute).back, {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "HTTPRoute",
      metadata: { name: "checkout", namespace: "shop", annotations: annotationsBack(state) },
      spec: {
        parentRefs: [{ namespace: "edge", name: "public" }],
        hostnames: ["checkout.example.com"],
        rules: [weighted(100, 0)],
      },
    });
  });

  it("are guarded as a whole", () => {
    assert.deepEqual(guardHttpRoute(routingOf("gateway", ALONE).app), {
      apiGroup: "gateway.networking.k8s.io",
      resource: "httproutes",
      names: ["checkout"],
      unchanged: "(has(object.spec) == has(oldObject.spec) && (!has(object.spec) || object.spec == oldObject.spec))",
    });
  });
});
