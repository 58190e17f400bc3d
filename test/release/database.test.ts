import assert from "node:assert/strict";
import { UserError } from "../../release/errors.ts";
import { planRelease } from "../../release/plan.ts";
import type { FailedJob } from "../../release/ports.ts";
import { stackConfig, World } from "./world.ts";

const database = { backup: { command: ["backup"], timeout: "2m" }, expand: { command: ["migrate"], timeout: "4m" } };
const config = stackConfig({ database });
const failed: FailedJob = {
  uid: "2",
  name: "checkout-expand-1-1-0-abc",
  reason: "Error, exit code 1",
  log: ["Connecting to orders", "relation orders is locked"],
};

function reasonOf(world: World): string {
  const last = world.events.at(-1);
  assert.ok(last?.type === "finished");
  return last.reason;
}

const REASON =
  "version 1.1.0 cannot start: Job checkout-expand-1-1-0-abc failed (Error, exit code 1); its log ends with:\n" +
  "  Connecting to orders\n  relation orders is locked";

describe("a release that changes the database", () => {
  it("is refused when a Job fails, at once and with the end of its log, while the update would hang for minutes", async () => {
    const failedJobs = (elapsedMs: number, version: string) =>
      elapsedMs > 5_000 && version === "1.1.0" ? [failed] : [];
    const world = new World({ config, failedJobs, upTakesMs: 200_000 });
    assert.equal(await world.release(), 2);
    const last = world.events.at(-1);
    assert.ok(last?.type === "finished");
    assert.equal(last.outcome, "refused");
    assert.equal(last.reason, REASON);
    assert.deepEqual(
      world.saved.map(({ candidate, green, weight }) => [candidate, green?.replicas, weight]),
      [
        ["green", 2, 0],
        [undefined, 0, 0],
      ],
    );
    const rollingBack = world.events.find(({ type }) => type === "rolling-back");
    assert.ok(rollingBack !== undefined && rollingBack.at - (world.events[0]?.at ?? 0) < 7_000);
  });

  it("tells of the Job when Pulumi is the first to see it fail", async () => {
    let isFailed = false;
    const world = new World({
      config,
      failedJobs: () => (isFailed ? [failed] : []),
      beforeUp: (_state, ups) => {
        if (ups > 1) return;
        isFailed = true;
        throw new Error("pulumi up of test failed: BackoffLimitExceeded");
      },
    });
    assert.equal(await world.release(), 2);
    assert.equal(reasonOf(world), REASON);
  });

  it("tells what Pulumi said when no Job has failed", async () => {
    const beforeUp = (_state: unknown, ups: number) => {
      if (ups === 1) throw new Error("pulumi up of test failed: quota");
    };
    const world = new World({ config, beforeUp });
    assert.equal(await world.release(), 2);
    assert.equal(reasonOf(world), "pulumi up of test failed: quota");
  });

  it("says so when there is no log", async () => {
    const failedJobs = (elapsedMs: number) =>
      elapsedMs > 0 ? [{ ...failed, log: [], reason: "DeadlineExceeded" }] : [];
    const world = new World({ config, failedJobs, upTakesMs: 60_000 });
    assert.equal(await world.release(), 2);
    assert.equal(
      reasonOf(world),
      "version 1.1.0 cannot start: Job checkout-expand-1-1-0-abc failed (DeadlineExceeded); it left no log",
    );
  });

  it("does not take an earlier release's failed Job for its own", async () => {
    const world = new World({ config, failedJobs: () => [{ ...failed, uid: "1" }] });
    assert.equal(await world.release(), 0);
  });

  it("gives the update as long as its Jobs may take", async () => {
    // readyTimeout 5 m and a minute for Pulumi, and 2 m and 4 m for the Jobs.
    const deployingFor = (minutes: number): World => {
      const world: World = new World({
        config,
        beforeUp: (_state, ups) => (ups === 1 ? world.clock.sleep(minutes * 60_000) : undefined),
      });
      return world;
    };
    assert.equal(await deployingFor(11.9).release(), 0);
    const late = deployingFor(12.1);
    assert.equal(await late.release(), 2);
    assert.equal(reasonOf(late), "the update of the stack did not end within 12 m");
  });

  it("asks for no Jobs where the stack declares no database", async () => {
    const failedJobs = () => {
      throw new Error("asked for");
    };
    assert.equal(await new World({ failedJobs }).release(), 0);
  });
});

describe("a contracted database", () => {
  const contract = { command: ["drop"], approvedFor: "1.1.0" };
  const slot = (version: string, replicas: number) => ({ version, image: `checkout:${version}`, replicas });
  const release = { live: "green", serial: 7, blue: slot("1.0.0", 0), green: slot("1.1.0", 2) };
  const approved = stackConfig({ database: { contract }, release });
  const remembered = stackConfig({ release: { ...release, contracted: "1.1.0" } });

  const refused: readonly (readonly [string, typeof approved, string, string, string])[] = [
    [
      "an older version",
      approved,
      "1.0.0",
      "checkout:1.0.0",
      "version 1.0.0 is older than 1.1.0, for which the database was contracted: it cannot come back.",
    ],
    [
      "an older version, when the approval is gone from the file",
      remembered,
      "1.0.9",
      "checkout:1.0.9",
      "version 1.0.9 is older than 1.1.0, for which the database was contracted: it cannot come back.",
    ],
    [
      "an older version's image under a newer name",
      approved,
      "1.2.0",
      "checkout:1.0.0",
      "version 1.2.0 (checkout:1.0.0) may be older than 1.1.0, for which the database was contracted: it cannot come back.",
    ],
  ];
  for (const [what, stack, version, image, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(
        () => planRelease(stack, { version, image }),
        new UserError(`${message}\nRelease a version that was built for this database.`),
      );
    });
  }

  it("refuses a version by its name alone where names do not tell which is older", () => {
    const named = stackConfig({
      release: { ...release, contracted: "dev-b", blue: slot("dev-a", 0), green: slot("dev-b", 2) },
    });
    assert.throws(
      () => planRelease(named, { version: "dev-a", image: "checkout:dev-a" }),
      /^UserError: version dev-a \(checkout:dev-a\) may be older than dev-b, /,
    );
    assert.equal(planRelease(named, { version: "dev-c", image: "checkout:dev-c" }).contracted, "dev-b");
  });

  it("lets a newer version come, and one that was taken back come again", () => {
    const back = stackConfig({ release: { ...release, contracted: "1.1.0", blue: slot("1.2.0", 0) } });
    assert.equal(planRelease(back, { version: "1.2.0", image: "checkout:1.2.0" }).candidate.version, "1.2.0");
  });

  it("is remembered by the release state from the next release on, also after a rollback", async () => {
    for (const failing of [0, 0.5]) {
      const world = new World({ config: approved, failing: () => ({ blue: failing, green: 0 }) });
      await world.release("1.2.0");
      assert.deepEqual([...new Set(world.saved.map(({ contracted }) => contracted))], ["1.1.0"]);
      assert.equal(world.inForce.live, failing === 0 ? "blue" : "green");
    }
  });
});
