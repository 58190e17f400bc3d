import assert from "node:assert/strict";
import type { MetricPreset } from "../../config/metrics.ts";
import { ConfigError, parseStackConfig } from "../../config/parse.ts";
import { STACK } from "../release/world.ts";

const hosts = ["checkout.example.com"];
const routers = {
  gateway: { kind: "gateway", hosts, gateways: ["gateways/public"] },
  ingressNginx: { kind: "ingressNginx", hosts },
  selector: { kind: "selector" },
};

function parse(changes: Record<string, unknown>) {
  return parseStackConfig({ ...STACK, ...changes }, "test");
}

describe("what cannot be measured", () => {
  const gateway = { ...routers.gateway, countSlots: true };
  const preset = (name: MetricPreset) => ({ metrics: { ...STACK.metrics, preset: name } });
  for (const [title, changes, problem] of [
    [
      "Envoy's counters of another router",
      { router: routers.ingressNginx, ...preset("envoy") },
      "sluice:metrics.preset: envoy cannot tell the slots of router ingressNginx apart: use one of spring, ingressNginx",
    ],
    [
      "slots of a strategy that has none",
      { router: routers.selector, strategy: { kind: "rolling" }, ...preset("envoy") },
      "sluice:metrics.preset: strategy rolling has no slots, which envoy would count by: use spring",
    ],
    [
      "Envoy Gateway's one cluster for both slots",
      { router: routers.gateway, ...preset("gateway") },
      "sluice:metrics.preset: counts a whole rule, both slots in one: set router.countSlots to true",
    ],
    [
      "users that Envoy Gateway keeps on one side",
      { router: gateway, audience: { sticky: { header: "x-user-bucket" } }, ...preset("gateway") },
      "sluice:metrics.preset: cannot count users who are kept on one side, for their rule has one slot only: use spring",
    ],
    [
      "alerts on requests that nobody counts",
      {
        strategy: { kind: "experiment" },
        metrics: undefined,
        observability: { rules: true, dashboard: true },
      },
      "sluice:metrics: is missing: observability.rules needs it",
    ],
    [
      "a dashboard without metrics",
      {
        router: routers.selector,
        strategy: { kind: "rolling" },
        metrics: undefined,
        observability: { dashboard: true },
      },
      "sluice:metrics: is missing: observability.dashboard needs it",
    ],
    [
      "Argo's pods by their Services",
      { strategy: { kind: "argo" }, observability: { monitor: "service" } },
      "sluice:observability.monitor: Argo's Services lead to the same pods, which would be scraped twice: use pod",
    ],
  ] as const) {
    it(`is refused: ${title}`, () => {
      assert.throws(
        () => parse(changes),
        (error) => error instanceof ConfigError && error.message.includes(problem),
      );
    });
  }

  it("is not asked of a strategy without slots: its alerts are about pods", () => {
    const changes = { router: routers.selector, strategy: { kind: "rolling" }, metrics: undefined };
    assert.equal(parse({ ...changes, observability: { rules: true } }).observability.rules, true);
  });
});
