import assert from "node:assert/strict";
import fc from "fast-check";
import { decide, type Standing, type Verdict } from "../../release/decide.ts";
import { openGate, thresholdsOf, type GateState } from "../../release/gate/gate.ts";
import { CONVINCED, COUNTED, evidence, PARAMETERS, STANDING } from "./standings.ts";

interface Known {
  readonly relative?: number;
  readonly floor?: number;
  readonly limit?: number;
  readonly pass?: number;
  readonly highest?: { readonly relative: number; readonly floor: number };
  readonly incident?: boolean;
}

function gate({ floor = 0, highest, incident = false, limit = 0, pass = 0, relative = 0 }: Known): GateState {
  const open = openGate(PARAMETERS, 0);
  return {
    ...open,
    relative: evidence(relative),
    floor: evidence(floor),
    limit: evidence(limit),
    pass: evidence(pass),
    highest: highest ?? { relative, floor },
    ...COUNTED,
    incident: { ...open.incident, lasts: incident },
  };
}

function judge(known: Known, standing: Partial<Standing> = {}): Verdict {
  return decide(gate(known), PARAMETERS, thresholdsOf(PARAMETERS), { ...STANDING, ...standing });
}

const DECIDED = Math.log(201);

describe("decide", () => {
  const table: readonly (readonly [string, Known, Partial<Standing>, string])[] = [
    ["worse and not ignorable", { relative: DECIDED, floor: DECIDED }, {}, "rollback/worse"],
    [
      "each ever reached, at different times",
      { relative: 1, floor: DECIDED, highest: { relative: DECIDED, floor: DECIDED } },
      {},
      "rollback/worse",
    ],
    ["worse, but so rare that it is ignored", { relative: DECIDED, floor: 1 }, {}, "hold/doubt"],
    ["not ignorable, but not worse", { relative: 0, floor: DECIDED }, {}, "wait/early"],
    ["above the limit, and somewhat worse", { relative: CONVINCED, limit: DECIDED }, {}, "rollback/limit"],
    ["above the limit, and so is stable", { relative: 0, limit: DECIDED }, {}, "pause/both-sick"],
    ["above the limit, with nothing to compare", { limit: DECIDED }, { weight: 100 }, "rollback/limit"],
    [
      "above the limit, in an incident that stable had too",
      { limit: DECIDED, incident: true },
      { weight: 100 },
      "pause/both-sick",
    ],
    [
      "worse, in an incident that stable has too",
      { relative: DECIDED, floor: DECIDED, incident: true },
      {},
      "rollback/worse",
    ],
    ["worse even before the shortest time", { relative: DECIDED, floor: DECIDED }, { dwellMs: 0 }, "rollback/worse"],
    ["worse while paused", { relative: DECIDED, floor: DECIDED }, { pausedMs: 5 }, "rollback/worse"],
    ["worse in silence", { relative: DECIDED, floor: DECIDED }, { silentMs: 60_000 }, "rollback/worse"],
    ["doubt against proof", { relative: Math.log(11), pass: CONVINCED }, {}, "hold/doubt"],
    ["proved", { pass: CONVINCED }, {}, "advance/proved"],
    ["proved too early", { pass: CONVINCED }, { dwellMs: 14_999 }, "wait/early"],
    ["not proved yet", { pass: Math.log(19) }, {}, "wait/early"],
    ["not proved in time, pause wanted", {}, { dwellMs: 180_000 }, "pause/inconclusive"],
    ["not proved in time, advance wanted", {}, { dwellMs: 180_000, onInconclusive: "advance" }, "advance/inconclusive"],
    ["proved at the last moment", { pass: CONVINCED }, { dwellMs: 180_000 }, "advance/proved"],
    [
      "doubt at the end of the time",
      { relative: Math.log(11) },
      { dwellMs: 180_000, onInconclusive: "advance" },
      "hold/doubt",
    ],
    ["two scrapes missing", { pass: CONVINCED }, { silentMs: 6_000 }, "advance/proved"],
    ["three scrapes missing", { pass: CONVINCED }, { silentMs: 6_001 }, "pause/silent"],
    ["silence beyond its deadline", {}, { silentMs: 700_000, pausedMs: 600_000 }, "rollback/deadline"],
    ["silence short of its deadline", {}, { silentMs: 700_000, pausedMs: 599_999 }, "pause/silent"],
    [
      "only the candidate silent",
      {},
      { silentMs: 130_000, silence: "candidate", pausedMs: 120_000 },
      "rollback/deadline",
    ],
    ["both sick beyond the deadline", { limit: DECIDED }, { pausedMs: 600_000 }, "rollback/deadline"],
    [
      "baking",
      { pass: CONVINCED },
      { kind: "bake", weight: 100, dwellMs: 10_000, minStepTimeMs: 30_000 },
      "wait/early",
    ],
    [
      "baked",
      {},
      { kind: "bake", weight: 100, dwellMs: 30_000, minStepTimeMs: 30_000, maxStepTimeMs: 30_000 },
      "advance/baked",
    ],
    [
      "baked, but in doubt",
      { relative: Math.log(11) },
      { kind: "bake", dwellMs: 30_000, minStepTimeMs: 30_000 },
      "hold/doubt",
    ],
  ];
  for (const [name, known, standing, expected] of table) {
    it(`${expected}: ${name}`, () => {
      const { decision, rule } = judge(known, standing);
      assert.equal(`${decision}/${rule}`, expected);
    });
  }

  const reasons: readonly (readonly [string, Known, Partial<Standing>, string])[] = [
    [
      "worse",
      { relative: Math.log(812), floor: DECIDED },
      {},
      "fails more than 1.25 times as often as stable: 25 of 1,000 requests failed (2.5 %) against 3 of 3,000 requests failed (0.1 %) on stable (odds 812 : 1)",
    ],
    [
      "solo",
      { limit: 20 },
      { weight: 100 },
      "fails more than the limit of 1 %, with no traffic on stable to compare it to: 25 of 1,000 requests failed (2.5 %) (odds over 1,000,000 : 1)",
    ],
    [
      "unreadable",
      {},
      { silentMs: 12_000, silence: { unreadable: "ECONNREFUSED" } },
      "metrics cannot be read (ECONNREFUSED) for 12 s",
    ],
    [
      "candidate gone",
      {},
      { silentMs: 12_000, silence: "candidate" },
      "the candidate is not counted, while stable is, for 12 s",
    ],
    ["deadline", {}, { silentMs: 700_000, pausedMs: 600_000 }, "paused for 10 m: no new metrics for 11 m 40 s"],
  ];
  for (const [name, known, standing, reason] of reasons) {
    it(`says why: ${name}`, () => assert.equal(judge(known, standing).reason, reason));
  }

  const ln = fc.double({ min: -50, max: 50, noNaN: true });
  const known = fc.record({ relative: ln, floor: ln, limit: ln, pass: ln });
  const time = fc.integer({ min: 0, max: 2_000_000 });
  const standing = fc.record({
    weight: fc.integer({ min: 1, max: 100 }),
    kind: fc.constantFrom("step" as const, "bake" as const),
    dwellMs: time,
    silentMs: time,
    pausedMs: fc.option(time, { nil: undefined }),
    onInconclusive: fc.constantFrom("advance" as const, "pause" as const),
  });

  it("answers everything, and never advances in silence, in doubt or too early", () => {
    fc.assert(
      fc.property(known, standing, (what, where) => {
        const { decision } = judge(what, where);
        if (decision !== "advance") return;
        assert.ok(where.silentMs <= 6_000);
        assert.ok(what.relative < Math.log(10));
        assert.ok(where.dwellMs >= 15_000);
        assert.ok(what.limit < thresholdsOf(PARAMETERS).limit);
      }),
    );
  });

  it("never turns a rollback into less when the evidence grows", () => {
    const more = fc.double({ min: 0, max: 20, noNaN: true });
    fc.assert(
      fc.property(known, standing, more, (what, where, by) => {
        fc.pre(judge(what, where).decision === "rollback");
        const worse = { ...what, relative: what.relative + by, floor: what.floor + by, limit: what.limit + by };
        assert.equal(judge(worse, where).decision, "rollback");
      }),
    );
  });

  it("always ends a pause", () => {
    fc.assert(
      fc.property(known, standing, (what, where) => {
        assert.notEqual(judge(what, { ...where, pausedMs: 600_000 }).decision, "pause");
      }),
    );
  });
});
