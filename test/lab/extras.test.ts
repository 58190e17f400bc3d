import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allComponents } from "../../lab/components/all.ts";
import { createContext } from "../../lab/context.ts";
import { EXTRAS, noteExtras, readExtras } from "../../lab/extras.ts";
import { extraPorts, labPaths, ports } from "../../lab/settings.ts";
import { bindToLoopback } from "../../lab/toolchain/argo-rollouts.ts";
import { tools, toolsFor } from "../../lab/toolchain/manifest.ts";

describe("extras of the lab", () => {
  const context = createContext(labPaths({ SLUICE_CACHE: "/c" }), {
    command: (name) => `/bin/${name}`,
    directory: (name) => `/tools/${name}`,
  });
  const namesOf = (extras: readonly "argo"[]) => allComponents(context, extras).map(({ program }) => program.name);

  it("run only where they are asked for, after everything else", () => {
    assert.deepEqual(namesOf(["argo"]), [...namesOf([]), "argo-rollouts"]);
    assert.ok(!namesOf([]).includes("argo-rollouts"));
  });

  it("are obtained only where they are asked for", () => {
    assert.deepEqual(toolsFor(EXTRAS), tools);
    const left = tools.filter((tool) => !toolsFor([]).includes(tool)).map(({ name }) => name);
    assert.deepEqual(left, ["docker", "nginx", "argo-rollouts", "traefik"]);
  });

  it("have ports of their own", () => {
    const all = [ports, ...Object.values(extraPorts)].flatMap((table) => Object.values<number>(table));
    assert.deepEqual(all, [...new Set(all)]);
  });

  it("stay part of the lab once they were asked for", async () => {
    const cache = await mkdtemp(join(tmpdir(), "sluice-test-"));
    try {
      const paths = labPaths({ SLUICE_CACHE: cache });
      assert.deepEqual(await readExtras(paths), []);
      await noteExtras(paths, ["argo"]);
      assert.deepEqual(await readExtras(paths), ["argo"]);
    } finally {
      await rm(cache, { recursive: true, force: true });
    }
  });

  it("listen on loopback: Argo's controller is built to, or not at all", () => {
    assert.equal(bindToLoopback('listenAddr = "0.0.0.0:%d"\n'), 'listenAddr = "127.0.0.1:%d"\n');
    assert.throws(() => bindToLoopback("package controller"), { message: /names "0\.0\.0\.0:%d" 0 times, not once/ });
  });
});
