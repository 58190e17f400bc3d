import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { setFaultsOfSlot } from "../../../lab/faults.ts";
import { assertUnchanged, releaseGood } from "./claims.ts";
import type { DrillResult } from "../../../release/drill-result.ts";
import { command, find } from "../../../lab/run-cli.ts";
import { Service } from "../../../lab/service.ts";
import { FAULTS } from "../drill-faults.ts";
import { removeMeanwhile } from "../removals.ts";
import { itAtLength } from "../at-length.ts";

/** One service through a life of releases: each test begins where the one before ended. */
describe("releases on the lab", () => {
  let service: Service;
  before(async () => {
    service = await Service.deploy("e2e", { "sluice:drill": { production: false, within: "30s", faults: FAULTS } });
    await service.startTraffic(200);
  });
  after(() => removeMeanwhile(service));

  it("finds nothing to change after an update", () => assertUnchanged(service));

  it("brings a good version to all traffic without a failed request", async () => {
    const run = await releaseGood(service, "1.1.0", [5, 50, 100]);
    assert.equal(find(run, "finished").outcome, "promoted");
    const { serial, state, weights } = await service.traffic.read();
    assert.deepEqual(weights, { blue: 0, green: 100 });
    assert.equal(serial, 6);
    assert.deepEqual(state, {
      live: "green",
      weight: 0,
      serial: 6,
      blue: { version: "1.0.0", image: "sluice-sample:1.0.0", replicas: 1 },
      green: { version: "1.1.0", image: "sluice-sample:1.1.0", replicas: 1 },
    });
    assert.equal(service.answers().at(-1)?.version, "1.1.0");
  });

  it("refuses a plain update from an old checkout, already in its preview", async () => {
    const now = await service.readFile();
    try {
      await writeFile(
        service.project.stackFile,
        now.replace(/serial: 6/, "serial: 3").replace("live: green", "live: blue"),
      );
      const preview = await command(
        "pulumi",
        ["preview", "--stack", "e2e", "--non-interactive"],
        service.project.directory,
      );
      assert.notEqual(preview.code, 0);
      assert.match(
        preview.stdout + preview.stderr,
        /the routing of e2e\/checkout is at serial 6, this write knows serial 3: run "sluice sync"/,
      );
      const release = await service.release("1.2.0");
      assert.equal(release.code, 1);
      assert.match(release.stderr, /the stack file knows serial 3, the cluster is at 6: run "sluice sync"/);
      const sync = await service.run("sync");
      assert.deepEqual(JSON.parse(sync.stdout), {
        serial: 6,
        live: "green",
        version: "1.1.0",
        weight: 0,
        changed: true,
      });
      assert.match(await service.readFile(), /live: green/);
      await assertUnchanged(service);
    } finally {
      await writeFile(service.project.stackFile, now);
    }
  });

  it("takes a version off that turns bad at 5 %", async () => {
    const began = Date.now();
    const release = service.start("release", "--image", "sluice-sample:1.2.0");
    await release.waitForEvent((event) => event.type === "weight-observed");
    await setFaultsOfSlot("e2e", "checkout", "blue", { errorShare: 0.2 });
    const run = await release.done;
    assert.equal(run.code, 2, run.stdout + run.stderr);
    assert.equal(find(run, "finished").outcome, "rolled-back");
    const { at, weight } = find(run, "rolling-back");
    assert.equal(weight, 5);
    const failures = service.failures(began);
    assert.ok(failures.length > 0 && failures.length <= 25, `${failures.length} requests failed`);
    assert.ok(failures.every(({ version }) => version === "1.2.0"));
    const first = failures[0];
    assert.ok(first !== undefined && at - first.startMs <= 12_000, `decided after ${at - (first?.startMs ?? 0)} ms`);
    const lastServed = Math.max(
      ...service
        .answers(began)
        .filter(({ version }) => version === "1.2.0")
        .map(({ startMs }) => startMs),
    );
    assert.ok(lastServed - at <= 1_000, `served until ${lastServed - at} ms after the decision`);
    const { weights } = await service.traffic.read();
    assert.deepEqual(weights, { blue: 0, green: 100 });
  });

  it("leaves the stack as it serves, and the router with one manager", async () => {
    const { state } = await service.traffic.read();
    assert.equal(state.blue?.replicas, 0);
    await assertUnchanged(service);
    assert.deepEqual(await service.managers(), ["sluice Apply"]);
  });

  it("refuses a broken version before any user sees it", async () => {
    const began = Date.now();
    const run = await service.release("1.4.0");
    assert.equal(run.code, 2, run.stdout + run.stderr);
    const { outcome, reason } = find(run, "finished");
    assert.equal(outcome, "refused");
    assert.match(
      reason,
      /^checks before any traffic: GET \/api\/quote failed \d+ of 20 times \(status 500, not 200\)$/,
    );
    assert.deepEqual(service.failures(began), []);
    assert.ok(service.answers(began).every(({ version }) => version === "1.1.0"));
  });

  it("refuses an image that the cluster cannot have, at once", async () => {
    const run = await service.release("9.9.9");
    assert.equal(run.code, 2, run.stdout + run.stderr);
    assert.match(
      find(run, "finished").reason,
      /^version 9\.9\.9 cannot start: the cluster cannot get image \S*sluice-sample:9\.9\.9 \(\w+, pod checkout-blue-/,
    );
    assert.ok(find(run, "finished").durationMs < 60_000);
  });

  itAtLength(
    "goes on as before after rollbacks, also in place of a release under way: two more, one manager",
    async () => {
      const began = Date.now();
      const former = service.start("release", "--image", "sluice-sample:1.0.0");
      await former.waitForEvent((event) => event.type === "weight-observed");
      const instead = await service.release("1.0.0", "--version", "1.0.1", "--replace");
      assert.equal(instead.code, 0, instead.stdout + instead.stderr);
      assert.equal((await former.done).code, 2);
      assert.equal(find(await former.done, "finished").outcome, "taken-over");
      const run = await service.release("1.1.0");
      assert.equal(run.code, 0, run.stdout + run.stderr);
      assert.deepEqual(service.failures(began), []);
      assert.deepEqual(await service.managers(), ["sluice Apply"]);
    },
  );

  for (const [phase, type, again] of [
    ["while it deploys", "deploying"],
    ["at a weight, and again on its way back", "weight-observed", "rolling-back"],
  ] as const) {
    it(`interrupted ${phase}, leaves all traffic on stable: exit code 130`, async () => {
      const refused = await service.release("1.2.0");
      assert.equal(refused.code, 1);
      assert.match(refused.stderr, /^version 1\.2\.0 was taken back: fails more than /);
      const release = service.start("release", "--image", "sluice-sample:1.2.0", "--again");
      await release.waitForEvent((event) => event.type === type);
      process.kill(release.pid, "SIGINT");
      if (again !== undefined) {
        await release.waitForEvent((event) => event.type === again);
        process.kill(release.pid, "SIGINT");
      }
      const run = await release.done;
      assert.equal(run.code, 130, run.stdout + run.stderr);
      const { state, weights } = await service.traffic.read();
      assert.equal(weights[state.live], 100);
      assert.equal(state.candidate, undefined);
      assert.equal((await readFile(service.project.stackFile, "utf8")).includes("candidate"), false);
    });
  }

  it("finds a fault that a drill injects, in time; a replay tells how other settings would have done", async () => {
    const { state: before } = await service.traffic.read();
    const version = before[before.live]?.version === "1.1.0" ? "1.0.0" : "1.1.0";
    const began = Date.now();
    const run = await service.run("drill", "--image", `sluice-sample:${version}`, "--fault", "errors");
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const { drill } = JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "") as { drill: DrillResult };
    assert.ok(drill.goals.every(({ met }) => met));
    assert.ok(drill.failingRequests > 0 && service.failures(began).every((failed) => failed.version === version));
    const { state, weights } = await service.traffic.read();
    assert.equal(weights[state.live], 100);
    assert.equal(state.denied?.[version], undefined);

    const again = await service.run("replay", version, "--set", "gate.tolerate=10", "--set", "gate.limit=0.9");
    assert.equal(again.code, 0, again.stderr);
    const told = JSON.parse(again.stdout) as { faithful: boolean; difference: string; then: { at: number }[] };
    assert.equal(told.faithful, true);
    assert.equal(told.then.at(-1)?.at, drill.decidedAt);
    // By other settings at another moment, or at the same look with another reason.
    assert.match(told.difference, /^(Would (not )?have rolled back|Rolled back at .*, as then:) /);
  });
});
