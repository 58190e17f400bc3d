import {
  annotate,
  canaryIngress,
  deployment,
  flagger,
  httpRoute,
  rollout,
  service,
  SETTINGS,
  STATE,
  virtualService,
} from "../objects.ts";
import type { RuleCase } from "./case.ts";

const NGINX = "nginx.ingress.kubernetes.io";

const subsets = {
  apiVersion: "networking.istio.io/v1",
  kind: "DestinationRule",
  metadata: { name: "checkout", namespace: "shop" },
  spec: { host: "checkout", subsets: [{ name: "v1", labels: { version: "v1" } }] },
};
const bySubset = {
  ...virtualService,
  spec: { http: [{ name: "all", route: [{ destination: { host: "checkout", subset: "v1" } }] }] },
};

export const TRAFFIC: readonly RuleCase[] = [
  {
    rule: "sum-weights",
    good: [virtualService, httpRoute, canaryIngress],
    faults: [
      [
        "a sum above 100",
        { "0/spec/http/1/route/1/weight": 30 },
        ["route weighted: weights 75 + 30 are 105 together, not 100"],
      ],
      [
        "a weight that is missing",
        { "0/spec/http/1/route/1/weight": undefined },
        ["route weighted: weights 75 + none are 75 together, not 100"],
      ],
      [
        "an HTTPRoute's sum",
        { "1/spec/rules/1/backendRefs/0/weight": 9 },
        ["rule 1: weights 9 + 25 are 34 together, not 100"],
      ],
      [
        "an Ingress that weighs no percentages",
        {
          "2/metadata/annotations": {
            [`${NGINX}/canary`]: "true",
            [`${NGINX}/canary-weight`]: "many",
            [`${NGINX}/canary-weight-total`]: "50",
          },
        },
        [
          "canary-weight-total is 50: weights are not percentages",
          'canary-weight is "many", not a number from 0 to 50',
        ],
      ],
    ],
    fine: [
      ["a single destination of any weight", { "0/spec/http/0/route/0/weight": 1 }],
      [
        "no weights at all",
        { "0/spec/http/1/route": [{ destination: { host: "a" } }, { destination: { host: "b" } }] },
      ],
    ],
    unknown: [
      "0/spec/http/1/route/1/weight",
      "cannot decide: spec.http[1].route[1].weight is not known before the update",
    ],
  },
  {
    rule: "limit-candidate-weight",
    good: [virtualService, canaryIngress],
    faults: [],
    settings: [
      [{ production: 20 }, {}, ["the candidate has weight 25 %, above the 20 % allowed in production"]],
      [{ production: 25, elsewhere: 5 }, {}, []],
      [
        { production: 25, elsewhere: 5, productionStacks: ["live"] },
        {},
        [
          "the candidate has weight 25 %, above the 5 % allowed in stack production",
          "the candidate has weight 20 %, above the 5 % allowed in stack production",
        ],
      ],
    ],
    unknown: ["0/metadata/annotations", "cannot decide: metadata.annotations is not known before the update"],
  },
  {
    rule: "limit-weight-jump",
    good: [virtualService],
    faults: [
      [
        "a jump",
        { "0/metadata/annotations": annotate({ ...STATE, weight: 100 }, SETTINGS, 25) },
        ["the weight rises from 25 to 100 %, by more than 50 points at a time"],
      ],
    ],
    fine: [
      ["a fall", { "0/metadata/annotations": annotate({ ...STATE, weight: 0 }, SETTINGS, 100) }],
      [
        "a blue/green switch",
        { "0/metadata/annotations": annotate({ ...STATE, weight: 100 }, { ...SETTINGS, strategy: "blueGreen" }, 0) },
      ],
    ],
    settings: [[{ most: 10 }, {}, ["the weight rises from 10 to 25 %, by more than 10 points at a time"]]],
    unknown: ["0/metadata/annotations", "cannot decide: metadata.annotations is not known before the update"],
  },
  {
    rule: "forbid-second-router",
    good: [virtualService, rollout, flagger],
    faults: [
      [
        "a Rollout that writes it",
        { "1/spec/strategy/canary/trafficRouting/istio/virtualService/name": "checkout" },
        ["Rollout shop/store writes its weights too"],
      ],
      [
        "a Rollout of the same Services",
        { "1/spec/strategy/canary/stableService": "checkout-blue" },
        ["Rollout shop/store moves traffic between the same Services"],
      ],
      [
        "a Canary of Flagger",
        { "2/spec/targetRef/name": "checkout" },
        ["Canary shop/cart (Flagger) moves the traffic of the same service"],
      ],
    ],
    fine: [["one that is not ours", { "0/metadata/annotations": {}, "2/spec/targetRef/name": "checkout" }]],
    unknown: ["1/spec/strategy/canary", "cannot decide: spec.strategy.canary is not known before the update"],
  },
  {
    rule: "resolve-subsets",
    good: [bySubset, subsets, service, deployment],
    faults: [
      [
        "no DestinationRule",
        { "1/spec/host": "cart" },
        ["route all: subset v1 of checkout, which has no DestinationRule"],
      ],
      [
        "no such subset",
        { "0/spec/http/0/route/0/destination/subset": "v2" },
        ["route all: subset v2 of checkout is not in DestinationRule shop/checkout"],
      ],
      [
        "a subset of no pods",
        { "1/spec/subsets/0/labels/version": "v9" },
        ["route all: subset v1 of checkout selects no pods (version=v9)"],
      ],
    ],
    fine: [
      ["a wildcard host", { "1/spec/host": "*.shop.svc.cluster.local" }],
      ["pods that are declared elsewhere", { "3": service, "1/spec/subsets/0/labels/version": "v9" }],
    ],
    unknown: ["1/spec/subsets", "cannot decide: spec.subsets is not known before the update"],
  },
  {
    rule: "require-tester-header",
    good: [virtualService, httpRoute, canaryIngress],
    faults: [
      [
        "no route by header",
        { "0/spec/http/0/match": [] },
        ["there is a candidate, and no route for requests with the header x-canary"],
      ],
      [
        "no rule by header",
        { "1/spec/rules/0/matches": [] },
        ["there is a candidate, and no route for requests with the header x-canary"],
      ],
      [
        "an Ingress by chance alone",
        { "2/metadata/annotations": { [`${NGINX}/canary`]: "true", [`${NGINX}/canary-weight`]: "20" } },
        ["it takes a part of the traffic by chance, and no header leads to it (canary-by-header)"],
      ],
    ],
    fine: [
      [
        "no candidate",
        {
          "0/metadata/annotations": annotate({ ...STATE, candidate: undefined, weight: 0 }),
          "0/spec/http/0/match": [],
        },
      ],
      [
        "an Ingress by cookie alone",
        { "2/metadata/annotations": { [`${NGINX}/canary`]: "true", [`${NGINX}/canary-by-cookie`]: "beta" } },
      ],
    ],
    unknown: ["0/spec/http", "cannot decide: spec.http is not known before the update"],
  },
  {
    rule: "forbid-shared-selector",
    good: [service, rollout, flagger],
    faults: [
      [
        "a Rollout's Service",
        { "1/spec/strategy/canary/stableService": "checkout" },
        ["Rollout shop/store writes its selector too"],
      ],
      [
        "a Canary's Service",
        { "2/spec/targetRef/name": "checkout" },
        ["Canary shop/cart (Flagger) makes this Service and writes its selector"],
      ],
      [
        "a Service that is declared twice",
        { "3": service },
        ["it is declared twice: also as r3", "it is declared twice: also as r0"],
      ],
    ],
    fine: [
      [
        "a Service that leaves its selector to Argo",
        { "0/spec/selector": undefined, "1/spec/strategy/canary/stableService": "checkout" },
      ],
    ],
    unknown: ["0/spec/selector", "cannot decide: spec.selector is not known before the update"],
  },
];
