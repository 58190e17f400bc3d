import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { containerAddress } from "../../../config/docker-host.ts";
import { activation } from "../../../config/edge/activation.ts";
import { EDGE_DIRECTORY, edgeRoutingBack, edgeRoutingOf } from "../../../config/edge/basis.ts";
import { renderEdge } from "../../../config/edge/edge.ts";
import { readServed } from "../../../config/edge/mark.ts";
import { readRouting, renderRouting } from "../../../config/edge/routing.ts";
import { rolledBack, SLOTS, type ReleaseState } from "../../../config/release-state.ts";
import { at, edgeStack } from "./stack.ts";

/** Where a Traefik may be: named, or on the PATH. */
const TRAEFIK = [
  process.env.SLUICE_TRAEFIK ?? "",
  ...(process.env.PATH ?? "").split(":").map((directory) => path.join(directory, "traefik")),
].find((place) => place !== "" && existsSync(place));

const ports = { port: 18_180, statusPort: 18_181 };
/** Addresses of the loopback: a server can be in the place of each container. */
const base = { docker: { subnet: "127.30.0.0/24" }, app: { name: "checkout", namespace: "shop", port: 18_182 } };
const segments = [
  { name: "enterprise", goesTo: "stable", when: [{ header: { name: "x-plan", exact: "a.b" } }] },
  {
    name: "beta",
    goesTo: "candidate",
    when: [
      { cookie: { name: "my-beta", regex: "y(es)?" }, userAgent: ".*Beta/\\d+.*" },
      { cidr: "10.0.0.0/8", header: { name: "x-region", regex: "eu|us" } },
    ],
  },
  { name: "quotes", goesTo: "candidate", when: [{ header: { name: "x-quote", exact: '"\\`' } }] },
];

