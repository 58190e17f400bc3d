import assert from "node:assert/strict";
import type { ReleaseEvent } from "../../../release/events.ts";
import { towardsAdvance, towardsRollback } from "../../../release/report/progress.ts";
import { createTeller } from "../../../release/report/teller.ts";
import { describe as tell, describeFailing, describeSample } from "../../../release/report/words.ts";
import {
  counts,
  decided,
  event,
  planned,
  PROMOTED,
  REFUSED,
  ROLLED_BACK,
  sampled,
  STUCK,
  THRESHOLDS,
} from "./stories.ts";

describe("words", () => {
  const cases: readonly (readonly [ReleaseEvent, string | undefined])[] = [
    [
      planned("1.2.0"),
      "release of shop 1.2.0 (green) on stack production, stable is 1.0.0 (blue); " +
        "weights 5 → 50 → 100 %, 15 s to 10 m each, bake 30 s",
    ],
    [event(0, "deploying", { slot: "green", version: "1.2.0" }), "deploying 1.2.0 to green, without traffic"],
    [event(0, "ready", { slot: "green", version: "1.2.0", tookMs: 21_400 }), "1.2.0 is ready in green, after 21 s"],
    [
      event(0, "checked", { request: "GET /health", ok: true, passed: 1, sent: 1 }),
      "check passed: GET /health, 1 of 1 answer as expected",
    ],
    [
      event(0, "checked", { request: "GET /orders", ok: false, passed: 3, sent: 20, problem: "status 500" }),
      "check FAILED: GET /orders, 3 of 20 answers as expected; status 500",
    ],
    [event(0, "weight-set", { weight: 5, serial: 13, tookMs: 2_810 }), "weight 5 % set (serial 13), after 2.8 s"],
    [
      event(0, "weight-observed", { weight: 5, share: 0.0491, requests: 412, tookMs: 2_100 }),
      "weight 5 % in force: 4.9 % of 412 requests, after 2.1 s",
    ],
    [sampled(2, 5, [20, 0], [380, 0]), undefined],
    [decided(0, 5, "advance", "proved below the limit"), "advance from 5 %: proved below the limit"],
    [decided(0, 5, "wait", "no decision yet"), "wait at 5 %: no decision yet"],
    [decided(0, 25, "hold", "may be worse than stable"), "hold at 25 %: may be worse than stable"],
    [decided(0, 25, "pause", "no new metrics"), "pause at 25 %: no new metrics"],
    [decided(0, 25, "rollback", "fails more"), "roll back from 25 %: fails more"],
    [event(0, "rolling-back", { weight: 25, reason: "fails more" }), "rolling back from 25 %: fails more"],
    [event(0, "rolling-back", { weight: 0, reason: "checks failed" }), "giving up: checks failed"],
    [event(0, "traffic-back", { serial: 14, tookMs: 309 }), "all traffic is on stable (serial 14), after 0.31 s"],
    [
      event(0, "traffic-stuck", { problem: "no route to host" }),
      "traffic is NOT back on stable: no route to host; what to do: docs/runbook.md",
    ],
    [event(0, "reconciled", { tookMs: 3_400 }), "stack and cluster agree, after 3.4 s"],
    [
      event(0, "reconcile-failed", { problem: "the stack is locked" }),
      "stack and cluster do NOT agree: the stack is locked; the traffic is not concerned. " +
        'Once that is set right, run "sluice sync" and then "pulumi up"',
    ],
    [
      event(0, "switched", { slot: "blue", version: "1.1.0", from: "1.2.0", serial: 15, tookMs: 120 }),
      "all traffic is on 1.1.0 in blue, no longer on 1.2.0 (serial 15), after 0.12 s",
    ],
    [event(0, "promoted", { slot: "green", version: "1.2.0" }), "1.2.0 promoted: green is live"],
  ];

  for (const [told, expected] of cases) {
    const name = told.type === "decided" ? `decided to ${told.decision}` : told.type;
    it(`tells ${name}${told.type === "rolling-back" ? ` from ${told.weight} %` : ""}`, () => {
      assert.equal(tell(told), expected);
    });
  }

  it("tells each way a release can end", () => {
    const ends = [PROMOTED, ROLLED_BACK, STUCK, REFUSED].map((story) => story.at(-1));
    assert.deepEqual(
      ends.map((end) => end && tell(end)),
      [
        "promoted after 1 m 40 s: version 1.1.0 serves all traffic; candidate 2 of 840 requests failing (0.24 %), " +
          "stable 2 of 1,160 requests failing (0.17 %) (exit 0)",
        "rolled back after 23 s: fails more than 1.25 times as often as stable; " +
          "candidate 9 of 60 requests failing (15 %), stable 1 of 1,140 requests failing (0.09 %) (exit 2)",
        "ROLLBACK FAILED after 1 m 19 s: fails more than 1.25 times as often as stable; " +
          "candidate 9 of 60 requests failing (15 %), stable 1 of 1,140 requests failing (0.09 %) (exit 3)",
        "refused after 12 s: checks before any traffic: GET /orders failed 17 of 20 times; " +
          "candidate no requests, stable no requests (exit 2)",
      ],
    );
  });

  it("tells failing requests with their share, where there is one", () => {
    const cases = [counts([0, 0]), counts([1, 0]), counts([98, 3])];
    assert.deepEqual(cases.map(describeFailing), [
      "no requests",
      "0 of 1 request failing",
      "3 of 98 requests failing (3.1 %)",
    ]);
  });

  it("tells a sample in a compact form", () => {
    const sample = sampled(10, 5, [20, 1], [380, 0], { relative: 41, floor: 300, pass: 0.5 });
    assert.ok(sample.type === "sampled");
    const lately = { canary: counts([98, 3]), stable: counts([1_902, 1]) };
    const progress = {
      rollback: towardsRollback(sample, { slower: 0, ...sample.evidence }, THRESHOLDS),
      advance: towardsAdvance(sample, THRESHOLDS),
    };
    assert.equal(describeSample(sample, lately, undefined), "5 %: candidate 3 of 98 failing, stable 1 of 1,902");
    assert.equal(
      describeSample(sample, lately, progress),
      "5 %: candidate 3 of 98 failing, stable 1 of 1,902; " +
        "to roll back odds 41, needs 200, to advance odds 0.5, needs 20",
    );
  });
});

