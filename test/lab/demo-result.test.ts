import assert from "node:assert/strict";
import { measureBad, measureBroken, measureGood, measureStackUps } from "../../lab/demo-result.ts";
import { describeDemo, judgeDemo, median, type DemoResult } from "../../lab/demo-summary.ts";
import type { Answer } from "../../lab/load.ts";
import type { ReleaseEvent } from "../../release/events.ts";

const NONE = { requests: 0, failed: 0 };
const at = (seconds: number) => 1_000_000 + seconds * 1_000;

const planned = { type: "planned", at: at(0) } as ReleaseEvent;
const finished = (seconds: number, outcome: "promoted" | "rolled-back" | "refused"): ReleaseEvent => ({
  type: "finished",
  at: at(seconds),
  outcome,
  reason: "because",
  exitCode: outcome === "promoted" ? 0 : 2,
  durationMs: seconds * 1_000,
  canary: NONE,
  stable: NONE,
});
const observed = (seconds: number, weight: number, tookMs: number): ReleaseEvent => ({
  type: "weight-observed",
  at: at(seconds),
  weight,
  share: weight / 100,
  requests: 400,
  tookMs,
});
const advance = (seconds: number, weight: number): ReleaseEvent => ({
  type: "decided",
  at: at(seconds),
  weight,
  decision: "advance",
  reason: "proved",
});
const answer = (seconds: number, status: number, version = "1.0.0"): Answer => ({
  startMs: at(seconds),
  durationMs: 10,
  status,
  version,
});

describe("what the demo measures", () => {
  it("of a good release: every answer during it, and the time at each weight", () => {
    const events = [
      planned,
      observed(10, 5, 2_100),
      advance(25, 5),
      observed(30, 100, 4_000),
      advance(45, 100),
      finished(80, "promoted"),
    ];
    const answers = [answer(-1, 500), answer(0, 200), answer(40, 503), answer(80, 200), answer(81, 500)];
    assert.deepEqual(measureGood(events, answers), {
      outcome: "promoted",
      durationS: 80,
      requests: 3,
      failedRequests: 1,
      steps: [
        { weight: 5, observedS: 2.1, dwellS: 15 },
        { weight: 100, observedS: 4, dwellS: 15 },
      ],
    });
  });

  it("of a bad release: from the first failing answer to the decision, and to the candidate's last request", () => {
    const rolling: ReleaseEvent = { type: "rolling-back", at: at(16), weight: 5, reason: "worse" };
    const answers = [
      answer(11, 200, "1.2.0"),
      answer(12, 500, "1.2.0"),
      answer(15, 0, ""),
      answer(16.25, 200, "1.2.0"),
      answer(17, 200),
      answer(18, 404),
    ];
    assert.deepEqual(
      measureBad([planned, observed(10, 5, 2_000), rolling, finished(20, "rolled-back")], answers, "1.2.0", 0.2),
      {
        outcome: "rolled-back",
        faultErrorShare: 0.2,
        weightAtDetection: 5,
        detectionS: 3.99,
        decisionToZeroS: 0.25,
        failingRequests: 2,
      },
    );
  });

  it("of a broken one: whether any user was hit", () => {
    const events = [planned, finished(20, "refused")];
    assert.deepEqual(measureBroken(events, [answer(5, 200), answer(30, 500)]), {
      outcome: "refused",
      failingRequests: 0,
    });
  });

  it("of Pulumi: each weight step", () => {
    const set: ReleaseEvent = { type: "weight-set", at: at(3), weight: 5, serial: 3, tookMs: 2_345 };
    assert.deepEqual(measureStackUps([planned, set, finished(9, "promoted")]), [2.345]);
  });

  it("says so when a release did not tell its end", () => {
    assert.throws(() => measureGood([planned], []), /told of no "finished"/);
  });
});

describe("the demo's verdict", () => {
  const good: DemoResult = {
    good: {
      outcome: "promoted",
      durationS: 140,
      requests: 28_000,
      failedRequests: 0,
      steps: [{ weight: 5, observedS: 2, dwellS: 40 }],
    },
    bad: {
      outcome: "rolled-back",
      faultErrorShare: 0.2,
      weightAtDetection: 5,
      detectionS: 2.5,
      decisionToZeroS: 0.21,
      failingRequests: 6,
    },
    broken: { outcome: "refused", failingRequests: 0 },
    rps: 200,
    scrapeS: 2,
    stackUpS: [2.5, 2, 3],
    labUpS: 30,
  };

  it("is good when all three went as they must", () => assert.deepEqual(judgeDemo(good), []));

  it("names everything that went otherwise", () => {
    const bad: DemoResult = {
      ...good,
      good: { ...good.good, outcome: "rolled-back", failedRequests: 3 },
      bad: { ...good.bad, outcome: "promoted" },
      broken: { outcome: "rolled-back", failingRequests: 9 },
    };
    assert.deepEqual(judgeDemo(bad), [
      "the good version was rolled-back, not promoted",
      "3 requests failed while the good version was released",
      "the bad version was promoted, not rolled back",
      "the broken version was rolled-back, not refused",
      "9 requests failed while the broken version was tried",
    ]);
  });

  it("tells a newcomer what users saw", () => {
    const text = describeDemo(good);
    assert.match(text, /good {4}promoted after 140 s \(5 % for 40 s\):\n +0 of 28,000 requests failed\./);
    assert.match(
      text,
      /decided 2\.5 s after the first failing answer, its last request 0\.21 s later;\n +6 requests failed in all\./,
    );
    assert.match(text, /broken {2}refused before any traffic: 0 requests failed\./);
    assert.match(text, /A weight step by Pulumi took 2\.5 s \(median of 3\)\./);
  });

  it("takes the middle of an odd number of times", () => assert.equal(median([5, 1, 3]), 3));
});
