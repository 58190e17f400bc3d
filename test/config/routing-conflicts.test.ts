import assert from "node:assert/strict";
import { stackOf, at, ROUTERS } from "../components/routers/routing.ts";
import { problemsOf } from "./problems.ts";

const plugin = { ...ROUTERS.kong, canaryPlugin: {} };
const when = [{ header: { name: "x-plan", exact: "vip" } }];
const segments = (count: number, matches = 1) =>
  Array.from({ length: count }, (_, i) => ({
    name: `s${i}`,
    goesTo: "stable",
    when: Array.from({ length: matches }, () => when[0]),
  }));

describe("routing conflicts", () => {
  const refusals: readonly (readonly [string, Readonly<Record<string, unknown>>, readonly string[]])[] = [
    [
      "a part of the traffic on a Service",
      { router: ROUTERS.selector, release: at(25) },
      ["sluice:release.weight: must be 0 or 100: router selector sends all traffic to one slot (is 25)"],
    ],
    [
      "two assignments of users",
      { router: ROUTERS.gateway, strategy: { kind: "experiment" }, audience: { sticky: { header: "x-user-bucket" } } },
      ["sluice:audience.sticky: strategy experiment has strategy.assignment for this: remove it"],
    ],
    [
      "Kong's plugin with what it would leave out",
      {
        router: plugin,
        strategy: { kind: "canary" },
        audience: {
          sticky: { header: "x-user-bucket" },
          segments: [
            { name: "vip", goesTo: "stable", when },
            { name: "beta", goesTo: "candidate", when },
          ],
        },
      },
      [
        "sluice:audience.sticky: router.canaryPlugin keeps users on one side by its own hash: remove one of them",
        "sluice:audience.segments[1].goesTo: the way back of router.canaryPlugin does not reach the route of a segment: " +
          'use hash: allow with groups, or remove the plugin (is "candidate")',
      ],
    ],
    [
      "an experiment on Kong's plugin",
      { router: plugin, strategy: { kind: "experiment" } },
      ["sluice:router.canaryPlugin: splits by its own hash, an experiment by strategy.assignment: remove it"],
    ],
    [
      "groups without their hash",
      { router: { ...ROUTERS.kong, canaryPlugin: { groups: ["beta"] } } },
      ["sluice:router.canaryPlugin.groups: belong to hash: allow or deny, and only to them"],
    ],
    [
      "a list of groups without groups",
      { router: { ...ROUTERS.kong, canaryPlugin: { hash: "allow" } } },
      ["sluice:router.canaryPlugin.groups: belong to hash: allow or deny, and only to them"],
    ],
    [
      "a hash by header without the header",
      { router: { ...ROUTERS.kong, canaryPlugin: { hash: "header" } } },
      ["sluice:router.canaryPlugin.header: belongs to hash: header, and only to it"],
    ],
    [
      "more rules than an HTTPRoute takes",
      { router: ROUTERS.gateway, audience: { segments: segments(15) } },
      ["sluice:audience.segments: are 15; an HTTPRoute takes 14 beside its other rules"],
    ],
    [
      "more rules than an HTTPRoute takes beside that of buckets",
      { router: ROUTERS.kong, audience: { segments: segments(14), sticky: { header: "x-user-bucket" } } },
      ["sluice:audience.segments: are 14; an HTTPRoute takes 13 beside its other rules"],
    ],
    [
      "more matches than a rule of an HTTPRoute takes",
      { router: ROUTERS.gateway, audience: { segments: segments(1, 65) } },
      ["sluice:audience.segments[0].when: holds 65 matches; an HTTPRoute's rule takes 64"],
    ],
    [
      "more matches than an HTTPRoute takes",
      { router: ROUTERS.gateway, audience: { segments: segments(2, 64) } },
      ["sluice:audience.segments: hold 128 matches; an HTTPRoute takes 126 beside its others"],
    ],
  ];
  for (const [what, sections, problems] of refusals) {
    it(`are found: ${what}`, () => assert.deepEqual(problemsOf(stackOf(sections)), problems));
  }

  const accepted: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
    ["nothing of the traffic on a Service", { router: ROUTERS.selector, release: at(0) }],
    ["all of the traffic on a Service", { router: ROUTERS.selector, release: at(100) }],
    ["as many rules as an HTTPRoute takes", { router: ROUTERS.gateway, audience: { segments: segments(14) } }],
    ["as many matches as it takes", { router: ROUTERS.gateway, audience: { segments: segments(2, 63) } }],
    ["more than that on Istio", { router: ROUTERS.istio, audience: { segments: segments(20, 70) } }],
    ["segments that Kong's plugin leaves alone", { router: plugin, audience: { segments: segments(2) } }],
    ["groups with their hash", { router: { ...ROUTERS.kong, canaryPlugin: { hash: "deny", groups: ["vip"] } } }],
  ];
  for (const [what, sections] of accepted) {
    it(`are none: ${what}`, () => assert.deepEqual(problemsOf(stackOf(sections)), []));
  }
});
