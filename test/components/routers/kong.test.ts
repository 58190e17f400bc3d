import assert from "node:assert/strict";
import { guardKong, renderCanaryPlugin, renderKongRoute } from "../../../components/routers/kong.ts";
import { renderHttpRoute } from "../../../components/routers/gateway.ts";
import { handleOf } from "../../../components/routers/router.ts";
import type { ReleaseState } from "../../../config/release-state.ts";
import { recordService } from "../recorder.ts";
import { ALONE, annotationsBack, annotationsOf, at, ROUTERS, routingOf, SEGMENTS, stackOf, STICKY } from "./routing.ts";

const keepPath = { "konghq.com/strip-path": "false" };
const sameField = (field: string) =>
  `(has(object.${field}) == has(oldObject.${field}) && (!has(object.${field}) || object.${field} == oldObject.${field}))`;

describe("Kong's routes", () => {
  const sections = { audience: { segments: SEGMENTS, ...STICKY } };

  for (const state of [ALONE, at(0), at(25), at(100)]) {
    it(`are those of the Gateway API, with the path kept, at ${state.candidate ?? "nobody"} ${state.weight}`, () => {
      const { metadata, spec } = renderKongRoute(routingOf("kong", state, sections));
      assert.deepEqual(metadata, {
        name: "checkout",
        namespace: "shop",
        annotations: { ...annotationsOf(state), ...keepPath },
      });
      assert.deepEqual(spec, renderHttpRoute(routingOf("gateway", state, sections)).spec);
    });
  }

  it("have a way back that forces nobody and gives stable everything", () => {
    const state = at(50);
    const { back } = handleOf(routingOf("kong", state, sections), renderKongRoute);
    assert.deepEqual(back, {
      ...renderHttpRoute(routingOf("gateway", ALONE)),
      metadata: { name: "checkout", namespace: "shop", annotations: { ...annotationsBack(state), ...keepPath } },
    });
  });

  it("are guarded as a whole", () => {
    const { app, router } = routingOf("kong", ALONE);
    assert.deepEqual(guardKong(app, router), {
      apiGroup: "gateway.networking.k8s.io",
      resource: "httproutes",
      names: ["checkout"],
      unchanged: sameField("spec"),
    });
  });
});

describe("Kong's plugin", () => {
  const plugin = (state: ReleaseState, canaryPlugin: object = { hash: "consumer" }) =>
    renderCanaryPlugin(routingOf("kong", state, { router: { canaryPlugin } }));
  const target = { upstream_host: "checkout-green.shop.svc.cluster.local", upstream_port: 8080 };

  const cases: readonly (readonly [string, ReleaseState, object, object])[] = [
    ["sends nobody over without a candidate", ALONE, {}, { percentage: 0, hash: "consumer" }],
    ["sends nobody over at 0", at(0), {}, { percentage: 0, hash: "consumer" }],
    ["sends a quarter at 25", at(25), { hash: "ip" }, { percentage: 25, hash: "ip" }],
    ["sends everybody at 100", at(100), { hash: "none" }, { percentage: 100, hash: "none" }],
    [
      "tells sides by a header",
      at(5),
      { hash: "header", header: "x-user" },
      { percentage: 5, hash: "header", hash_header: "x-user" },
    ],
    // Kong's lists of groups know no percentage, so that 0 and 100 have to be said without them.
    ["knows no group at 0", at(0), { hash: "deny", groups: ["a"] }, { percentage: 0, hash: "none" }],
    ["knows no group without a candidate", ALONE, { hash: "allow", groups: ["a"] }, { percentage: 0, hash: "none" }],
    [
      "sends groups over",
      at(1),
      { hash: "allow", groups: ["a", "b"] },
      { percentage: 1, hash: "allow", groups: ["a", "b"] },
    ],
    ["leaves groups out", at(99), { hash: "deny", groups: ["a"] }, { percentage: 99, hash: "deny", groups: ["a"] }],
    ["knows no group at 100", at(100), { hash: "deny", groups: ["a"] }, { percentage: 100, hash: "none" }],
  ];
  for (const [what, state, settings, config] of cases) {
    it(what, () => {
      assert.deepEqual(plugin(state, settings), {
        apiVersion: "configuration.konghq.com/v1",
        kind: "KongPlugin",
        metadata: { name: "checkout-canary", namespace: "shop", annotations: annotationsOf(state) },
        plugin: "canary",
        config: { ...config, ...target },
      });
    });
  }

  it("is bound to the weighted rule only: testers and segments have their side", async () => {
    const router = { ...ROUTERS.kong, canaryPlugin: {} };
    const audience = { segments: SEGMENTS.filter(({ goesTo }) => goesTo === "stable") };
    const { get } = await recordService(stackOf({ router, audience, release: at(25) }));
    const { metadata, spec } = get("checkout-routes-route");
    const annotations = { ...keepPath, "pulumi.com/patchFieldManager": "sluice" };
    assert.deepEqual(metadata, { name: "checkout", namespace: "shop", annotations });
    const { rules = [], ...rest } = renderHttpRoute(routingOf("gateway", at(0), { audience })).spec;
    const [testers, enterprise, weighted] = rules;
    const extensionRef = { group: "configuration.konghq.com", kind: "KongPlugin", name: "checkout-canary" };
    assert.deepEqual(spec, {
      ...rest,
      rules: [testers, enterprise, { ...weighted, filters: [{ type: "ExtensionRef", extensionRef }] }],
    });
    assert.deepEqual(get("checkout-routes-weights").config, { percentage: 25, hash: "consumer", ...target });
  });

  it("goes back by sending nobody over", () => {
    const state = at(50);
    const routing = routingOf("kong", state, { router: { canaryPlugin: { hash: "deny", groups: ["vip"] } } });
    assert.deepEqual(handleOf(routing, renderCanaryPlugin).back, {
      apiVersion: "configuration.konghq.com/v1",
      kind: "KongPlugin",
      metadata: { name: "checkout-canary", namespace: "shop", annotations: annotationsBack(state) },
      plugin: "canary",
      config: { percentage: 0, hash: "none", ...target },
    });
  });

  it("is guarded by all that Kong reads of it", () => {
    const { app, router } = routingOf("kong", ALONE, { router: { canaryPlugin: {} } });
    assert.deepEqual(guardKong(app, router), {
      apiGroup: "configuration.konghq.com",
      resource: "kongplugins",
      names: ["checkout-canary"],
      unchanged: ["plugin", "config", "configFrom", "disabled"].map(sameField).join(" && "),
    });
  });
});
