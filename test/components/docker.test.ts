import assert from "node:assert/strict";
import { recordService, type Recording } from "./recorder.ts";

const VERSION = { version: "1.0.0", image: "checkout:1.0.0", replicas: 2 };
const STACK = {
  app: { name: "checkout", namespace: "shop" },
  router: { kind: "nginx", hosts: ["checkout.example.com"] },
  docker: { host: "unix:///var/run/docker.sock" },
  strategy: { kind: "canary", replicas: 2 },
  checks: { requests: [{ path: "/api/quote" }] },
  metrics: { prometheus: "http://127.0.0.1:9090" },
  release: { live: "blue", serial: 3, blue: VERSION },
};
const CANARY = {
  ...STACK,
  release: {
    live: "blue",
    serial: 5,
    candidate: "green",
    weight: 25,
    blue: VERSION,
    green: { ...VERSION, version: "1.1.0", image: "checkout:1.1.0" },
  },
};

interface Routing {
  readonly base: { readonly name: string; readonly text: string };
  readonly routing: string;
}

function routingOf({ get }: Recording): Routing {
  return get("checkout-edge-weights") as unknown as Routing;
}

describe("a service on a Docker host", () => {
  it("is a network, the slots' containers and the edge, each below its component", async () => {
    const { resources } = await recordService(STACK);
    assert.deepEqual(
      resources.map(({ name, parent, type }) => `${type} ${parent ?? "-"} > ${name}`),
      [
        "docker:index/container:Container checkout > checkout-edge-container",
        "docker:index/container:Container checkout-blue > checkout-blue-0",
        "docker:index/container:Container checkout-blue > checkout-blue-1",
        "docker:index/network:Network checkout > checkout-network",
        "docker:index/remoteImage:RemoteImage checkout > checkout-edge-image",
        "docker:index/remoteImage:RemoteImage checkout-blue > checkout-blue-image",
        "docker:index/volume:Volume checkout > checkout-edge-volume",
        "docker:index/volume:Volume checkout-blue > checkout-blue-1.0.0-settings-volume",
        "pulumi-nodejs:dynamic/docker:EdgeRouting checkout > checkout-edge-weights",
        "pulumi-nodejs:dynamic/docker:KeptSettings checkout-blue > checkout-blue-1.0.0-settings",
        "sluice:docker:Release - > checkout",
        "sluice:docker:Slot checkout > checkout-blue",
      ].toSorted((a, b) => {
        const keyOf = (line: string) => line.replace(/ \S+ >/, "");
        return keyOf(a).localeCompare(keyOf(b));
      }),
    );
  });

  it("gives each container its own name and address, limits, no rights, and nothing to write but scratch", async () => {
    const { get } = await recordService(STACK);
    const container = get("checkout-blue-1");
    const { envs, healthcheck, image, labels, networksAdvanced, ...rest } = container;
    assert.deepEqual(rest, {
      name: "shop-checkout-blue-1",
      user: "10001:10001",
      memory: 1024,
      memorySwap: 1024,
      memoryReservation: 512,
      cpus: "2",
      cpuShares: 512,
      readOnly: true,
      tmpfs: { "/tmp": "rw,nosuid,nodev,mode=1777" },
      capabilities: { drops: ["ALL"] },
      securityOpts: ["no-new-privileges:true"],
      restart: "always",
      logDriver: "json-file",
      logOpts: { "max-size": "10m", "max-file": "3" },
      stopTimeout: 45,
      destroyGraceSeconds: 45,
      volumes: [{ volumeName: "shop-checkout-blue-1.0.0", containerPath: "/etc/settings", readOnly: true }],
      wait: true,
      waitTimeout: 300,
    });
    assert.deepEqual(networksAdvanced, [{ name: "shop", ipv4Address: "172.29.0.65", aliases: ["checkout-blue"] }]);
    assert.deepEqual(healthcheck, {
      tests: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:8080/actuator/health"],
      interval: "10s",
      timeout: "5s",
      retries: 3,
      startPeriod: "1m0s",
    });
    assert.deepEqual(
      (labels as { label: string; value: string }[]).map(({ label, value }) => `${label}=${value}`),
      [
        "prometheus.io/path=/actuator/prometheus",
        "prometheus.io/port=8080",
        "prometheus.io/scrape=true",
        "sluice.dev/app=checkout",
        "sluice.dev/namespace=shop",
        "sluice.dev/slot=blue",
        "sluice.dev/version=1.0.0",
      ],
    );
    assert.ok((envs as string[]).includes("SERVER_SHUTDOWN=graceful"));
    assert.equal(image, undefined);
  });

  it("lets settings and secrets of a version stay as they came, and the workload's variables win", async () => {
    const workload = { settings: { env: { A: "kept", B: "kept" } }, env: { C: "all" } };
    const { get, resources } = await recordService({ ...STACK, workload }, { PASSWORD: "secret" });
    // A list that holds a secret is one as a whole.
    const { value: envs } = get("checkout-blue-0").envs as { readonly value: readonly string[] };
    assert.deepEqual(
      envs.filter((variable) => /^(A|B|C|PASSWORD)=/.test(variable)),
      ["A=kept", "B=kept", "C=all", "PASSWORD=secret"],
    );
    const kept = resources.find(({ name }) => name === "checkout-blue-1.0.0-settings");
    assert.deepEqual(kept?.ignoreChanges, ["docker", "volume", "image", "env", "files", "secrets"]);
  });

  it("publishes the edge to users, and its state to the host alone", async () => {
    const { get } = await recordService(STACK);
    const { capabilities, entrypoints, ports, volumes } = get("checkout-edge-container");
    assert.deepEqual(ports, [
      { internal: 80, external: 80, ip: "0.0.0.0", protocol: "tcp" },
      { internal: 8081, external: 8081, ip: "127.0.0.1", protocol: "tcp" },
    ]);
    assert.deepEqual(volumes, [{ volumeName: "shop-checkout-edge", containerPath: "/etc/sluice" }]);
    assert.deepEqual(capabilities, { drops: ["ALL"] });
    assert.deepEqual(entrypoints, ["nginx"]);
  });

  for (const kind of ["nginx", "traefik"]) {
    it(`changes nothing but the small file with a weight: ${kind}`, async () => {
      const at = async (weight: number) => {
        const release = { ...CANARY.release, weight, serial: 5 + weight };
        return recordService({ ...CANARY, router: { ...STACK.router, kind }, release });
      };
      const [before, after] = [await at(25), await at(50)];
      const without = ({ resources }: Recording) =>
        resources.map((each) => (each.name === "checkout-edge-weights" ? each.inputs.base : each));
      assert.deepEqual(without(before), without(after));
      assert.notEqual(routingOf(before).routing, routingOf(after).routing);
    });
  }

  it("routes last: after the containers, and before the edge starts", async () => {
    const { order } = await recordService(CANARY);
    const at = (name: string) => order.indexOf(name);
    assert.ok(at("checkout-green-1") < at("checkout-edge-container"), order.join(", "));
  });

  it("tells the release program how to take the traffic back", async () => {
    const { routing } = await recordService(CANARY);
    assert.deepEqual(routing, {
      kind: "nginx",
      edge: "shop-checkout-edge",
      live: "blue",
      moved: { serial: 5, weight: 25, previousWeight: 0 },
    });
  });

  it("has no container in an empty slot, and needs no image for it: there may be none", async () => {
    const release = { ...STACK.release, green: { ...VERSION, version: "9.9.9", image: "checkout:9.9.9", replicas: 0 } };
    const { order, resources } = await recordService({ ...STACK, release });
    assert.deepEqual(
      order.filter((name) => /^checkout-green-\d$/.test(name)),
      [],
    );
    const images = resources.filter(({ type }) => type.endsWith(":RemoteImage")).map(({ name }) => name);
    assert.deepEqual(images.toSorted(), ["checkout-blue-image", "checkout-edge-image"]);
  });
});
