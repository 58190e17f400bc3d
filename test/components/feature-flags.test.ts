import assert from "node:assert/strict";
import { renderFlags } from "../../components/internal/flag-definitions.ts";
import { STACK } from "../release/world.ts";
import { recordService } from "./recorder.ts";

const audience = {
  segments: [{ name: "beta", goesTo: "candidate", when: [{ header: { name: "x-beta", exact: "yes" } }] }],
};
const flags = {
  "new-basket": { on: true, percentage: 20, segments: ["beta"] },
  "beta-banner": { on: true, percentage: 0, segments: ["beta"] },
  "fast-quote": { on: true },
  "old-search": { on: false, percentage: 50 },
  nobody: { on: true, percentage: 0 },
};
const withFlags = { ...STACK, audience, flags };
const variants = { on: true, off: false };
const isBeta = { in: [{ var: "segment" }, ["beta"]] };

function volumesOf(deployment: Readonly<Record<string, unknown>>) {
  const { template } = deployment.spec as {
    template: { spec: { volumes: unknown[]; containers: { volumeMounts: unknown[] }[] } };
  };
  return { volumes: template.spec.volumes, mounts: template.spec.containers[0]?.volumeMounts ?? [] };
}

describe("feature flags", () => {
  it("are one file in flagd's format, sorted by name, with a version of its content", async () => {
    const { get } = await recordService(withFlags);
    const config = get("checkout-flags-config") as { metadata: unknown; data: Record<string, string> };
    assert.deepEqual(config.metadata, {
      name: "checkout-flags",
      namespace: "shop",
      labels: { "app.kubernetes.io/name": "checkout" },
      annotations: { "sluice.dev/flags-version": "d95501ef979e" },
    });
    assert.deepEqual(Object.keys(config.data), ["flags.json"]);
    assert.deepEqual(JSON.parse(config.data["flags.json"] ?? ""), {
      flags: {
        "beta-banner": { state: "ENABLED", variants, defaultVariant: "off", targeting: { if: [isBeta, "on", "off"] } },
        "fast-quote": { state: "ENABLED", variants, defaultVariant: "on" },
        "new-basket": {
          state: "ENABLED",
          variants,
          defaultVariant: "off",
          targeting: {
            if: [
              isBeta,
              "on",
              {
                fractional: [
                  ["on", 20],
                  ["off", 80],
                ],
              },
            ],
          },
        },
        nobody: { state: "ENABLED", variants, defaultVariant: "off" },
        "old-search": {
          state: "DISABLED",
          variants,
          defaultVariant: "off",
          targeting: {
            fractional: [
              ["on", 50],
              ["off", 50],
            ],
          },
        },
      },
      metadata: { version: "d95501ef979e" },
    });
  });

  it("have another version when one of them changes, and the same in another order", () => {
    const one = { on: true, percentage: 100, segments: [] };
    const two = { on: false, percentage: 100, segments: [] };
    const { version } = renderFlags({ one, two });
    assert.equal(renderFlags({ two, one }).version, version);
    assert.notEqual(renderFlags({ one, two: one }).version, version);
    const { metadata } = JSON.parse(renderFlags({ one, two }).json) as { metadata: unknown };
    assert.deepEqual(metadata, { version });
  });

  it("are mounted into every pod as a directory, which the kubelet refreshes", async () => {
    const green = { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 };
    const release = { ...STACK.release, candidate: "green", green };
    const { get } = await recordService({ ...withFlags, release });
    for (const slot of ["blue", "green"]) {
      const { mounts, volumes } = volumesOf(get(`checkout-${slot}-deployment`));
      assert.deepEqual(volumes.at(-1), { name: "flags", configMap: { name: "checkout-flags" } });
      assert.deepEqual(mounts.at(-1), { name: "flags", mountPath: "/etc/flags", readOnly: true });
    }
  });

  it("change one object, and no pod, when one of them changes", async () => {
    const before = await recordService(withFlags);
    const changed = { ...flags, "new-basket": { on: true, percentage: 50 }, another: { on: true } };
    const after = await recordService({ ...withFlags, flags: changed });
    assert.deepEqual(
      after.resources
        .filter(({ inputs, name }) => JSON.stringify(inputs) !== JSON.stringify(before.get(name)))
        .map(({ name }) => name),
      ["checkout-flags-config"],
    );
    assert.equal(after.resources.length, before.resources.length);
  });

  it("declare nothing where there are none", async () => {
    const { get, resources } = await recordService(STACK);
    assert.deepEqual(
      resources.filter(({ name }) => name.includes("flags")),
      [],
    );
    assert.ok(!JSON.stringify(volumesOf(get("checkout-blue-deployment"))).includes("flags"));
  });
});
