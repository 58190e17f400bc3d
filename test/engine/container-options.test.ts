import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { containerOptions, containerSchema } from "../../engine/container-options.ts";

const GOLDEN = path.resolve(import.meta.dirname, "../golden/docker-nginx.json");

/** A container of an example, with what only the engine knows. */
function declared(name: string): unknown {
  const recorded = JSON.parse(readFileSync(GOLDEN, "utf8")) as { name: string; inputs: object }[];
  return { ...recorded.find((each) => each.name === name)?.inputs, image: "sha256:1" };
}

describe("a declared container, as the engine is asked for it", () => {
  it("has of the host what it names, under its own name, and its address", () => {
    const options = containerOptions(containerSchema.parse(declared("checkout-watchdog-container")));
    assert.equal(options.Hostname, "checkout-watchdog");
    assert.deepEqual(options.HostConfig?.Mounts, [
      { Type: "bind", Source: "/var/run/docker.sock", Target: "/var/run/docker.sock" },
    ]);
    assert.equal(options.NetworkingConfig?.EndpointsConfig?.shop?.IPAMConfig?.IPv4Address, "172.29.0.3");
    assert.equal(options.User, "65532:998");
  });

  it("has nothing of the host that is not asked for", () => {
    const options = containerOptions(containerSchema.parse(declared("checkout-edge-container")));
    assert.deepEqual(options.HostConfig?.Mounts, []);
    assert.equal(options.Hostname, undefined);
  });
});
