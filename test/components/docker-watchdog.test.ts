import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { recordService } from "./recorder.ts";

const IMAGE = "registry.example.com/sluice:0.1.0";
const TOKEN = "a token of the tests";
const STACK = {
  app: { name: "checkout", namespace: "shop" },
  router: { kind: "nginx", hosts: ["checkout.example.com"] },
  docker: {},
  strategy: { kind: "canary", replicas: 1 },
  checks: { requests: [{ path: "/api/quote" }] },
  metrics: { prometheus: "http://127.0.0.1:9090" },
  release: { live: "blue", serial: 3, blue: { version: "1.0.0", image: "checkout:1.0.0", replicas: 1 } },
  watchdog: { image: IMAGE },
};
const ALERTS = { image: IMAGE, alerts: { tokenSecret: "WATCHDOG_TOKEN", port: 9000 } };

async function containerOf(changes: object = {}, secrets: Readonly<Record<string, string>> = {}) {
  const { get } = await recordService({ ...STACK, ...changes }, secrets);
  return get("checkout-watchdog-container");
}

/** As the engine is told that a value is secret. */
function revealed(value: unknown): unknown {
  assert.ok(typeof value === "object" && value !== null && "value" in value, `${JSON.stringify(value)} is no secret`);
  return value.value;
}

