import assert from "node:assert/strict";
import { guardIngress, renderCanaryIngress } from "../../../components/routers/ingress-nginx.ts";
import { handleOf } from "../../../components/routers/router.ts";
import type { ReleaseState } from "../../../config/release-state.ts";
import { recordService } from "../recorder.ts";
import { ALONE, annotationsBack, annotationsOf, at, ROUTERS, routingOf, stackOf } from "./routing.ts";

const PREFIX = "nginx.ingress.kubernetes.io";
const forced = { [`${PREFIX}/canary-by-header`]: "x-canary", [`${PREFIX}/canary-by-header-value`]: "true" };

const spec = (service: string, tls = {}) => ({
  ingressClassName: "nginx",
  rules: [
    {
      host: "checkout.example.com",
      http: {
        paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: service, port: { number: 8080 } } } }],
      },
    },
  ],
  ...tls,
});

const canary = (annotations: Readonly<Record<string, string>>, weight: string, others = {}) => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: {
    name: "checkout-canary",
    namespace: "shop",
    annotations: {
      ...annotations,
      "pulumi.com/skipAwait": "true",
      [`${PREFIX}/canary`]: "true",
      [`${PREFIX}/canary-weight`]: weight,
      ...others,
    },
  },
  spec: spec("checkout-green"),
});

describe("ingress-nginx routes", () => {
  const cases: readonly (readonly [string, ReleaseState, object, string, object])[] = [
    ["send nobody over without a candidate", ALONE, {}, "0", {}],
    ["send only testers at 0", at(0), {}, "0", forced],
    ["send a quarter at 25", at(25), {}, "25", forced],
    ["send everybody at 100", at(100), {}, "100", forced],
    ["let a cookie choose", at(5), { cookie: "beta" }, "5", { ...forced, [`${PREFIX}/canary-by-cookie`]: "beta" }],
    ["let no cookie choose without a candidate", ALONE, { cookie: "beta" }, "0", {}],
  ];
  for (const [what, state, router, weight, others] of cases) {
    it(what, () => {
      const found = renderCanaryIngress(routingOf("ingressNginx", state, { router }));
      assert.deepEqual(found, canary(annotationsOf(state), weight, others));
    });
  }

  it("have a main Ingress to the live slot, which no weight touches", async () => {
    const router = { ...ROUTERS.ingressNginx, tlsSecret: "checkout-tls" };
    const tls = { tls: [{ hosts: ["checkout.example.com"], secretName: "checkout-tls" }] };
    const { get } = await recordService(stackOf({ router, release: at(25) }));
    assert.deepEqual(get("checkout-routes-main").metadata, {
      name: "checkout",
      namespace: "shop",
      annotations: { "pulumi.com/patchFieldManager": "sluice", "pulumi.com/skipAwait": "true" },
    });
    assert.deepEqual(get("checkout-routes-main").spec, spec("checkout-blue", tls));
    assert.deepEqual(get("checkout-routes-weights").spec, spec("checkout-green", tls));
  });

  it("have a way back that forces nobody", () => {
    const state = at(50);
    const { back } = handleOf(routingOf("ingressNginx", state, { router: { cookie: "beta" } }), renderCanaryIngress);
    assert.deepEqual(back, canary(annotationsBack(state), "0"));
  });

  it("are guarded by all annotations that decide, also where there are none", () => {
    const value = (object: string) =>
      `(has(${object}.metadata.annotations) && key in ${object}.metadata.annotations ? ${object}.metadata.annotations[key] : '')`;
    const keys = [
      "canary",
      "canary-weight",
      "canary-weight-total",
      "canary-by-header",
      "canary-by-header-value",
      "canary-by-header-pattern",
      "canary-by-cookie",
    ];
    assert.deepEqual(guardIngress(routingOf("ingressNginx", ALONE).app), {
      apiGroup: "networking.k8s.io",
      resource: "ingresses",
      names: ["checkout-canary"],
      unchanged:
        "(has(object.spec) == has(oldObject.spec) && (!has(object.spec) || object.spec == oldObject.spec)) && " +
        `[${keys.map((key) => `'${PREFIX}/${key}'`).join(", ")}].all(key, ${value("object")} == ${value("oldObject")})`,
    });
  });
});
