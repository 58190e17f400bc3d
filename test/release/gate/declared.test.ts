import assert from "node:assert/strict";
import fc from "fast-check";
import type { DeclaredGate } from "../../../config/gate-presets.ts";
import { measure, UNMEASURED, verdictOf, type GateRecord, type Reading } from "../../../release/gate/declared.ts";
import { describeGate, judge, type Answer } from "../../../release/gate/measurement.ts";
import { findObjection } from "../../../release/gate/objections.ts";
import { strictest } from "../../../release/strictest.ts";

const GATE: DeclaredGate = {
  name: "load",
  setting: "gate.declared.load",
  preset: undefined,
  queries: { blue: "load", green: "load" },
  worse: "higher",
  limit: 10,
  unit: "plain",
  window: 60_000,
  interval: 30_000,
  warmup: 60_000,
  consecutiveFailureLimit: 2,
  failureLimit: undefined,
  inconclusiveLimit: 3,
  consecutiveErrorLimit: 1,
  onNoData: "inconclusive",
  onFailure: "rollback",
  required: true,
};

const number = (value: number): Answer => ({ kind: "number", value });
const none: Answer = { kind: "none" };
const error: Answer = { kind: "error", problem: "no answer" };

function readings(text: string): readonly Reading[] {
  const answers: Readonly<Record<string, Answer>> = { p: number(5), f: number(20), i: none, e: error };
  return [...text].map((letter, k) => ({ askedAt: 30_000 * (k + 1), candidate: answers[letter] ?? none }));
}

function recordOf(text: string, gate = GATE): GateRecord {
  return readings(text).reduce((record, reading) => measure(gate, record, reading), UNMEASURED);
}

describe("a measurement", () => {
  const lower = { ...GATE, worse: "lower" } as const;
  const satisfaction = { ...lower, limit: 3, passAt: 4 };
  const cases: readonly (readonly [string, DeclaredGate, Answer, Answer | undefined, string, string?])[] = [
    ["at the limit", GATE, number(10), undefined, "passed"],
    ["above the limit", GATE, number(10.5), undefined, "failed", "10.5 is above 10"],
    ["in percent", { ...GATE, limit: 0.8, unit: "share" }, number(0.931), undefined, "failed", "93.1 % is above 80 %"],
    ["below, where lower is worse", lower, number(9), undefined, "failed", "9 is below 10"],
    ["good enough to go on", satisfaction, number(4), undefined, "passed"],
    ["between", satisfaction, number(3.4), undefined, "inconclusive", "3.4 is below 4, at which it would pass"],
    ["bad enough to go back", satisfaction, number(2.9), undefined, "failed", "2.9 is below 3"],
    ["no series", GATE, none, undefined, "inconclusive", "there is no number for the candidate"],
    ["NaN", GATE, number(NaN), undefined, "inconclusive", "there is no number for the candidate"],
    ["infinity", GATE, number(Infinity), undefined, "inconclusive", "there is no number for the candidate"],
    [
      "no series that is an error",
      { ...GATE, onNoData: "error" },
      none,
      undefined,
      "error",
      "there is no number for the candidate",
    ],
    ["an error", GATE, error, undefined, "error", "no answer"],
    ["nothing for stable", GATE, number(1), none, "inconclusive", "there is no number for stable"],
  ];
  const ratio = { ...GATE, limit: undefined, compare: { by: "ratio", limit: 1.2 } } as const;
  const conversion = { ...ratio, worse: "lower", compare: { by: "ratio", limit: 0.9, passAt: 1 } } as const;
  const difference = { ...ratio, compare: { by: "difference", limit: 2 } } as const;
  const compared: typeof cases = [
    ["a ratio at its limit", ratio, number(12), number(10), "passed"],
    ["a ratio beyond", ratio, number(12.5), number(10), "failed", "12.5 against 10 on stable, beyond 1.2 times"],
    ["both at 0", ratio, number(0), number(0), "passed"],
    ["something against nothing", ratio, number(1), number(0), "failed", "1 against 0 on stable, beyond 1.2 times"],
    ["below 0", ratio, number(1), number(-1), "inconclusive", "1 against -1 on stable: no ratio below 0"],
    ["not below stable", conversion, number(0.05), number(0.05), "passed"],
    [
      "a little below",
      conversion,
      number(0.048),
      number(0.05),
      "inconclusive",
      "0.048 against 0.05 on stable, beyond 1 times, at which it would pass",
    ],
    ["far below", conversion, number(0.04), number(0.05), "failed", "0.04 against 0.05 on stable, beyond 0.9 times"],
    ["a difference at its limit", difference, number(12), number(10), "passed"],
    ["a difference beyond", difference, number(13), number(10), "failed", "13 against 10 on stable, beyond 2 worse"],
    [
      "a difference where lower is worse",
      { ...difference, worse: "lower" },
      number(7),
      number(10),
      "failed",
      "7 against 10 on stable, beyond 2 worse",
    ],
    [
      "the worse of limit and comparison",
      { ...ratio, limit: 100 },
      number(20),
      number(10),
      "failed",
      "20 against 10 on stable, beyond 1.2 times",
    ],
  ];
  for (const [title, gate, candidate, stable, result, reason] of [...cases, ...compared]) {
    it(`is ${result}: ${title}`, () => {
      const judged = judge(gate, { candidate, ...(stable === undefined ? {} : { stable }) });
      assert.deepEqual([judged.result, judged.reason], [result, reason]);
    });
  }

  it("is described by what it asks for", () => {
    assert.equal(describeGate({ ...GATE, limit: 0.8, unit: "share" }), "at most 80 %");
    assert.equal(describeGate(satisfaction), "at least 3 (4 to go on)");
    assert.equal(describeGate(conversion), "at least 0.9 times stable's (1 to go on)");
    assert.equal(describeGate({ ...difference, limit: 9 }), "at most 9, at most 2 worse than stable");
  });
});

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
