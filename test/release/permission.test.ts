import assert from "node:assert/strict";
import type { EventOf, ReleaseEvent } from "../../release/events.ts";
import type { ApprovalAnswer } from "../../release/ports.ts";
import { stackConfig, World } from "./world.ts";

const approval = { timeout: "10m" };
const canary = (weights: readonly unknown[], more: Record<string, unknown> = {}) =>
  stackConfig({ strategy: { kind: "canary", weights, replicas: 2, bake: "30s", ...more } });

function find<T extends ReleaseEvent["type"]>(world: World, type: T): EventOf<T> {
  const event = world.events.find((candidate): candidate is EventOf<T> => candidate.type === type);
  assert.ok(event !== undefined, `no event ${type} among ${world.types.join(", ")}`);
  return event;
}

/** The events between the checks and the first weight after them that is named, each with its time since the start. */
function story(world: World, ...types: readonly ReleaseEvent["type"][]): readonly string[] {
  const start = world.events[0]?.at ?? 0;
  return world.events
    .filter(({ type }) => types.includes(type))
    .map((event) => `${(event.at - start) / 1_000} ${event.type}${"weight" in event ? ` ${event.weight}` : ""}`);
}

const yes = (at: number): ApprovalAnswer => ({ approved: true, by: "alice", via: "command", at });

