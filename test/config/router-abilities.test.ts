import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { ROUTER_ABILITIES, STRATEGY_ROUTERS, type Ability } from "../../config/router-abilities.ts";
import { ROUTER_KINDS, type RouterKind } from "../../config/router.ts";
import { ROUTERS, stackOf } from "../components/routers/routing.ts";
import { problemsOf } from "./problems.ts";

const segment = (match: object) => ({ segments: [{ name: "beta", goesTo: "candidate", when: [match] }] });
const HEADER = { header: { name: "x-plan", exact: "vip" } };

/** A setting that needs the ability, and where it stands. */
const NEEDS: Readonly<Record<Exclude<Ability, "percent">, readonly [audience: object, path: string]>> = {
  header: [segment(HEADER), "audience.segments[0].when[0].header"],
  cookie: [segment({ cookie: { name: "beta", exact: "yes" } }), "audience.segments[0].when[0].cookie"],
  userAgent: [segment({ userAgent: "Beta/.*" }), "audience.segments[0].when[0].userAgent"],
  cidr: [segment({ cidr: "10.0.0.0/8" }), "audience.segments[0].when[0].cidr"],
  cidr6: [segment({ cidr: "2001:db8::/32" }), "audience.segments[0].when[0].cidr"],
  combined: [segment({ ...HEADER, userAgent: "Beta/.*" }), "audience.segments[0].when[0]"],
  bucket: [{ sticky: { header: "x-user-bucket" } }, "audience.sticky"],
  mirror: [{ mirror: { percent: 5 } }, "audience.mirror"],
};

const WORDS: Readonly<Record<Exclude<Ability, "percent">, string>> = {
  header: "match a header; istio, gateway and kong can",
  cookie: "match a cookie; istio, gateway and kong can",
  userAgent: "match the user agent; istio, gateway and kong can",
  cidr: "match the client's IPv4 address; istio can",
  cidr6:
    "match the client's IPv6 address; no router on Kubernetes can; have the load balancer in front set a header, and match that",
  combined: "put two conditions into one match and keep the order of segments; istio can",
  bucket: "match ranges of buckets; istio, gateway and kong can",
  mirror: "mirror requests; istio and gateway can",
};

const ABILITIES = Object.keys(NEEDS) as readonly Exclude<Ability, "percent">[];

describe("abilities of routers", () => {
  // What has no slots to split between is refused for its strategy.
  for (const kind of ROUTER_KINDS.filter((each) => each !== "port")) {
    for (const ability of ABILITIES) {
      const [audience, where] = NEEDS[ability];
      const can = ROUTER_ABILITIES[kind].includes(ability);
      it(`${can ? "let" : "refuse"} ${kind} ${ability}`, () => {
        const problems = problemsOf(stackOf({ router: ROUTERS[kind], audience }));
        const refusal = `sluice:${where}: router ${kind} cannot ${WORDS[ability]}`;
        if (can) assert.deepEqual(problems, []);
        else assert.ok(problems.includes(refusal), problems.join("\n"));
      });
    }
  }

  it("are refused all at once", () => {
    const audience = { ...segment({ ...HEADER, cidr: "10.0.0.0/8" }), mirror: { percent: 5 } };
    assert.deepEqual(problemsOf(stackOf({ router: ROUTERS.kong, audience })), [
      `sluice:${NEEDS.cidr[1]}: router kong cannot ${WORDS.cidr}`,
      `sluice:${NEEDS.combined[1]}: router kong cannot ${WORDS.combined}`,
      `sluice:${NEEDS.mirror[1]}: router kong cannot ${WORDS.mirror}`,
    ]);
  });

  const wrong: readonly (readonly [object, RouterKind, string])[] = [
    [
      { kind: "canary" },
      "selector",
      "strategy canary needs another router than selector: istio, gateway, ingressNginx and kong",
    ],
    [{ kind: "rolling" }, "istio", "strategy rolling needs another router than istio: selector"],
    [
      { kind: "experiment" },
      "ingressNginx",
      "strategy experiment needs another router than ingressNginx: istio, gateway and kong",
    ],
    [{ kind: "argo" }, "kong", "strategy argo needs another router than kong: istio and selector"],
    [{ kind: "argo", plan: { kind: "canary" } }, "selector", "Argo's canary needs router istio"],
    [{ kind: "argo", plan: { kind: "blueGreen" } }, "istio", "Argo's blueGreen needs router selector"],
  ];
  for (const [strategy, kind, message] of wrong) {
    it(`refuse ${JSON.stringify(strategy)} with ${kind}`, () => {
      const problems = problemsOf(stackOf({ router: ROUTERS[kind], strategy }));
      assert.ok(problems.includes(`sluice:router.kind: ${message}`), problems.join("\n"));
    });
  }

  it("are what docs/routers.md says", async () => {
    const page = await readFile(path.resolve(import.meta.dirname, "../../docs/routers.md"), "utf8");
    const tableOf = (rows: readonly string[]) =>
      Object.fromEntries(
        rows.map((row) => {
          const line = page.split("\n").find((text) => text.startsWith(`| \`${row}\``)) ?? "";
          const cells = line
            .split("|")
            .slice(2, -1)
            .map((cell) => cell.trim());
          return [row, cells];
        }),
      );
    const abilities: readonly Ability[] = ["percent", ...ABILITIES];
    const marks = (able: (kind: RouterKind) => boolean) => ROUTER_KINDS.map((kind) => (able(kind) ? "yes" : "–"));
    assert.deepEqual(
      tableOf(abilities),
      Object.fromEntries(
        abilities.map((ability) => [ability, marks((kind) => ROUTER_ABILITIES[kind].includes(ability))]),
      ),
    );
    const strategies = Object.entries(STRATEGY_ROUTERS);
    assert.deepEqual(
      tableOf(strategies.map(([strategy]) => strategy)),
      Object.fromEntries(strategies.map(([strategy, routers]) => [strategy, marks((kind) => routers.includes(kind))])),
    );
    const header = `| ${["ability", ...ROUTER_KINDS].join(" | ")} |`;
    assert.ok(page.replace(/ +\|/g, " |").includes(header), "the columns are in another order");
  });
});
