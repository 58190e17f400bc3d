import assert from "node:assert/strict";
import type { Verdict } from "../../release/decide.ts";
import { strictest } from "../../release/strictest.ts";

const verdict = (decision: Verdict["decision"], reason: string = decision): Verdict => ({
  decision,
  rule: "early",
  reason,
});
const TIME = { pausedMs: undefined, pauseDeadlineMs: 600_000 };

describe("the strictest verdict", () => {
  const order = ["advance", "wait", "hold", "pause", "rollback"] as const;
  for (const [i, milder] of order.entries()) {
    for (const stricter of order.slice(i + 1)) {
      it(`is ${stricter} before ${milder}, from whichever side`, () => {
        assert.equal(strictest(verdict(milder), [verdict(stricter)], TIME).decision, stricter);
        assert.equal(strictest(verdict(stricter), [verdict(milder)], TIME).decision, stricter);
      });
    }
  }

  it("is the first of equals", () => {
    assert.equal(strictest(verdict("hold", "a"), [verdict("hold", "b")], TIME).reason, "a");
    assert.equal(strictest(verdict("wait"), [verdict("hold", "b"), verdict("hold", "c")], TIME).reason, "b");
  });

  it("is a rollback when a pause has lasted for its deadline", () => {
    const paused = (pausedMs: number) => strictest(verdict("wait"), [verdict("pause", "why")], { ...TIME, pausedMs });
    assert.equal(paused(599_999).decision, "pause");
    assert.deepEqual(paused(600_000), { decision: "rollback", rule: "deadline", reason: "paused for 10 m: why" });
  });

  it("leaves the time of the gate's own pause to the gate", () => {
    assert.equal(strictest(verdict("pause"), [], { ...TIME, pausedMs: 1e9 }).decision, "pause");
  });
});
