import assert from "node:assert/strict";
import fc from "fast-check";
import { measure, UNMEASURED, verdictOf, type GateRecord, type Reading } from "../../../release/gate/declared.ts";
import type { Answer } from "../../../release/gate/measurement.ts";
import { findObjection } from "../../../release/gate/objections.ts";
import { strictest } from "../../../release/strictest.ts";
import { error, GATE, none, number } from "./sample-gate.ts";

function readings(text: string): readonly Reading[] {
  const answers: Readonly<Record<string, Answer>> = { p: number(5), f: number(20), i: none, e: error };
  return Array.from(text, (letter, k) => ({ askedAt: 30_000 * (k + 1), candidate: answers[letter] ?? none }));
}

function recordOf(text: string, gate = GATE): GateRecord {
  return readings(text).reduce((record, reading) => measure(gate, record, reading), UNMEASURED);
}

describe("the verdict of a declared gate", () => {
  for (const [text, verdict] of [
    ["", "open"],
    ["p", "successful"],
    ["f", "open"],
    ["ff", "open"],
    ["fff", "failed"],
    ["ffpff", "open"],
    // Neither silence nor an error washes a failure off.
    ["ffif", "failed"],
    ["ffef", "failed"],
    ["fffppp", "failed"],
    ["pi", "open"],
    ["piii", "open"],
    ["piiii", "inconclusive"],
    ["iiiip", "successful"],
    ["iiifi", "open"],
    ["pe", "open"],
    ["pee", "error"],
    ["peie", "open"],
    ["eep", "successful"],
  ] as const) {
    it(`is ${verdict} after ${text === "" ? "nothing" : text}`, () =>
      assert.equal(verdictOf(GATE, recordOf(text)), verdict));
  }

  it("counts failures of the whole release, where that is wanted", () => {
    const gate = { ...GATE, failureLimit: 3 };
    assert.equal(verdictOf(gate, recordOf("fpfpfp", gate)), "successful");
    assert.equal(verdictOf(gate, recordOf("fpfpfpf", gate)), "failed");
  });

  const letters = fc.array(fc.constantFrom("p", "f", "i", "e"), { maxLength: 60 }).map((list) => list.join(""));
  const limits = fc.record({
    consecutiveFailureLimit: fc.nat(4),
    failureLimit: fc.option(fc.nat(8), { nil: undefined }),
    inconclusiveLimit: fc.nat(4),
    consecutiveErrorLimit: fc.nat(4),
  });

  it("is for ever failed once it has failed", () => {
    fc.assert(
      fc.property(limits, letters, letters, (limit, first, then) => {
        const gate = { ...GATE, ...limit };
        return (
          verdictOf(gate, recordOf(first, gate)) !== "failed" ||
          verdictOf(gate, recordOf(first + then, gate)) === "failed"
        );
      }),
    );
  });

  it("comes in a bounded number of measurements where none passes", () => {
    const bad = fc.array(fc.constantFrom("f", "i", "e"), { minLength: 125, maxLength: 125 });
    fc.assert(
      fc.property(limits, bad, (limit, list) => {
        const gate = { ...GATE, ...limit };
        const bound =
          (limit.consecutiveFailureLimit + 1) * (limit.inconclusiveLimit + 1) * (limit.consecutiveErrorLimit + 1);
        const prefixes = list.slice(0, bound).map((_, k) => list.slice(0, k + 1).join(""));
        return prefixes.some((text) => verdictOf(gate, recordOf(text, gate)) !== "open");
      }),
    );
  });

  it("is successful only after a measurement that passed", () => {
    fc.assert(
      fc.property(limits, letters, (limit, text) => {
        const gate = { ...GATE, ...limit };
        return verdictOf(gate, recordOf(text, gate)) !== "successful" || text.endsWith("p");
      }),
    );
  });

  it("is the same from a record that was written down and read again", () => {
    fc.assert(
      fc.property(letters, letters, (first, then) => {
        const read = JSON.parse(JSON.stringify(recordOf(first))) as GateRecord;
        const resumed = readings(then).reduce((record, reading) => measure(GATE, record, reading), read);
        const whole = readings(then).reduce((record, reading) => measure(GATE, record, reading), recordOf(first));
        assert.deepEqual(resumed, whole);
      }),
    );
  });
});

