import assert from "node:assert/strict";
import path from "node:path";
import { liveVersion, otherSlot } from "../../../config/release-state.ts";
import { createLabProject, removeStack } from "../../../lab/project.ts";
import { kubectl } from "../lab-support.ts";
import { command, editStackFile, find } from "../../../lab/run-cli.ts";
import { Service } from "../../../lab/service.ts";
import { removeMeanwhile } from "../removals.ts";
import { describeAtLength } from "../at-length.ts";

const NAME = "database";
const java = (...args: readonly string[]) => ({ command: ["/opt/java/bin/java", ...args], timeout: "60s" });
const GOOD = java("-version");
const BAD = java("com.example.NoSuchMigration");
/** What it does stands in a settings file: the Job stays the same when that changes. */
const FROM_FILE = java("@/etc/settings/arguments");

interface Listed {
  metadata: { name: string; creationTimestamp: string; labels: Record<string, string> };
  status: { completionTime?: string };
}

const PART = "app.kubernetes.io/part-of=checkout";

async function list(namespace: string, kind: string, selector: string): Promise<readonly Listed[]> {
  const json = await kubectl(["get", kind, "-n", namespace, "-l", selector, "-o", "json"]);
  return (JSON.parse(json) as { items: Listed[] }).items;
}

const listJobs = () => list(NAME, "jobs", PART);
const listPods = (version: string) =>
  list(NAME, "pods", `app.kubernetes.io/name=checkout,app.kubernetes.io/version=${version}`);

describeAtLength("changes of the database on the lab", () => {
  let service: Service;
  before(async () => {
    service = await Service.deploy(NAME, { "sluice:database": { expand: GOOD } });
    await service.startTraffic(100);
  });
  after(() => removeMeanwhile(service));

  const edit = (at: readonly string[], value: unknown) => editStackFile(service.project.stackFile, at, value);

  it("expands before the first version has a pod", async () => {
    const [job, ...others] = await listJobs();
    assert.ok(job?.status.completionTime);
    assert.deepEqual(others, []);
    assert.match(job.metadata.name, /^checkout-expand-1-0-0-[0-9a-f]{8}$/);
    const pods = await listPods("1.0.0");
    assert.equal(pods.length, 1);
    assert.ok(pods.every(({ metadata }) => metadata.creationTimestamp >= (job.status.completionTime ?? "")));
  });

  it("expands before a candidate has a pod, once, while users go on", async () => {
    const began = Date.now();
    const release = service.start("release", "--image", "sluice-sample:1.1.0");
    await release.waitForEvent(({ type }) => type === "ready");
    const jobs = await listJobs();
    const pods = await listPods("1.1.0");
    const run = await release.done;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.deepEqual(
      jobs.map(({ metadata }) => metadata.name.replace(/-[0-9a-f]{8}$/, "")),
      ["checkout-expand-1-1-0"],
    );
    const expandedAt = jobs[0]?.status.completionTime ?? "none";
    assert.ok(pods.length === 1 && pods.every(({ metadata }) => metadata.creationTimestamp >= expandedAt));
    assert.deepEqual(service.failures(began), []);
  });

  it("refuses a version whose expansion fails, with the end of its log, and no user notices", async () => {
    const began = Date.now();
    await edit(["sluice:database", "expand"], BAD);
    const run = await service.release("1.2.0");
    assert.equal(run.code, 2, run.stdout + run.stderr);
    const { durationMs, outcome, reason } = find(run, "finished");
    assert.equal(outcome, "refused");
    assert.match(
      reason,
      /^version 1\.2\.0 cannot start: Job checkout-expand-1-2-0-[0-9a-f]{8} failed \(Error, exit code 1\); its log ends with:\n/,
    );
    assert.match(reason, /\n {2}Error: Could not find or load main class com\.example\.NoSuchMigration\n/);
    // Long before Pulumi would give the Job up, also on a machine that is busy.
    assert.ok(durationMs < 180_000, `${durationMs} ms`);
    assert.deepEqual(service.failures(began), []);
    assert.ok(service.answers(began).every(({ version }) => version === "1.1.0"));
    assert.deepEqual(await listPods("1.2.0"), []);
  });

  it("leaves nothing of the failed Job", async () => {
    assert.deepEqual(await listJobs(), []);
    const { code, stdout } = await command(
      "pulumi",
      ["preview", "--expect-no-changes", "--stack", NAME, "--non-interactive"],
      service.project.directory,
    );
    assert.equal(code, 0, stdout);
  });

  it("releases the same version once its expansion works", async () => {
    const began = Date.now();
    await edit(["sluice:database", "expand"], GOOD);
    const run = await service.release("1.2.0");
    assert.equal(run.code, 0, run.stdout + run.stderr);
    assert.deepEqual(service.failures(began), []);
  });

  it("contracts by approval, once the old version is gone; then no older version can come back", async () => {
    const { live } = (await service.traffic.read()).state;
    await edit(["sluice:database", "contract"], { ...GOOD, approvedFor: "1.2.0" });
    const up = () =>
      command(
        "pulumi",
        ["up", "--yes", "--skip-preview", "--stack", NAME, "--non-interactive"],
        service.project.directory,
      );
    const early = await up();
    assert.notEqual(early.code, 0);
    assert.match(
      early.stdout + early.stderr,
      /version 1\.1\.0 is still warm \(1 pods\) and could come back: scale it to 0 first/,
    );
    await edit(["sluice:release", otherSlot(live), "replicas"], 0);
    const contracted = await up();
    assert.equal(contracted.code, 0, contracted.stdout + contracted.stderr);
    const [job] = await listJobs();
    assert.match(job?.metadata.name ?? "", /^checkout-contract-1-2-0-/);
    assert.ok(job?.status.completionTime);
    const refused = await service.release("1.1.0");
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^version 1\.1\.0 is older than 1\.2\.0, for which the database was contracted: it cannot come back\./,
    );
    const { state } = await service.traffic.read();
    assert.equal(liveVersion(state).version, "1.2.0");
  });
});

describe("a first version whose expansion fails", () => {
  it("is deployed by the next update, once what the Job lacked is there: by the same Job", async () => {
    const name = `${NAME}-first`;
    const project = await createLabProject(path.join(import.meta.dirname, "../../../build/e2e", name), name, {
      "sluice:app": { name: "checkout", namespace: name },
      "sluice:release": { blue: { replicas: 1 } },
      "sluice:workload": { settings: { files: { arguments: "NoSuchMigration" } } },
      "sluice:database": { expand: FROM_FILE },
    });
    try {
      await assert.rejects(project.stack.up({ color: "never" }), /BackoffLimitExceeded/);
      const [failed, ...others] = await list(name, "jobs", PART);
      assert.deepEqual(others, []);
      assert.deepEqual(await list(name, "deployments", "app.kubernetes.io/name=checkout"), []);
      await editStackFile(project.stackFile, ["sluice:workload", "settings", "files", "arguments"], "-version");
      await project.stack.up({ color: "never" });
      const [done] = await list(name, "jobs", PART);
      assert.equal(done?.metadata.name, failed?.metadata.name);
      assert.ok(done?.status.completionTime);
      assert.equal((await list(name, "deployments", "app.kubernetes.io/name=checkout")).length, 1);
    } finally {
      await removeStack(project.stack);
    }
  });
});
