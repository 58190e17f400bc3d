import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { ConfigError, parseStackConfig } from "../../config/parse.ts";
import { ROUTER_KINDS } from "../../config/router.ts";
import { renderAdvice, renderExcerpt } from "../../release/advise-text.ts";
import { advise, CHANGES, situationOf, type Answers } from "../../release/advise.ts";
import { expectDetection, requestsToPass } from "../../release/gate/foresight.ts";
import { STACK, stackConfig } from "./world.ts";

const adviceFor = (answers: Answers, stack?: ReturnType<typeof stackConfig>) => advise(situationOf(answers, stack));

function textFor(answers: Answers, stack?: ReturnType<typeof stackConfig>): string {
  return renderAdvice(adviceFor(answers, stack), answers.router ?? stack?.router.kind);
}

const gate = { falseAlarm: 0.01, limit: 0.01, tolerate: 1.25, ignoreBelow: 0.001 };

describe("what the gate will see", () => {
  it("is what the gate's description says of 50 requests/s: 6 minutes at 1 %, a minute and a half at 5 %", () => {
    const seen = (weight: number) => expectDetection(gate, { fault: 0.02, stable: 0.001 }, (50 * weight) / 100, 15_000);
    assert.equal(Math.round(seen(1).ms / 1_000), 378);
    assert.equal(Math.round(seen(5).ms / 1_000), 82);
    assert.equal(seen(1).failed.toFixed(1), "3.7");
  });

  const passes: readonly (readonly [number, number | undefined])[] = [
    [0, 375],
    [0.001, 502],
    [0.005, 2_702],
    [0.01, undefined],
    [0.02, undefined],
  ];
  for (const [failing, requests] of passes) {
    it(`takes ${String(requests)} requests to pass with ${failing * 100} % failing`, () => {
      assert.equal(requestsToPass(gate, failing), requests);
    });
  }
});

