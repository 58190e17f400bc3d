import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { labPaths } from "../../../lab/settings.ts";
import { command, find } from "../../../lab/run-cli.ts";
import { Service } from "../../../lab/service.ts";
import { waitFor } from "../../../lab/wait.ts";
import { labStatus, pidsOf } from "../lab-support.ts";
import { itAtLength } from "../at-length.ts";

/** Each fault: one clear message, the right exit code, the traffic where it was or back on stable. */
describe("faults around a release", () => {
  let service: Service;
  before(async () => {
    service = await Service.deploy("faults");
    await service.startTraffic(50);
  });
  after(() => service.remove());

  /** Runs with another stack file, and restores it. */
  async function withFile<T>(change: (text: string) => string, use: () => Promise<T>): Promise<T> {
    const before = await service.readFile();
    const changed = change(before);
    assert.notEqual(changed, before);
    await writeFile(service.project.stackFile, changed);
    try {
      return await use();
    } finally {
      await writeFile(service.project.stackFile, before);
    }
  }

  async function expectUntouched(): Promise<void> {
    const { serial, weights } = await service.traffic.read();
    assert.deepEqual({ serial, weights }, { serial: 1, weights: { blue: 100, green: 0 } });
  }

  it("a stack file with mistakes: all of them, before anything is touched", async () => {
    const broken = (text: string) => text.replace("limit: 0.01", "limt: 0.01").replace(/- 50\n/, "- 5\n");
    const run = await withFile(broken, () => service.release("1.1.0"));
    assert.equal(run.code, 1);
    assert.equal(
      run.stderr,
      `${service.project.stackFile}: 2 problems\n` +
        "  - sluice:strategy.weights[1]: is not above the step before it (5) (is 5)\n" +
        "  - sluice:gate.limt: no such setting; remove it or correct its name\n",
    );
    await expectUntouched();
  });

  it("the same file at pulumi preview: the same words", async () => {
    const broken = (text: string) => text.replace("limit: 0.01", "limt: 0.01");
    const { code, stdout } = await withFile(broken, () =>
      command("pulumi", ["preview", "--stack", "faults", "--non-interactive"], service.project.directory),
    );
    assert.notEqual(code, 0);
    assert.match(stdout, /sluice:gate\.limt: no such setting; remove it or correct its name/);
  });

  it("a stack that is not there", async () => {
    const run = await service.run("release", "--image", "sluice-sample:1.1.0", "--stack", "nowhere");
    assert.equal(run.code, 1);
    assert.match(run.stderr, /^There is no stack file .*Pulumi\.nowhere\.yaml: name the stack with --stack/);
  });

  it("the version that is live", async () => {
    const run = await service.release("1.0.0");
    assert.equal(run.code, 1);
    assert.match(run.stderr, /^version 1\.0\.0 is already live in blue \(sluice-sample:1\.0\.0\)\.\n/);
    await expectUntouched();
  });

  it("an image without a tag, and one whose tag means nothing", async () => {
    const untagged = await service.run("release", "--image", "registry.example.com:5000/checkout");
    assert.equal(untagged.code, 1);
    assert.equal(
      untagged.stderr,
      "Image registry.example.com:5000/checkout has no tag to name the version after: give --version, or an image with a tag.\n",
    );
    const latest = await service.run("release", "--image", "sluice-sample:latest");
    assert.equal(latest.code, 1);
    assert.match(
      latest.stderr,
      /^This version cannot be released:\n {2}- image "sluice-sample:latest": 'latest' changes its meaning/,
    );
    await expectUntouched();
  });

  it("an option that is missing", async () => {
    const run = await service.run("release");
    assert.equal(run.code, 1);
    assert.match(run.stderr, /required option '-i, --image <reference>' not specified/);
  });

  it("Prometheus that does not answer", async () => {
    const run = await withFile(
      (text) => text.replace(":9090", ":9"),
      () => service.release("1.1.0"),
    );
    assert.equal(run.code, 1);
    assert.match(
      run.stderr,
      /^Nothing was changed: a release cannot start\.\n {2}- Prometheus at http:\/\/127\.0\.0\.1:9\/api\/v1\/query: .*ECONNREFUSED/,
    );
    await expectUntouched();
  });

  it("Prometheus that does not count this service", async () => {
    const otherPort = (text: string) => text.replace("namespace: faults\n", "namespace: faults\n    port: 8090\n");
    const run = await withFile(otherPort, () => service.release("1.1.0"));
    assert.equal(run.code, 1);
    assert.match(
      run.stderr,
      /^Nothing was changed: a release cannot start\.\n {2}- Prometheus at http:\/\/127\.0\.0\.1:9090 has counted nothing for the live slot blue/,
    );
    await expectUntouched();
  });

  it("a stack file that was edited to say something else than the cluster", async () => {
    const otherLive = (text: string) =>
      text.replace(
        "live: blue",
        "live: green\n    green: { version: 1.0.5, image: 'sluice-sample:1.0.5', replicas: 1 }",
      );
    const run = await withFile(otherLive, () => service.release("1.1.0"));
    assert.equal(run.code, 1);
    assert.match(
      run.stderr,
      /the stack file says green is live at weight 0 %, the cluster blue at 0 %, both at the same serial: "sluice sync"/,
    );
    await expectUntouched();
  });

  it("a stack that somebody else has locked", async () => {
    const locks = path.join(labPaths().pulumiBackend, ".pulumi/locks/organization/sluice/faults");
    const lock = path.join(locks, "11111111-2222-3333-4444-555555555555.json");
    await mkdir(locks, { recursive: true });
    await writeFile(
      lock,
      JSON.stringify({ pid: 1, username: "ci", hostname: "runner-7", timestamp: "2026-01-01T00:00:00Z" }),
    );
    try {
      const run = await service.release("1.1.0");
      assert.equal(run.code, 1);
      assert.equal(
        run.stderr,
        "Stack faults is locked by another update (ci@runner-7, pid 1, since 2026-01-01T00:00:00Z).\n" +
          "Wait until it has ended; if its process is dead, remove the lock: " +
          `pulumi cancel --yes --stack faults --cwd ${service.project.directory}\n`,
      );
    } finally {
      await rm(lock);
    }
    await expectUntouched();
    assert.match(await service.readFile(), /serial: 1\n/);
  });

  it("an API server that goes away in the middle of a step", async () => {
    const server = pidsOf(await labStatus())["kube-apiserver"];
    assert.ok(server != null);
    const release = service.start("release", "--image", "sluice-sample:1.1.0");
    await release.waitForEvent((event) => event.type === "decided" && event.decision === "advance");
    process.kill(server, "SIGSTOP");
    let stopped = true;
    try {
      await release.waitForEvent((event) => event.type === "rolling-back");
      process.kill(server, "SIGCONT");
      stopped = false;
    } finally {
      if (stopped) process.kill(server, "SIGCONT");
    }
    const run = await release.done;
    assert.equal(run.code, 2, run.stdout + run.stderr);
    assert.match(find(run, "finished").reason, /./);
    const { state, weights } = await service.traffic.read();
    assert.equal(weights[state.live], 100);
    assert.equal(state.live, "blue");
    assert.deepEqual(service.failures(), []);
  });

  it("a release program that was killed: abort takes the traffic back", async () => {
    const release = service.start("release", "--image", "sluice-sample:1.1.0");
    await release.waitForEvent((event) => event.type === "weight-observed");
    process.kill(release.pid, "SIGKILL");
    await release.done;
    assert.equal((await service.traffic.read()).weights.green, 5);
    const again = await service.release("1.2.0");
    assert.equal(again.code, 1);
    assert.match(
      again.stderr,
      new RegExp(
        `^The release of 1\\.1\\.0 \\([-0-9]+\\) is at weight 5 % \\((observe|dwell)\\): .*/${release.pid} drives it, last heard of`,
      ),
    );
    const abort = await service.run("abort");
    assert.equal(abort.code, 0, abort.stdout + abort.stderr);
    assert.deepEqual((await service.traffic.read()).weights, { blue: 100, green: 0 });
    assert.equal((await service.readFile()).includes("candidate"), false);
  });

  itAtLength("an edge that dies at a weight, and begins to count anew: no fault of the new version's", async () => {
    const before = pidsOf(await labStatus()).envoy;
    assert.ok(before != null);
    const release = service.start("release", "--image", "sluice-sample:1.1.0");
    await release.waitForEvent((event) => event.type === "sampled" && event.weight === 5);
    process.kill(before, "SIGKILL");
    const isBack = async () => {
      const now = pidsOf(await labStatus()).envoy;
      return now != null && now !== before;
    };
    assert.ok(await waitFor(isBack, { timeoutMs: 30_000 }));
    const run = await release.done;
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const { state, weights } = await service.traffic.read();
    assert.deepEqual([state.live, weights], ["green", { blue: 0, green: 100 }]);
    // Nobody answered while there was no edge; no version ever failed.
    assert.ok(service.failures().every(({ version }) => version === ""));
  });
});
