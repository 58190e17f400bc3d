import assert from "node:assert/strict";
import fc from "fast-check";
import {
  liveVersion,
  otherSlot,
  promoted,
  releaseStateSchema,
  rolledBack,
  slotWeights,
  SLOTS,
  withCandidate,
  withWeight,
  type ReleaseState,
} from "../../config/release-state.ts";

const one = { version: "1.0.0", image: "checkout:1.0.0", replicas: 2 };
const two = { version: "1.1.0", image: "checkout:1.1.0", replicas: 3 };
const start: ReleaseState = { live: "blue", weight: 0, serial: 4, blue: one };

describe("release state", () => {
  it("puts a candidate into the idle slot, without traffic", () => {
    assert.deepEqual(withCandidate(start, two), {
      live: "blue",
      candidate: "green",
      weight: 0,
      serial: 5,
      blue: one,
      green: two,
    });
  });

  it("splits traffic by weight, whichever slot is live", () => {
    const state = withWeight(withCandidate(start, two), 25);
    assert.deepEqual(slotWeights(state), { blue: 75, green: 25 });
    assert.deepEqual(slotWeights({ ...state, live: "green", candidate: "blue" }), { blue: 25, green: 75 });
    assert.deepEqual(slotWeights(start), { blue: 100, green: 0 });
  });

  it("moves no traffic when it promotes, and keeps the old version warm", () => {
    const full = withWeight(withCandidate(start, two), 100);
    const after = promoted(full);
    assert.deepEqual(slotWeights(after), slotWeights(full));
    assert.deepEqual(after, { live: "green", weight: 0, serial: 7, blue: one, green: two });
  });

  it("denies a version no longer once it is promoted, and only then", () => {
    const full = withWeight(withCandidate(start, two), 100);
    const denied = { [two.version]: "fails too often", "1.0.9": "too slow" };
    assert.deepEqual(rolledBack({ ...full, denied }).denied, denied);
    assert.deepEqual(promoted({ ...full, denied }).denied, { "1.0.9": "too slow" });
    assert.equal("denied" in promoted({ ...full, denied: { [two.version]: "fails too often" } }), false);
  });

  it("says of a denied version that comes again that it was asked for, until it is gone or live", () => {
    const denied = { [two.version]: "fails too often" };
    const again = withCandidate({ ...start, denied }, two);
    assert.equal(again.again, two.version);
    assert.equal("again" in withCandidate(start, two), false);
    assert.equal("again" in rolledBack(again), false);
    assert.equal("again" in promoted({ ...again, weight: 100 }), false);
  });

  it("refuses to promote what has not all traffic", () => {
    assert.throws(() => promoted(withWeight(withCandidate(start, two), 50)), /cannot promote at weight 50/);
    assert.throws(() => promoted(start), /cannot promote at weight 0/);
  });

  it("gives the candidate's pods up on the way back, and remembers its version", () => {
    const back = rolledBack(withWeight(withCandidate(start, two), 5));
    assert.deepEqual(back, { live: "blue", weight: 0, serial: 7, blue: one, green: { ...two, replicas: 0 } });
  });

  it("says which slot is broken when the live one is empty", () => {
    assert.throws(() => liveVersion({ live: "green", weight: 0, serial: 1, blue: one }), /live slot green is empty/);
  });

  it("stays valid, with weights that sum to 100 and a rising serial, on any way of a release", () => {
    const moves = fc.array(fc.constantFrom("deploy", "step", "promote", "back"), { maxLength: 30 });
    fc.assert(
      fc.property(moves, fc.integer({ min: 1, max: 100 }), (path, weight) => {
        let state = start;
        for (const move of path) {
          const before = state;
          if (move === "deploy" && state.candidate === undefined) state = withCandidate(state, two);
          if (move === "step" && state.candidate !== undefined) state = withWeight(state, weight);
          if (move === "promote" && state.weight === 100) state = promoted(state);
          if (move === "back") state = rolledBack(state);
          const weights = slotWeights(state);
          assert.equal(weights.blue + weights.green, 100);
          assert.deepEqual(releaseStateSchema.parse(state), state);
          assert.equal(state.serial, before === state ? before.serial : before.serial + 1);
          assert.ok(SLOTS.includes(otherSlot(state.live)));
        }
      }),
    );
  });
});
