import assert from "node:assert/strict";
import fc from "fast-check";
import { containerAddress, edgeAddress, freeRange, mostReplicas, watchdogAddress } from "../../config/docker-host.ts";
import { SLOTS } from "../../config/release-state.ts";
import { problemsOf } from "./problems.ts";

const STACK = {
  app: { name: "checkout", namespace: "shop" },
  router: { kind: "nginx", hosts: ["checkout.example.com"] },
  docker: {},
  strategy: { kind: "canary" },
  checks: { requests: [{ path: "/api/quote" }] },
  metrics: { prometheus: "http://127.0.0.1:9090" },
  release: { live: "blue", serial: 1, blue: { version: "1.0.0", image: "checkout:1.0.0", replicas: 2 } },
};
const ISTIO = { kind: "istio", hosts: ["checkout.example.com"], gateways: ["edge/public"] };

describe("a stack on a Docker host", () => {
  const good: readonly (readonly [string, object])[] = [
    ["at hand", {}],
    ["over ssh", { docker: { host: "ssh://deploy@docker1.example.com" } }],
    ["over TLS", { docker: { host: "tcp://docker1.example.com:2376", tls: "certificates" } }],
    ["with a watchdog", { watchdog: { image: "sluice:0.1.0", alerts: { tokenSecret: "WATCHDOG_TOKEN" } } }],
    ["with what is the default on Kubernetes", { workload: { spread: { hosts: true }, disruption: {} } }],
  ];
  for (const [what, change] of good) {
    it(`is taken ${what}`, () => assert.deepEqual(problemsOf({ ...STACK, ...change }), []));
  }

  const bad: readonly (readonly [string, object, string])[] = [
    [
      "a host that is missing",
      { docker: undefined },
      'sluice:docker: is missing: router nginx is on a Docker host; "sluice:docker: {}" is the one at hand',
    ],
    [
      "a host beside a router of a cluster",
      { router: ISTIO },
      "sluice:docker: is for routers nginx, traefik and port, not istio: remove it",
    ],
    [
      "an engine without keys on the network",
      { docker: { host: "tcp://docker1.example.com:2375" } },
      "sluice:docker.tls: is missing: an engine that listens on the network without it gives the host away",
    ],
    [
      "a strategy of Kubernetes",
      { strategy: { kind: "rolling" } },
      "sluice:router.kind: strategy rolling needs another router than nginx: selector",
    ],
    [
      "an autoscaler",
      { workload: { autoscaling: { max: 5 } } },
      "sluice:workload.autoscaling: a Docker host has one size: remove it, and set the replicas",
    ],
    [
      "probes of Kubernetes",
      { workload: { probes: { readiness: "/ready" } } },
      "sluice:workload.probes: on a Docker host the containers' state is told by docker.health: remove it",
    ],
    [
      "feature flags",
      { flags: { beta: { on: true } } },
      "sluice:flags: needs a cluster: remove it, or take a router of Kubernetes",
    ],
    [
      "one port for two things",
      { router: { ...STACK.router, port: 8081 } },
      "sluice:router.statusPort: is router.port too: give each its own",
    ],
    [
      "root",
      { docker: { user: "0:0" } },
      "sluice:docker.user: write it as two numbers, for example 10001:10001; root is not allowed",
    ],
    [
      "a mirror",
      { audience: { mirror: { percent: 5 } } },
      "sluice:audience.mirror: router nginx cannot mirror requests; istio and gateway can",
    ],
  ];
  for (const [what, change, problem] of bad) {
    it(`is refused with ${what}`, () => {
      const problems = problemsOf({ ...STACK, ...change });
      assert.ok(
        problems.some((text) => text === problem || text.startsWith(`${problem} (`)),
        problems.join("\n"),
      );
    });
  }

  it("is refused with more containers than addresses", () => {
    const problems = problemsOf({
      ...STACK,
      docker: { subnet: "10.0.0.0/26" },
      strategy: { kind: "canary", replicas: 17 },
    });
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /^sluice:strategy\.replicas: .*10\.0\.0\.0\/26 has addresses for \(16\)/);
  });
});