describe("advice", () => {
  it("is a canary for a change of every day, from the step that shows a fault soon", () => {
    assert.equal(
      textFor({ change: "daily", traffic: 50 }),
      `Advice: canary through router istio, weights 5, 10, 25, 50, 100.

Why:
  - a small change of every day: few users see it first, and the gate takes it back by itself
  - at 50 requests/s a step of 1 % sees 30 in 1 m; a version of which 2 % fail is seen after 6 m 30 s and 4 failed requests: too late; at 5 % after 1 m 24 s: begin there
  - a good version is proved below the limit of 1 % by 502 requests: 3 m 21 s at 5 %
  - router istio: its edge counts the versions apart; able are istio, gateway, ingressNginx, kong

For the stack file, under config:
  sluice:strategy:
    kind: canary
    weights: [5, 10, 25, 50, 100]
  sluice:router:
    kind: istio
    hosts: [checkout.example.com] # yours
    gateways: [istio-ingress/public] # yours`,
    );
  });

  it("takes gate, steps and router from the stack", () => {
    assert.equal(
      textFor({ change: "daily", traffic: 1_000, failing: 0.4 }, stackConfig()),
      `Advice: canary through router istio, weights 5, 25, 50, 100.

Why:
  - a small change of every day: few users see it first, and the gate takes it back by itself
  - at 1000 requests/s a step of 5 % sees 750 in 15 s; a version of which 2 % fail is seen after 12 s and 12 failed requests: soon enough to begin there
  - a good version is proved below the limit of 1 % by 1707 requests: 34 s at 5 %
  - router istio is there, and can do it

For the stack file, under config:
  sluice:strategy:
    kind: canary
    weights: [5, 25, 50, 100]`,
    );
  });

  it("is one switch where there is too little traffic for steps", () => {
    assert.equal(
      textFor({ change: "daily", traffic: 1, router: "selector" }),
      `Advice: blueGreen through router selector, one switch, watched for 7 m.

Why:
  - a small change of every day, which few users would see first, if there were enough of them
  - at 1 requests/s a step of 1 % sees 1 in 1 m; a version of which 2 % fail is seen after 5 h 18 m and 4 failed requests
  - even 50 % would take 6 m 30 s: too long for steps, so there is one
  - with all of 1 requests/s a version of which 2 % fail is seen after 3 m 19 s and 4 failed requests
  - router selector is there, and can do it

For the stack file, under config:
  sluice:strategy:
    kind: blueGreen
    bake: 7m`,
    );
  });

  it("is one switch and an expansion for a change of the database", () => {
    assert.equal(
      textFor({ change: "database", router: "gateway", statefulSessions: true }),
      `Advice: blueGreen through router gateway, one switch.

Why:
  - a change of the database: it is expanded before the version has a pod, and both versions work with it then
  - one switch keeps the time short in which two versions write; the old version stays warm for the way back, and what only it needed is removed by an approval of its own (database.contract)
  - sessions belong to a version: all of them end at the switch, unless the versions share a store
  - router gateway is there, and can do it

For the stack file, under config:
  sluice:strategy:
    kind: blueGreen
  sluice:database:
    backup: { command: [/app/backup] } # yours
    expand: { command: [/app/migrate, expand] } # yours
    contract: { command: [/app/migrate, contract] } # yours; approvedFor comes later`,
    );
  });

  const rows: readonly (readonly [string, Answers, Partial<ReturnType<typeof advise>>])[] = [
    [
      "a major change: one switch, and flags",
      { change: "major" },
      { strategy: "blueGreen", beside: ["flags"], weights: undefined },
    ],
    [
      "an urgent fix: one switch, and no more",
      { change: "urgent", traffic: 200 },
      { strategy: "blueGreen", beside: [], bakeMs: 300_000 },
    ],
    ["no traffic given: the usual steps", { change: "daily" }, { weights: [1, 5, 10, 25, 50, 100] }],
    ["much traffic: the usual steps", { change: "daily", traffic: 200 }, { weights: [1, 5, 10, 25, 50, 100] }],
    [
      "a selector cannot split: another router",
      { change: "daily", router: "selector" },
      { strategy: "canary", router: "istio" },
    ],
    ["ingress-nginx can split", { change: "daily", router: "ingressNginx" }, { router: "ingressNginx", sticky: false }],
    [
      "but cannot keep a user on one side",
      { change: "daily", router: "ingressNginx", statefulSessions: true },
      { router: "istio", sticky: true },
    ],
    ["Kong can", { change: "daily", router: "kong", statefulSessions: true }, { router: "kong", sticky: true }],
  ];
  for (const [what, answers, expected] of rows) {
    it(`for ${what}`, () => {
      const advice = adviceFor(answers);
      assert.deepEqual({ ...advice, ...expected }, advice);
    });
  }

  it("says why a router is not taken, and that nothing can be proved against a sick stable", () => {
    assert.ok(
      adviceFor({ change: "daily", router: "ingressNginx", statefulSessions: true }).reasons.includes(
        "router ingressNginx cannot keep a user on one side: take istio; able are istio, gateway, kong",
      ),
    );
    assert.ok(
      adviceFor({ change: "daily", traffic: 500, failing: 3 }).reasons.includes(
        "with 3 % failing already no version is proved below the limit of 1 %",
      ),
    );
  });

  it("is always something that the schema takes, whatever was answered", () => {
    const answers = fc.record(
      {
        change: fc.constantFrom(...CHANGES),
        traffic: fc.double({ min: 0.001, max: 1e5, noNaN: true }),
        failing: fc.double({ min: 0.0001, max: 40, noNaN: true }),
        statefulSessions: fc.boolean(),
        router: fc.constantFrom(...ROUTER_KINDS),
      },
      { requiredKeys: ["change"] },
    );
    const istio = STACK.router;
    const routers = {
      istio,
      gateway: { ...istio, kind: "gateway" },
      kong: { ...istio, kind: "kong" },
      selector: { kind: "selector" },
      ingressNginx: { kind: "ingressNginx", hosts: istio.hosts },
      nginx: { kind: "nginx", hosts: istio.hosts },
      traefik: { kind: "traefik", hosts: istio.hosts },
      port: { kind: "port" },
    };
    fc.assert(
      fc.property(answers, (given) => {
        const present = given.router;
        const docker = present === "nginx" || present === "traefik" ? { docker: {} } : {};
        const pasted = parse(renderExcerpt(adviceFor(given), present)) as Record<string, Record<string, unknown>>;
        const sections = Object.entries(pasted).map(([key, value]) => [key.replace("sluice:", ""), value] as const);
        const values = { ...STACK, router: routers[present ?? "istio"], ...docker, ...Object.fromEntries(sections) };
        try {
          parseStackConfig(values, "excerpt");
        } catch (error) {
          assert.fail(error instanceof ConfigError ? error.message : String(error));
        }
      }),
    );
  });
});
