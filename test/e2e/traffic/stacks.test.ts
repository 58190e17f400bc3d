import assert from "node:assert/strict";
import path from "node:path";
import { createLabProject, removeStack, type LabProject } from "../../../lab/project.ts";
import { find, runRelease } from "../../../lab/run-cli.ts";
import { startLoad } from "../../../lab/load.ts";
import { urls } from "../../../lab/settings.ts";
import { itAtLength } from "../at-length.ts";

/** The repository's own stack files, shrunk to the lab and otherwise as they are. */
describe("the repository's stacks on the lab", () => {
  const projects: LabProject[] = [];
  after(async () => {
    for (const { stack } of projects) await removeStack(stack);
  });

  it("production is deployed, and a second look finds nothing to change", async () => {
    const project = await createLabProject(path.resolve("build/e2e/stacks"), "production", {
      "sluice:release": { blue: { replicas: 1 } },
    });
    projects.push(project);
    const { summary } = await project.stack.up({ color: "never" });
    assert.deepEqual(Object.keys(summary.resourceChanges ?? {}), ["create"]);
    const { changeSummary } = await project.stack.preview({ color: "never" });
    assert.deepEqual(changeSummary, { same: summary.resourceChanges?.create });
  });

  itAtLength("staging is deployed, and releases blue/green: one step to 100 %, no failed request", async () => {
    const project = await createLabProject(path.resolve("build/e2e/stacks"), "staging", {
      "sluice:strategy": { replicas: 1, bake: "4s" },
      "sluice:gate": { minStepTime: "4s", latency: "off" },
      "sluice:release": { blue: { replicas: 1 } },
    });
    projects.push(project);
    await project.stack.up({ color: "never" });
    const load = startLoad({
      url: `${urls.ingress}/api/quote`,
      host: "checkout.staging.example.com",
      rps: 100,
      seconds: 300,
      out: path.resolve("build/e2e/staging.jsonl"),
    });
    try {
      const run = await runRelease(project, "1.1.0");
      assert.equal(run.code, 0, run.stdout + run.stderr);
      assert.deepEqual(find(run, "planned").weights, [100]);
      assert.equal(find(run, "finished").outcome, "promoted");
    } finally {
      const { failed } = await load.stop();
      assert.equal(failed, 0);
    }
  });
});