describe("the watchdog of a Docker host", () => {
  it("is an image and one container, each below the service's component", async () => {
    const { resources } = await recordService(STACK);
    assert.deepEqual(
      resources
        .filter(({ name }) => name.includes("watchdog"))
        .map(({ name, parent, type }) => `${type} ${parent ?? "-"} > ${name}`),
      [
        "docker:index/container:Container checkout > checkout-watchdog-container",
        "docker:index/remoteImage:RemoteImage checkout > checkout-watchdog-image",
      ],
    );
  });

  it("is nothing that is not asked for", async () => {
    const { order } = await recordService({ ...STACK, watchdog: undefined });
    assert.deepEqual(
      order.filter((name) => name.includes("watchdog")),
      [],
    );
  });

  it("may speak to the engine, has bounded memory, and has no other right or way in", async () => {
    const { healthcheck, image, ...rest } = await containerOf();
    assert.deepEqual(rest, {
      name: "shop-checkout-watchdog",
      hostname: "checkout-watchdog",
      user: "0:0",
      command: [
        ...["watchdog", "--docker", "unix:///var/run/docker.sock"],
        ...["--namespace", "shop", "--app", "checkout"],
      ],
      envs: [],
      memory: 256,
      memorySwap: 256,
      ports: [],
      mounts: [{ type: "bind", source: "/var/run/docker.sock", target: "/var/run/docker.sock" }],
      networksAdvanced: [{ name: "shop", ipv4Address: "172.29.0.3" }],
      labels: [
        { label: "sluice.dev/app", value: "checkout" },
        { label: "sluice.dev/namespace", value: "shop" },
      ],
      readOnly: true,
      tmpfs: { "/tmp": "rw,nosuid,nodev,mode=1777" },
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      restart: "always",
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
      stopTimeout: 30,
      destroyGraceSeconds: 30,
      wait: true,
      waitTimeout: 60,
    });
    assert.equal(image, undefined, "the image's id, which mocks do not know");
    const { tests } = healthcheck as { readonly tests: readonly string[] };
    assert.deepEqual(tests.slice(0, 3), ["CMD", "node", "-e"]);
    assert.match(tests[3] ?? "", /"\/var\/run\/docker\.sock", path: "\/_ping"/);
  });

  it("is healthy while it can ask the engine", async () => {
    const { healthcheck } = await containerOf();
    const [, program = "", ...args] = (healthcheck as { readonly tests: readonly string[] }).tests;
    const directory = await mkdtemp(path.join(tmpdir(), "sluice-ping-"));
    const socket = path.join(directory, "docker.sock");
    const ping = () =>
      promisify(execFile)(
        program,
        args.map((arg) => arg.replace("/var/run/docker.sock", socket)),
      );
    await assert.rejects(ping, { code: 1, stderr: /ENOENT/ }, "nobody listens");
    let status = 200;
    const server = createServer((request, response) => {
      response.writeHead(request.url === "/_ping" ? status : 404).end("OK");
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      await ping();
      status = 500;
      await assert.rejects(ping, { code: 1 });
    } finally {
      server.close();
      await rm(directory, { recursive: true });
    }
  });

  it("is root only where nobody says which group may open the socket", async () => {
    assert.equal((await containerOf({ watchdog: { image: IMAGE, socketGroup: 998 } })).user, "65532:998");
  });

  const PLACES: readonly (readonly [string, object, string])[] = [
    [
      "an engine at hand, at a place of its own",
      { docker: { host: "unix:///run/user/7/docker.sock" } },
      "/run/user/7/docker.sock",
    ],
    ["an engine over ssh", { docker: { host: "ssh://deploy@docker1.example.com" } }, "/var/run/docker.sock"],
    ["an engine over TLS", { docker: { host: "tcp://docker1.example.com:2376", tls: "keys" } }, "/var/run/docker.sock"],
    [
      "a socket that the stack file names",
      { docker: { host: "unix:///mine.sock" }, watchdog: { image: IMAGE, socket: "/run/other.sock" } },
      "/run/other.sock",
    ],
  ];
  for (const [what, changes, source] of PLACES) {
    it(`speaks to the engine of its own host by its socket: ${what}`, async () => {
      const { mounts } = await containerOf(changes);
      assert.deepEqual(mounts, [{ type: "bind", source, target: "/var/run/docker.sock" }]);
    });
  }

  it("listens for alerts on the host's loopback address, with a token that is a secret", async () => {
    const { command, envs, ports } = await containerOf({ watchdog: ALERTS }, { WATCHDOG_TOKEN: TOKEN });
    assert.deepEqual((command as readonly string[]).slice(-2), ["--listen", "0.0.0.0:9000"]);
    assert.deepEqual(ports, [{ internal: 9000, external: 9000, ip: "127.0.0.1", protocol: "tcp" }]);
    assert.deepEqual(revealed(envs), [`SLUICE_WATCHDOG_TOKEN=${TOKEN}`]);
  });

  it("listens for alerts elsewhere only when told", async () => {
    const alerts = { ...ALERTS.alerts, address: "10.0.0.5" };
    const { ports } = await containerOf({ watchdog: { image: IMAGE, alerts } }, { WATCHDOG_TOKEN: TOKEN });
    assert.deepEqual(ports, [{ internal: 9000, external: 9000, ip: "10.0.0.5", protocol: "tcp" }]);
  });

  it("keeps its token from the service, which gets all other secrets", async () => {
    const secrets = { PASSWORD: "hush", WATCHDOG_TOKEN: TOKEN };
    const { get } = await recordService({ ...STACK, watchdog: ALERTS }, secrets);
    const envs = revealed(get("checkout-blue-0").envs) as readonly string[];
    assert.ok(envs.includes("PASSWORD=hush"));
    assert.ok(!envs.some((variable) => variable.includes(TOKEN)), envs.join(" "));
    assert.deepEqual(revealed(get("checkout-blue-1.0.0-settings").secrets), { PASSWORD: "hush" });
  });

  it("gets no secret that it does not need", async () => {
    assert.deepEqual((await containerOf({}, { WATCHDOG_TOKEN: TOKEN })).envs, []);
  });

  it("is not declared without its token", async () => {
    const failed = new Promise<unknown>((resolve) => process.once("unhandledRejection", resolve));
    const { order } = await recordService({ ...STACK, watchdog: ALERTS }, { WATCHDOG_TOKEN: "short" });
    assert.ok(!order.includes("checkout-watchdog-container"));
    assert.match(String(await failed), /sluice:secrets\.WATCHDOG_TOKEN: is a token of fewer than 16 characters/);
  });
});
