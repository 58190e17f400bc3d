import assert from "node:assert/strict";
import { renderHttpRoute } from "../../components/routers/gateway.ts";
import type { GatewayRouter } from "../../config/router.ts";
import { withCandidate, withWeight } from "../../config/release-state.ts";
import { stackConfig } from "../release/world.ts";

const green = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
const router: GatewayRouter = {
  kind: "gateway",
  hosts: ["checkout.example.com"],
  gateways: ["gateways/public"],
  countSlots: false,
};

/** The filters of each backend, rule by rule. */
function filtersOf(countSlots: boolean) {
  const { app, audience, release } = stackConfig();
  const state = withWeight(withCandidate(release, green), 25);
  const { spec } = renderHttpRoute({
    app,
    audience,
    router: { ...router, countSlots },
    split: { by: "random" },
    state,
  });
  return spec.rules?.map(({ backendRefs }) => backendRefs?.map(({ filters }) => filters));
}

describe("slots that Envoy Gateway counts apart", () => {
  const mark = (value: string) => [
    { type: "RequestHeaderModifier", requestHeaderModifier: { set: [{ name: "x-sluice-slot", value }] } },
  ];

  it("have a filter each in the weighted rule, blue first; testers' requests stay in one cluster of their own", () => {
    assert.deepEqual(filtersOf(true), [[undefined], [mark("blue"), mark("green")]]);
  });

  it("have none unless the stack asks for it", () => {
    assert.deepEqual(filtersOf(false), [[undefined], [undefined, undefined]]);
  });
});