describe("what a declared gate has against going on", () => {
  const at = (weight: number, weightSince?: number) => ({ weight, weightSince });
  const comparing = { ...GATE, limit: undefined, compare: { by: "ratio", limit: 1.2 } } as const;
  for (const [title, gate, text, standing, decision, reason] of [
    ["nothing without traffic", GATE, "", at(0), undefined, undefined],
    ["that it has not been measured", GATE, "", at(5, 0), "wait", "gate load has yet to pass over 1 m at 5 %"],
    ["that it looked back on another weight", GATE, "p", at(5, 1), "wait", "gate load has yet to pass over 1 m at 5 %"],
    ["nothing once it passed at this weight", GATE, "pp", at(5, 0), undefined, undefined],
    ["that the weight is not in force", GATE, "pp", at(5), "wait", "gate load has yet to pass over 1 m at 5 %"],
    ["that it fails", GATE, "pf", at(5, 0), "hold", "gate load is failing: 20 is above 10 (1 in a row)"],
    ["that it failed", GATE, "pfff", at(5, 0), "rollback", "gate load failed: 20 is above 10 (3 in a row)"],
    [
      "that it failed long ago",
      GATE,
      "fpfff",
      at(5, 0),
      "rollback",
      "gate load failed: 20 is above 10 (3 in a row, 4 in all)",
    ],
    [
      "that it failed, for a person",
      { ...GATE, onFailure: "pause" },
      "fff",
      at(5, 0),
      "pause",
      "gate load failed: 20 is above 10 (3 in a row)",
    ],
    [
      "that it found nothing",
      GATE,
      "pi",
      at(5, 0),
      "hold",
      "gate load does not pass: there is no number for the candidate",
    ],
    [
      "that it found nothing for long",
      GATE,
      "piiii",
      at(5, 0),
      "pause",
      "gate load is inconclusive: there is no number for the candidate (4 in a row)",
    ],
    ["that it cannot be asked", GATE, "pee", at(5, 0), "pause", "gate load cannot be measured: no answer (2 in a row)"],
    ["no comparison at weight 100", comparing, "fi", at(100, 0), undefined, undefined],
    ["nothing, if it only may stop", { ...GATE, required: false }, "iiiiee", at(5, 0), undefined, undefined],
    [
      "a failure, if it only may stop",
      { ...GATE, required: false },
      "f",
      at(5, 0),
      "hold",
      "gate load is failing: 20 is above 10 (1 in a row)",
    ],
  ] as const) {
    it(`is ${title}`, () => {
      const objection = findObjection(gate, recordOf(text, gate), standing);
      assert.deepEqual([objection?.decision, objection?.reason], [decision, reason]);
    });
  }

  it("keeps its failure where it cannot be measured any more", () => {
    const record = { ...UNMEASURED, hasFailed: true };
    assert.equal(findObjection(comparing, record, at(100, 0))?.decision, "rollback");
  });

  it("never lets a release go on without a pass, whatever the rest says", () => {
    const decisions = fc.constantFrom("advance", "wait", "hold", "pause", "rollback" as const);
    const texts = fc.array(fc.constantFrom("p", "f", "i", "e"), { maxLength: 30 }).map((list) => list.join(""));
    fc.assert(
      fc.property(decisions, texts, fc.integer({ min: 1, max: 100 }), (decision, text, weight) => {
        const objection = findObjection(GATE, recordOf(text), at(weight, 0));
        const joined = strictest({ decision, rule: "proved", reason: "" }, objection === undefined ? [] : [objection], {
          pausedMs: undefined,
          pauseDeadlineMs: 60_000,
        });
        return joined.decision !== "advance" || (decision === "advance" && text.length > 1 && text.endsWith("p"));
      }),
    );
  });
});
