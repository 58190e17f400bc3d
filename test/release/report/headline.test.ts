import assert from "node:assert/strict";
import type { ReleaseEvent } from "../../../release/events.ts";
import { writeHeadline } from "../../../release/report/headline.ts";
import { summarise } from "../../../release/report/summary.ts";
import { CUT_OFF, event, planned, PROMOTED, REFUSED, ROLLED_BACK, sampled, SILENT, STUCK } from "./stories.ts";

const of = (events: readonly ReleaseEvent[]) => {
  const { title, detail, tone } = writeHeadline(summarise(events));
  return [title, detail, tone];
};

describe("headline", () => {
  it("tells a promotion with its stops and its requests", () => {
    assert.deepEqual(of(PROMOTED), [
      "Version 1.1.0 was promoted",
      "It is live after 3 steps in 1 m 40 s (held 12 s). Meanwhile: candidate 2 of 840 requests failing (0.24 %), " +
        "stable 2 of 1,160 requests failing (0.17 %).",
      "good",
    ]);
  });

  it("tells how soon a fault was found, and how soon traffic was back", () => {
    assert.deepEqual(of(ROLLED_BACK), [
      "Version 1.2.0 was rolled back within 4.2 s of its first failing request",
      "At up to 5 % of the traffic: candidate 9 of 60 requests failing (15 %), " +
        "stable 1 of 1,140 requests failing (0.09 %). All traffic was back on stable 0.31 s after the decision.",
      "bad",
    ]);
  });

  it("gives the reason of a rollback that the evidence did not demand", () => {
    assert.deepEqual(of(SILENT), [
      "Version 1.7.0 was rolled back at 5 % of the traffic",
      "Reason: waited 68 s in vain for 5 % of the requests. At up to 5 % of the traffic: no requests. " +
        "All traffic was back on stable 0.3 s after the decision. Stack and cluster do not agree yet.",
      "bad",
    ]);
  });

  it("does not blame a stray failing request for an interruption", () => {
    const back = event(18, "rolling-back", { weight: 5, reason: "interrupted by the operator" });
    const end = { exitCode: 130, durationMs: 18_000, canary: none(), stable: none() };
    const finished = event(18, "finished", { outcome: "rolled-back", reason: "interrupted by the operator", ...end });
    assert.deepEqual(of([...ROLLED_BACK.slice(0, 8), back, finished]).slice(0, 2), [
      "Version 1.2.0 was rolled back at 5 % of the traffic",
      "Reason: interrupted by the operator. At up to 5 % of the traffic: no requests.",
    ]);
  });

  it("does not take a weight on its way for one in force", () => {
    const back = event(20, "rolling-back", { weight: 50, reason: "interrupted by the operator" });
    const end = { exitCode: 130, durationMs: 20_000, canary: none(), stable: none() };
    const finished = event(20, "finished", { outcome: "rolled-back", reason: "interrupted by the operator", ...end });
    const atFive = ROLLED_BACK.slice(0, 7);
    assert.equal(of([...atFive, back, finished])[0], "Version 1.2.0 was rolled back on its way to 50 % of the traffic");
  });

  it("raises the alarm when traffic could not be moved", () => {
    assert.deepEqual(of(STUCK), [
      "Version 1.2.0 could not be rolled back: it may still serve 5 % of the traffic",
      "Problem: connect ECONNREFUSED 10.0.0.1:6443. At up to 5 % of the traffic: " +
        "candidate 9 of 60 requests failing (15 %), stable 1 of 1,140 requests failing (0.09 %).",
      "alarm",
    ]);
  });

  it("says that nobody saw a refused version, and which check it failed", () => {
    assert.deepEqual(of(REFUSED), [
      "Version 1.4.0 was refused before any user saw it",
      "Stable kept all the traffic. 17 of 20 check requests to GET /orders failed: status 500 instead of 200.",
      "bad",
    ]);
  });

  it("gives the reason when a version was refused without a failed check", () => {
    const reason = "version 1.4.0 cannot start: image not found";
    const end = { exitCode: 2, durationMs: 9_000, canary: none(), stable: none() };
    const events = [planned("1.4.0"), event(9, "finished", { outcome: "refused", reason, ...end })];
    assert.equal(of(events)[1], `Stable kept all the traffic. Reason: ${reason}.`);
  });

  it("says where the events of an unfinished release end", () => {
    assert.deepEqual(of(CUT_OFF), [
      "Version 1.1.0 is without a verdict: the events end with 50 % of the traffic on it",
      "The last event came after 32 s. At up to 50 % of the traffic: candidate 0 of 40 requests failing, " +
        "stable 1 of 760 requests failing (0.13 %).",
      "neutral",
    ]);
    assert.equal(of([planned()])[0], "Version 1.1.0 is without a verdict: the events end before it got any traffic");
    assert.equal(
      of(ROLLED_BACK.slice(0, -2))[0],
      "Version 1.2.0 is without a verdict: the events end after all traffic was back on stable",
    );
    assert.equal(of([sampled(1, 0, [0, 0], [1, 0])])[0]?.startsWith("The candidate is without a verdict"), true);
  });
});

function none() {
  return { requests: 0, failed: 0 };
}