describe("the edge Traefik", function () {
  this.timeout(90_000);
  let directory = "";
  let serial = 100;
  const closing: (() => unknown)[] = [];
  const here = (text: string) => text.replaceAll(EDGE_DIRECTORY, directory);
  const stackAt = (state: ReleaseState, sections: Readonly<Record<string, unknown>> = {}) =>
    edgeStack("traefik", { ...base, ...sections, release: state, router: ports });

  const ask = (url: string, headers: Readonly<Record<string, string>> = {}, port = ports.port) =>
    new Promise<{ status: number; body: string; headers: http.IncomingHttpHeaders }>((resolve, reject) => {
      const options = { host: "127.0.0.1", port, path: url, headers: { host: "checkout.example.com", ...headers } };
      http
        .get({ ...options, agent: false }, (response) => {
          let body = "";
          response.setEncoding("utf8").on("data", (part: string) => (body += part));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
        })
        .on("error", reject);
    });
  const activate = (text: string) =>
    new Promise<number>((resolve) => {
      const [program = "", ...args] = activation(text, {}, directory);
      execFile(program, args, (error) => resolve(error === null ? 0 : Number(error.code)));
    });
  const put = async (weight: number, sections?: Readonly<Record<string, unknown>>) => {
    serial += 1;
    assert.equal(await activate(renderRouting(edgeRoutingOf(stackAt(at(weight, serial), sections)))), 0);
  };
  const count = async (times: number, headers?: Readonly<Record<string, string>>) => {
    let candidate = 0;
    for (let i = 0; i < times; i += 1) candidate += (await ask("/api", headers)).body === "green" ? 1 : 0;
    return candidate;
  };

  before(async function () {
    if (TRAEFIK === undefined) this.skip();
    directory = await mkdtemp(path.join(os.tmpdir(), "sluice-traefik-"));
    const stack = stackAt(at(0, serial));
    const { file } = renderEdge(stack);
    await writeFile(path.join(directory, file.name), here(file.text));
    await writeFile(path.join(directory, "routing.yaml"), renderRouting(edgeRoutingOf(stack)));
    for (const slot of SLOTS)
      for (const index of [0, 1]) {
        const server = http.createServer(({ url }, response) => response.end(url === "/actuator/health" ? "UP" : slot));
        await new Promise<void>((resolve) =>
          server.listen(base.app.port, containerAddress(base.docker, slot, index), resolve),
        );
        closing.push(() => (server.closeAllConnections(), server.close()));
      }
    const daemon = spawn(TRAEFIK, [`--configFile=${path.join(directory, file.name)}`], { stdio: "ignore" });
    const ended = new Promise((resolve) => daemon.on("close", resolve));
    closing.push(async () => {
      daemon.kill("SIGKILL");
      await ended;
      await rm(directory, { recursive: true });
    });
    for (let i = 0; i < 600; i += 1) {
      const up = await ask("/sluice/routing", {}, ports.statusPort).catch(() => undefined);
      if (up?.status === 200) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("Traefik does not answer");
  });
  after(async () => {
    for (const close of closing) await close();
  });

  it("tells the serial and the weights in force, and splits by them", async () => {
    for (const [weight, candidate] of [
      [0, 0],
      [25, 10],
      [100, 40],
    ] as const) {
      await put(weight);
      const { body } = await ask("/sluice/routing", {}, ports.statusPort);
      assert.deepEqual(readServed(body), { serial, weights: { blue: 100 - weight, green: weight } });
      // Traefik deals requests out in turn, not by lot.
      const counted = await count(40);
      assert.ok(Math.abs(counted - candidate) <= 1, `${counted} of 40 at ${weight} %`);
    }
  });

  it("takes testers to the candidate, and marks its answers as its own", async () => {
    await put(0);
    const { body, headers } = await ask("/api", { "x-canary": "true" });
    assert.deepEqual([body, headers["x-sluice-slot"]], ["green", "green"]);
    assert.equal((await ask("/api")).headers["x-sluice-slot"], undefined);
  });

  const sent: readonly (readonly [string, Readonly<Record<string, string>>, number])[] = [
    ["nobody", {}, 0],
    ["the first segment", { "x-plan": "a.b", "x-quote": '"\\`' }, 0],
    ["a match of two conditions", { cookie: "a=1; my-beta=yes", "user-agent": "x Beta/2" }, 1],
    ["one of two conditions", { cookie: "a=1; my-beta=yes" }, 0],
    ["a part of a cookie", { cookie: "xmy-beta=yes", "user-agent": "Beta/2" }, 0],
    ["an address of elsewhere", { "x-region": "eu" }, 0],
    ["quotes and backslashes", { "x-quote": '"\\`' }, 1],
    ["testers before segments", { "x-plan": "a.b", "x-canary": "true" }, 1],
  ];
  it("takes segments to their side", async () => {
    await put(0, { audience: { segments } });
    for (const [who, headers, candidate] of sent) assert.equal(await count(1, headers), candidate, who);
  });

  it("splits by buckets, exactly", async () => {
    await put(37, { audience: { sticky: { header: "x-user-bucket" } } });
    for (const [bucket, candidate] of [
      ["00", 1],
      ["36", 1],
      ["37", 0],
      ["7", 0],
    ] as const)
      assert.equal(await count(1, { "x-user-bucket": bucket }), candidate, bucket);
    assert.equal(await count(1), 0);
  });

  it("tells each slot's health, and nothing of another host", async () => {
    assert.equal((await ask("/health/green")).body, "UP");
    assert.equal((await ask("/", { host: "elsewhere.example.com" })).status, 404);
  });

  it("counts the split's requests by slot, and those of testers apart", async () => {
    await put(0);
    const total = async (slot: string) => {
      const { body } = await ask("/metrics", {}, ports.statusPort);
      const lines = body.split("\n").filter((line) => line.startsWith("traefik_service_requests_total{"));
      const own = lines.filter((line) => line.includes(`service="shop-checkout-${slot}@file"`));
      return own.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
    };
    const [blue, green] = [await total("blue"), await total("green")];
    await count(5);
    await count(5, { "x-canary": "true" });
    assert.deepEqual([(await total("blue")) - blue, (await total("green")) - green], [5, 0]);
  });

  it("keeps the last good routing when Traefik does not follow the new one", async () => {
    await put(10);
    const before = await readFile(path.join(directory, "routing.yaml"), "utf8");
    const broken = `${renderRouting(edgeRoutingOf(stackAt(at(50, serial + 1))))}\n  - : [`;
    assert.equal(await activate(broken), 74);
    assert.equal(await readFile(path.join(directory, "routing.yaml"), "utf8"), before);
    assert.equal(readServed((await ask("/sluice/routing", {}, ports.statusPort)).body)?.serial, serial);
  });

  it("takes everybody back with nothing but the file, and refuses what is older", async () => {
    await put(60, { audience: { segments } });
    const facts = readRouting(await readFile(path.join(directory, "routing.yaml"), "utf8"));
    assert.ok(facts !== undefined);
    const text = renderRouting(edgeRoutingBack(facts.basis, rolledBack(facts.state)));
    assert.equal(await activate(text), 0);
    assert.equal(await count(10), 0);
    assert.equal(await count(1, { "x-canary": "true" }), 0);
    assert.equal(await activate(renderRouting(edgeRoutingOf(stackAt(at(50, serial))))), 71);
  });
});
