import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { labEnvironment, renderExports } from "../../lab/environment.ts";
import { labPaths } from "../../lab/settings.ts";

describe("the lab's environment", () => {
  it("points at the lab's cluster, Pulumi backend and tools", () => {
    assert.deepEqual(labEnvironment({ SLUICE_CACHE: "/c", PATH: "/usr/bin:/bin" }), {
      KUBECONFIG: "/c/lab/kubeconfig",
      DOCKER_HOST: "unix:///c/lab/run/docker.sock",
      PULUMI_BACKEND_URL: "file:///c/lab/pulumi",
      PULUMI_CONFIG_PASSPHRASE: "sluice-lab",
      PULUMI_HOME: "/c/lab/pulumi-home",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      NODE_COMPILE_CACHE: "/c/node-compile",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      PATH: "/c/lab/bin:/usr/bin:/bin",
    });
  });

  it("names the tools' directory once, however often it is applied", () => {
    const once = labEnvironment({ SLUICE_CACHE: "/c", PATH: "/usr/bin" });
    assert.deepEqual(labEnvironment({ SLUICE_CACHE: "/c", ...once }), once);
  });

  it("lies in the user's cache unless SLUICE_CACHE says otherwise", () => {
    assert.equal(labPaths({ HOME: "/home/me" }).state, "/home/me/.cache/sluice/lab");
    assert.equal(labPaths({ HOME: "/home/me", SLUICE_CACHE: "/c" }).state, "/c/lab");
  });

  it("comes back from a shell as it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), (value) => {
        const script = `${renderExports({ SLUICE_TEST: value })}printf %s "$SLUICE_TEST"`;
        assert.equal(execFileSync("sh", ["-c", script], { encoding: "utf8" }), value);
      }),
      { numRuns: 30 },
    );
  });
});
