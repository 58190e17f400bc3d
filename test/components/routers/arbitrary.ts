import fc from "fast-check";
import { ROUTER_ABILITIES, STRATEGY_ROUTERS, type Ability } from "../../../config/router-abilities.ts";
import type { RouterKind } from "../../../config/router.ts";
import { ROUTERS, stackOf } from "./routing.ts";
import type { Request } from "./simulate.ts";

const plan = fc.constantFrom("enterprise", "vip", "free", "xvipx");
const agent = fc.constantFrom("Beta/1.0", "Mozilla/5.0 Beta/2", "curl/8");
const address = fc.constantFrom("10.1.2.3", "10.2.0.9", "110.1.2.3", "192.168.7.200");
const cookies = fc.constantFrom("beta=yes", "a=b; beta=yes; c=d", "a=b;beta=no", "xbeta=yes", "beta=yesterday");
const bucket = fc.integer({ min: 0, max: 99 }).map((n) => String(n).padStart(2, "0"));

/** A request with any of the headers that a rule could ask for. */
export const request: fc.Arbitrary<Request> = fc
  .record(
    {
      "x-canary": fc.constantFrom("true", "false"),
      "x-plan": plan,
      "user-agent": agent,
      cookie: cookies,
      "x-forwarded-for": fc.tuple(address, address).map(([client, seen]) => `${client}, ${seen}`),
      "x-user-bucket": fc.oneof(bucket, fc.constantFrom("7", "007", "1x")),
      "ab-test-group": fc.constantFrom("a", "b", "c+", "cc"),
    },
    { requiredKeys: [] },
  )
  .map((headers) => headers as Request);

const conditions = {
  header: fc.oneof(
    fc.record({ name: fc.constant("x-plan"), exact: plan }),
    fc.record({ name: fc.constant("x-plan"), regex: fc.constantFrom("vip|free", "ent.*") }),
  ),
  cookie: fc.oneof(
    fc.record({ name: fc.constant("beta"), exact: fc.constant("yes") }),
    fc.record({ name: fc.constant("beta"), regex: fc.constantFrom("yes|no", "y[a-z]+") }),
  ),
  userAgent: fc.constantFrom("Beta/.*", ".*Beta.*", "curl/8"),
  cidr: fc.constantFrom("10.1.0.0/16", "10.0.0.0/14", "192.168.7.128/25", "0.0.0.0/0", "10.2.0.9/32"),
};

function matchFor(can: readonly Ability[]) {
  const able = Object.entries(conditions).filter(([ability]) => can.includes(ability as Ability));
  const one = able.map(([key, value]) => fc.record({ [key]: value as fc.Arbitrary<unknown> }));
  const all = fc.record(Object.fromEntries(able));
  return fc.oneof(...one, ...(can.includes("combined") ? [all] : []));
}

function audienceFor(can: readonly Ability[], mayBeSticky: boolean) {
  const segments = can.includes("header")
    ? fc.uniqueArray(
        fc.record({
          name: fc.constantFrom("beta", "vip", "region", "internal"),
          goesTo: fc.constantFrom("candidate", "stable"),
          when: fc.array(matchFor(can), { minLength: 1, maxLength: 3 }),
        }),
        { maxLength: 4, selector: ({ name }) => name },
      )
    : fc.constant([]);
  const optional = {
    ...(mayBeSticky && can.includes("bucket") ? { sticky: fc.constant({ header: "x-user-bucket" }) } : {}),
    ...(can.includes("mirror") ? { mirror: fc.record({ percent: fc.integer({ min: 1, max: 100 }) }) } : {}),
  };
  return fc.record({ segments, ...optional }, { requiredKeys: ["segments"] });
}

const percent = fc.integer({ min: 1, max: 99 });

function strategyFor(kind: RouterKind) {
  const experiments = fc.record({
    kind: fc.constant("experiment"),
    percent,
    assignment: fc.constantFrom({ by: "bucket" }, { by: "header", values: ["b", "c+"] }),
  });
  const plain = fc.constantFrom({ kind: "canary" }, { kind: "blueGreen" });
  return fc.oneof(plain, experiments).filter((strategy) => STRATEGY_ROUTERS[strategy.kind as "canary"].includes(kind));
}

/** Any weight that the strategy and the router know. */
function weightsFor(kind: RouterKind, strategy: { readonly kind: string; readonly percent?: number }) {
  if (kind === "selector") return fc.constantFrom(0, 100);
  if (strategy.percent !== undefined) return fc.constantFrom(0, strategy.percent);
  return fc.oneof(fc.integer({ min: 0, max: 100 }), fc.constantFrom(0, 1, 99, 100));
}

/** A stack file, as it is before it is parsed. */
export type Values = Readonly<Record<string, unknown>> & { readonly release: object };

/** Any stack that can be declared with this router, with a candidate or without; and any other weight of its own. */
export function stacksOf(kind: RouterKind): fc.Arbitrary<{ values: Values; otherWeight: number }> {
  const can = ROUTER_ABILITIES[kind];
  return strategyFor(kind).chain((strategy) =>
    fc
      .record({
        audience: audienceFor(can, strategy.kind !== "experiment"),
        live: fc.constantFrom("blue", "green"),
        candidate: fc.boolean(),
        weight: weightsFor(kind, strategy),
        otherWeight: weightsFor(kind, strategy),
      })
      .map(({ audience, candidate, live, otherWeight, weight }) => {
        const version = { version: "1.0.0", image: "checkout:1.0.0", replicas: 2 };
        const under = candidate ? { candidate: live === "blue" ? "green" : "blue", weight } : {};
        const release = { live, serial: 4, blue: version, green: version, ...under };
        const values = { ...stackOf({ router: ROUTERS[kind], strategy, audience }), release };
        return { values, otherWeight: candidate ? otherWeight : 0 };
      }),
  );
}