describe("a stack with a port of a Docker host", () => {
  const alone = { version: "1.0.0", image: "checkout:1.0.0", replicas: 1 };
  const values = {
    ...STACK,
    router: { kind: "port", port: 8080 },
    strategy: { kind: "replace" },
    release: { live: "blue", serial: 1, blue: alone },
  };

  it("needs no metrics, and asks for a way to a new version only where the host is not at hand", () => {
    const { metrics: _, ...rest } = values;
    assert.deepEqual(problemsOf(rest), []);
    assert.deepEqual(problemsOf({ ...rest, docker: { host: "unix:///run/docker.sock" } }), []);
    const far = { ...rest, docker: { host: "ssh://deploy@docker1.example.com" } };
    assert.deepEqual(problemsOf(far), [
      "sluice:router.candidateUrl: is missing: the engine at ssh://deploy@docker1.example.com is not at hand",
    ]);
    const tunnel = { kind: "port", candidateUrl: "http://127.0.0.1:9000" };
    assert.deepEqual(problemsOf({ ...far, router: tunnel }), []);
  });

  const bad: readonly (readonly [string, object, string])[] = [
    [
      "nothing to check",
      { checks: undefined },
      "sluice:checks: is missing: strategy replace needs it, to know whether the old container may go",
    ],
    [
      "two containers",
      { release: { ...values.release, blue: { ...alone, replicas: 2 } } },
      "sluice:release.blue.replicas: is not 1: one container has the port (is 2)",
    ],
    [
      "a candidate",
      { release: { ...values.release, green: alone, candidate: "green" } },
      'sluice:release.candidate: strategy replace has no candidate: change the live version (is "green")',
    ],
    [
      "one port for two things",
      { router: { kind: "port", port: 18_080 } },
      "sluice:router.candidatePort: is router.port too: give each its own",
    ],
    [
      "a strategy with steps",
      { strategy: { kind: "canary" } },
      "sluice:router.kind: strategy canary needs another router than port: nginx and traefik",
    ],
    [
      "a watchdog",
      { watchdog: { image: "sluice:0.1.0" } },
      "sluice:watchdog: strategy replace has no release program that could die: remove it",
    ],
    [
      "an edge",
      { router: { kind: "nginx", hosts: ["checkout.example.com"] } },
      "sluice:router.kind: strategy replace needs another router than nginx: port",
    ],
  ];
  for (const [what, change, problem] of bad) {
    it(`is refused with ${what}`, () => {
      const problems = problemsOf({ ...values, ...change });
      assert.ok(problems.includes(problem), problems.join("\n"));
    });
  }
});

describe("addresses on a Docker host", () => {
  it("are of their slot and number", () => {
    const docker = { subnet: "172.29.0.0/24" };
    assert.equal(edgeAddress(docker), "172.29.0.2");
    assert.equal(watchdogAddress(docker), "172.29.0.3");
    assert.equal(freeRange(docker), "172.29.0.0/26");
    assert.equal(containerAddress(docker, "blue", 0), "172.29.0.64");
    assert.equal(containerAddress(docker, "green", 63), "172.29.0.191");
  });

  it("are all different, and none of those that the engine gives", () => {
    const subnets = fc.record({ a: fc.integer({ min: 0, max: 255 }), bits: fc.integer({ min: 16, max: 26 }) });
    fc.assert(
      fc.property(subnets, ({ a, bits }) => {
        const docker = { subnet: `10.${a}.7.200/${bits}` };
        const most = mostReplicas(docker);
        const indexes = [0, 1, Math.floor(most / 2), most - 1];
        const all = SLOTS.flatMap((slot) => indexes.map((index) => containerAddress(docker, slot, index)));
        assert.equal(new Set([...all, edgeAddress(docker), watchdogAddress(docker)]).size, all.length + 2);
      }),
      { numRuns: 50 },
    );
  });
});