describe("approvals", () => {
  it("hold a step until somebody says yes, and tell who did", async () => {
    const world = new World({
      config: canary([5, { weight: 50, approval }, 100]),
      answer: (ms) => (ms >= 120_000 ? yes(1_119_000) : undefined),
    });
    assert.equal(await world.release(), 0);
    assert.deepEqual(story(world, "approval-awaited", "approval-decided", "weight-set"), [
      "4 weight-set 5",
      "42 approval-awaited 50",
      "120 approval-decided 50",
      "122 weight-set 50",
      "141 weight-set 100",
    ]);
    assert.deepEqual(find(world, "approval-decided"), {
      type: "approval-decided",
      at: 1_120_000,
      weight: 50,
      approved: true,
      by: "alice",
      via: "command",
      answeredAt: 1_119_000,
    });
    const { until, onTimeout } = find(world, "approval-awaited");
    assert.deepEqual([until, onTimeout], [1_000_000 + 642_000, "reject"]);
    assert.deepEqual(world.asked, ["ask 1.1.0 50 3", "close 1.1.0 50 3: alice"]);
    assert.equal(world.clock.sleeping, 0);
  });

  it("take the traffic back when somebody says no", async () => {
    const world = new World({
      config: canary([5, { weight: 50, approval }, 100]),
      answer: (_ms, { askedAt }) => ({ approved: false, by: "bob", via: "file", at: askedAt }),
    });
    assert.equal(await world.release(), 2);
    assert.equal(find(world, "finished").reason, "bob rejected 50 %");
    assert.equal(world.inForce.weight, 0);
  });

  for (const [onTimeout, exitCode, reason] of [
    ["reject", 2, "nobody approved 50 % in time"],
    ["approve", 0, "version 1.1.0 serves all traffic"],
  ] as const) {
    it(`without an answer ${onTimeout} after their time`, async () => {
      const world = new World({ config: canary([5, { weight: 50, approval: { timeout: "2m", onTimeout } }, 100]) });
      assert.equal(await world.release(), exitCode);
      const { at, by, via } = find(world, "approval-decided");
      assert.deepEqual([at - find(world, "approval-awaited").at, by, via], [120_000, "nobody", "timeout"]);
      assert.equal(find(world, "finished").reason, reason);
    });
  }

  it("leave the gate on: evidence takes the traffic back while a person thinks", async () => {
    const world = new World({
      config: canary([5, { weight: 50, approval: { timeout: "24h" } }, 100]),
      failing: (ms) => ({ blue: 0, green: ms > 300_000 ? 0.2 : 0 }),
    });
    assert.equal(await world.release(), 2);
    const { at, reason, weight } = find(world, "rolling-back");
    assert.equal(weight, 5);
    assert.match(reason, /^fails more than 1\.25 times as often as stable/);
    assert.ok(at - 1_000_000 < 320_000, String(at));
  });

  it("do not count as overdue: no pause, no end of the step's time", async () => {
    const world = new World({
      config: stackConfig({
        strategy: {
          kind: "canary",
          weights: [25, { weight: 100, approval: { timeout: "24h" } }],
          bake: "30s",
          guard: "off",
        },
      }),
      answer: (ms) => (ms >= 1_200_000 ? yes(ms) : undefined),
    });
    assert.equal(await world.release(), 0);
    const decisions = world.events.flatMap((event) => (event.type === "decided" ? [event.decision] : []));
    assert.deepEqual(decisions, ["advance", "advance", "advance"]);
  });

  it("do not lead forward while the gate pauses", async () => {
    const sick = (ms: number) => ms > 50_000 && ms < 80_000;
    const world = new World({
      config: stackConfig({
        strategy: { kind: "canary", weights: [5, { weight: 50, approval: { timeout: "24h" } }, 100], bake: "30s" },
        gate: { minStepTime: "15s", pauseDeadline: "1h" },
      }),
      failing: (ms) => (sick(ms) ? { blue: 0.1, green: 0.1 } : { blue: 0, green: 0 }),
      answer: (ms) => (ms >= 75_000 ? yes(ms) : undefined),
    });
    assert.equal(await world.release(), 0);
    assert.equal(find(world, "approval-decided").at, 1_075_000);
    const lifted = world.events.find((event) => event.type === "decided" && event.decision === "wait");
    const set = world.events.find((event) => event.type === "weight-set" && event.weight === 50);
    assert.ok(lifted !== undefined && lifted.at > 1_080_000 && set !== undefined);
    assert.equal(set.at - lifted.at, 2_000);
  });

  it("before the first weight hold it, too, and what was counted until then is no evidence", async () => {
    const world = new World({
      config: stackConfig({ strategy: { kind: "blueGreen", bake: "30s", approval } }),
      answer: (ms) => (ms >= 300_000 ? yes(ms) : undefined),
    });
    assert.equal(await world.release(), 0);
    assert.deepEqual(story(world, "approval-awaited", "approval-decided", "weight-set"), [
      "2 approval-awaited 100",
      "300 approval-decided 100",
      "302 weight-set 100",
    ]);
    assert.ok(world.events.every((event) => event.type !== "sampled" || event.at >= 1_300_000));
  });

  it("go on by other ways when the cluster cannot be told of the question", async () => {
    const world = new World({
      config: canary([{ weight: 100, approval }]),
      approvals: {
        ask: () => Promise.reject(new Error("API server: forbidden")),
        close: () => Promise.reject(new Error("API server: forbidden")),
      },
      answer: (ms) => (ms >= 60_000 ? { ...yes(ms), via: "file" } : undefined),
    });
    assert.equal(await world.release(), 0);
    assert.equal(find(world, "warned").problem, '"sluice approve" will find no question: API server: forbidden');
    assert.equal(find(world, "approval-decided").via, "file");
  });

  it("keep the deadline of the question that was asked before a resume", async () => {
    const world = new World({
      config: canary([{ weight: 100, approval }]),
      approvals: { ask: (request) => Promise.resolve({ ...request, until: 1_030_000 }) },
    });
    assert.equal(await world.release(), 2);
    assert.equal(find(world, "approval-decided").at, 1_030_000);
  });

  it("end with an interruption", async () => {
    const world = new World({
      config: canary([5, { weight: 100, approval }]),
      onEvent: (event, { interruption }) => (event.type === "approval-awaited" ? interruption.abort() : undefined),
    });
    assert.equal(await world.release(), 130);
    assert.equal(world.inForce.weight, 0);
    assert.equal(world.clock.sleeping, 0);
  });
});

describe("time windows of a release", () => {
  const windows = [
    { from: "08:00", to: "12:00" },
    { from: "12:10", to: "18:00" },
  ];
  const startAt = Date.UTC(2026, 10, 21, 11, 59, 30);

  it("hold a step until they open, which is told once", async () => {
    const world = new World({ config: canary([5, 50, 100], { windows }), startAt });
    assert.equal(await world.release(), 0);
    const awaited = world.events.filter(({ type }) => type === "window-awaited");
    const opensAt = Date.UTC(2026, 10, 21, 12, 10);
    assert.deepEqual(awaited, [{ type: "window-awaited", at: startAt + 42_000, weight: 50, opensAt }]);
    const set = world.events.find((event) => event.type === "weight-set" && event.weight === 50);
    assert.equal(set?.at, opensAt + 2_000);
  });

  it("never hold the way back", async () => {
    const world = new World({
      config: canary([5, 50, 100], { windows }),
      startAt,
      failing: (ms) => ({ blue: 0, green: ms > 300_000 ? 0.2 : 0 }),
    });
    assert.equal(await world.release(), 2);
    assert.ok(find(world, "traffic-back").at < startAt + 320_000);
  });
});
