import assert from "node:assert/strict";
import { parseStackConfig } from "../../config/parse.ts";
import { findTokenProblems } from "../../config/secrets.ts";
import { STACK } from "../release/world.ts";
import { problemsOf } from "./problems.ts";

const IMAGE = "sluice:0.1.0";
const HOST = { ...STACK, docker: {}, router: { kind: "traefik", hosts: ["checkout.example.com"] } };
const on = (stack: object, watchdog: object) => ({ ...stack, watchdog: { image: IMAGE, ...watchdog } });

describe("a watchdog in a stack file", () => {
  it("is taken in a cluster and on a Docker host", () => {
    assert.deepEqual(problemsOf(on(STACK, { apiServer: "10.0.0.1:6443", alerts: { tokenSecret: "the-token" } })), []);
    assert.deepEqual(
      problemsOf(on(HOST, { socket: "/run/docker.sock", socketGroup: 998, alerts: { tokenSecret: "TOKEN" } })),
      [],
    );
  });

  const bad: readonly (readonly [string, object, readonly string[]])[] = [
    [
      "with settings of a Docker host in a cluster",
      on(STACK, { socket: "/x", socketGroup: 1, alerts: { tokenSecret: "the-token", address: "0.0.0.0" } }),
      ["socket", "socketGroup", "alerts.address"].map(
        (key) => `sluice:watchdog.${key}: is for a Docker host: remove it`,
      ),
    ],
    [
      "with a name that no Secret can have",
      on(STACK, { alerts: { tokenSecret: "THE_TOKEN" } }),
      [
        "sluice:watchdog.alerts.tokenSecret: use lower-case letters, digits and '-', starting with a letter (is \"THE_TOKEN\")",
      ],
    ],
    [
      "with an API server on a Docker host",
      on(HOST, { apiServer: "10.0.0.1:6443" }),
      ["sluice:watchdog.apiServer: a Docker host has none: remove it"],
    ],
    [
      "on a port of the edge",
      on(HOST, { alerts: { tokenSecret: "TOKEN", port: 8081 } }),
      ["sluice:watchdog.alerts.port: is router.statusPort too: give each its own (is 8081)"],
    ],
    [
      "with a socket that is no path",
      on(HOST, { socket: "unix:///var/run/docker.sock" }),
      [
        "sluice:watchdog.socket: write it as a path of the host, for example /var/run/docker.sock " +
          '(is "unix:///var/run/docker.sock")',
      ],
    ],
    [
      "where no release program moves the traffic",
      on({ ...HOST, strategy: { kind: "experiment" }, release: { ...STACK.release } }, {}),
      ["sluice:watchdog: strategy experiment has no release program that could die: remove it"],
    ],
  ];
  for (const [what, values, problems] of bad) {
    it(`is refused ${what}`, () => assert.deepEqual(problemsOf(values), problems));
  }

  it("needs on a Docker host a token among the secrets, which is never told", () => {
    const stack = parseStackConfig(on(HOST, { alerts: { tokenSecret: "TOKEN" } }), "test");
    assert.deepEqual(findTokenProblems({ TOKEN: "sixteen letters!" }, stack), []);
    assert.deepEqual(findTokenProblems({ OTHER: "sixteen letters!" }, stack), [
      "sluice:watchdog.alerts.tokenSecret: sluice:secrets has no TOKEN; " +
        'set it by "pulumi config set --secret --path sluice:secrets.TOKEN"',
    ]);
    assert.deepEqual(findTokenProblems({ TOKEN: "fifteen letters" }, stack), [
      "sluice:secrets.TOKEN: is a token of fewer than 16 characters",
    ]);
  });

  it("needs none where nobody listens, nor in a cluster, whose Secret has it", () => {
    for (const values of [on(HOST, {}), on(STACK, { alerts: { tokenSecret: "the-token" } })]) {
      assert.deepEqual(findTokenProblems({}, parseStackConfig(values, "test")), []);
    }
  });
});
