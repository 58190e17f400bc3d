import assert from "node:assert/strict";
import { findOrigin } from "../../release/commands/release.ts";
import { driveRelease } from "../../release/drive.ts";
import { planRelease } from "../../release/plan.ts";
import { World } from "./world.ts";

describe("where a version comes from", () => {
  const github = {
    GITHUB_SHA: "abc123",
    GITHUB_RUN_ID: "77",
    GITHUB_REPOSITORY: "shop/checkout",
    GITHUB_SERVER_URL: "https://github.com",
  };
  const run = "https://github.com/shop/checkout/actions/runs/77";
  const gitlab = { CI_COMMIT_SHA: "def456", CI_JOB_URL: "https://gitlab.example.com/shop/checkout/-/jobs/5" };
  for (const [what, options, variables, origin] of [
    ["is not known on a machine of one's own", {}, {}, {}],
    ["is told by GitHub Actions", {}, github, { commit: "abc123", build: run }],
    ["is told by GitLab CI", {}, gitlab, { commit: "def456", build: gitlab.CI_JOB_URL }],
    ["is what the options say, before all", { commit: "0ff1ce" }, github, { commit: "0ff1ce", build: run }],
  ] as const) {
    it(what, () => assert.deepEqual(findOrigin(options, variables), origin));
  }

  it("is written down with the release", async () => {
    const world = new World();
    const { config, journal, ports } = world;
    const next = { version: "1.1.0", image: "checkout:1.1.0", origin: { commit: "abc123", build: run } };
    const driver = { name: "ci", stack: "test", signal: new AbortController().signal };
    await driveRelease(planRelease(config, next), config, ports, driver);
    const [planned] = world.events;
    assert.ok(planned?.type === "planned");
    assert.deepEqual([planned.commit, planned.build], ["abc123", run]);
    assert.deepEqual(journal.latest?.plan.origin, { commit: "abc123", build: run });
  });
});
