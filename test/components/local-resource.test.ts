import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { recordService } from "./recorder.ts";

const requireFromString = createRequire(import.meta.url)("require-from-string") as (source: string) => {
  handler(): Record<"create" | "diff" | "update", (...args: readonly unknown[]) => Promise<unknown>>;
};

const STACK = {
  app: { name: "checkout", namespace: "shop" },
  router: { kind: "nginx", hosts: ["checkout.example.com"] },
  docker: {},
  strategy: { kind: "canary" },
  checks: { requests: [{ path: "/api/quote" }] },
  metrics: { prometheus: "http://127.0.0.1:9090" },
  release: { live: "blue", serial: 1, blue: { version: "1.0.0", image: "checkout:1.0.0", replicas: 1 } },
};

describe("a provider of this project", () => {
  it("is loaded from the checkout, in the way in which Pulumi runs it", async () => {
    const { get } = await recordService(STACK);
    const { __provider: source } = get("checkout-blue-1.0.0-settings");
    assert.deepEqual(
      await requireFromString(String(source))
        .handler()
        .diff("id", { env: {} }, { env: { A: "b" } }),
      {
        changes: false,
      },
    );
  });

  it("is the same text on every machine: it names no directory of this one", async () => {
    const { resources } = await recordService(STACK);
    const sources = resources.flatMap(({ inputs }) => ("__provider" in inputs ? [String(inputs.__provider)] : []));
    assert.equal(sources.length, 2);
    for (const source of sources) assert.ok(!source.includes(process.cwd()));
  });

  it("fails with where it looked, away from any checkout", async () => {
    const { get } = await recordService(STACK);
    const source = String(get("checkout-edge-weights").__provider).replaceAll(
      "edge-routing-provider",
      "no-such-provider",
    );
    const { diff } = requireFromString(source).handler();
    await assert.rejects(diff("id", {}, {}), {
      message: `no components/docker/no-such-provider.ts at or above ${process.cwd()}`,
    });
  });
});