describe("teller", () => {
  it("tells a reason once, not with each event that follows from it", () => {
    const lines = ROLLED_BACK.map(createTeller()).filter((line) => line !== undefined);
    assert.deepEqual(lines.slice(-5), [
      "roll back from 5 %: fails more than 1.25 times as often as stable",
      "rolling back from 5 %",
      "all traffic is on stable (serial 14), after 0.31 s",
      "stack and cluster agree, after 3.4 s",
      "rolled back after 23 s; candidate 9 of 60 requests failing (15 %), stable 1 of 1,140 requests failing (0.09 %) (exit 2)",
    ]);
  });

  it("tells a wait only when it lifts a hold or a pause", () => {
    const tellOne = createTeller();
    const decisions = ["wait", "hold", "wait", "wait", "pause", "wait", "advance", "wait"] as const;
    assert.deepEqual(
      decisions.map((decision) => tellOne(decided(0, 5, decision, `to ${decision}`))),
      [
        undefined,
        "hold at 5 %: to hold",
        "hold lifted at 5 %",
        undefined,
        "pause at 5 %: to pause",
        "pause lifted at 5 %",
        "advance from 5 %: to advance",
        undefined,
      ],
    );
  });

  it("warns when stable itself is slower than the candidate may be", () => {
    const latency = { comparedMs: [250], timed: 1_000, overLimit: 32, allowed: 0.01 };
    assert.equal(
      tell(event(0, "baseline", { requests: 1_000, failed: 0, latency })),
      "stable in the hour before: 0 of 1,000 requests failing; 3.2 % of its answers over the limit, where 1 % may be: a version like it would not pass; times are compared at 250 ms",
    );
  });
});
