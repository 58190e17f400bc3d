import assert from "node:assert/strict";
import { openIncident } from "../../release/gate/incident.ts";
import { decide, type Standing, type Verdict } from "../../release/decide.ts";
import { openGate, thresholdsOf, type GateState } from "../../release/gate/gate.ts";
import { CONVINCED, COUNTED, evidence, PARAMETERS, STANDING } from "./standings.ts";

const LATENCY = { compared: [25], limit: 100, limitShare: 0.01, tolerateSlow: 1.25 };
const TIMED = { ...PARAMETERS, latency: LATENCY, before: { requests: 50_000, failed: 5 } };

interface Known {
  readonly relative?: number;
  readonly limit?: number;
  readonly pass?: number;
  readonly slower?: number;
  readonly tooSlow?: number;
  readonly fewer?: number;
  readonly more?: number;
  readonly thanBefore?: number;
}

function judgeTimed(known: Known, standing: Partial<Standing> = {}): Verdict {
  const { fewer = 0, limit = 0, more = 0, pass = 0, relative = 0, slower = 0, thanBefore = 0, tooSlow = 0 } = known;
  const edge = { relative: evidence(slower), floor: evidence(0), isShown: true };
  const full: GateState = {
    ...openGate(TIMED, 0),
    relative: evidence(relative),
    limit: evidence(limit),
    pass: evidence(pass),
    highest: { relative, floor: 0 },
    ...COUNTED,
    latency: {
      edges: [edge],
      limit: evidence(tooSlow),
      incident: openIncident(0.01),
      highest: slower,
      canary: { requests: 900, slower: [90, 45] },
      stable: { requests: 2_700, slower: [27, 3] },
    },
    share: { fewer: evidence(fewer), more: evidence(more), weight: 25, canary: 40, requests: 4_000 },
    solo: { thanBefore: evidence(thanBefore), canary: { requests: 400, failed: 4 } },
  };
  return decide(full, TIMED, thresholdsOf(TIMED), { ...STANDING, ...standing });
}

describe("decide, with times, shares and what was before", () => {
  const timed: readonly (readonly [string, Known, Partial<Standing>, string])[] = [
    ["slower than stable", { slower: Math.log(334) }, {}, "rollback/slower"],
    ["not quite", { slower: Math.log(332) }, {}, "hold/doubt"],
    [
      "over the latency limit, and somewhat slower",
      { tooSlow: Math.log(667), slower: CONVINCED },
      {},
      "rollback/too-slow",
    ],
    ["over the latency limit, and so is stable", { tooSlow: Math.log(667) }, {}, "pause/both-slow"],
    ["over the latency limit alone", { tooSlow: Math.log(667) }, { weight: 100 }, "rollback/too-slow"],
    ["proved, but perhaps slower", { pass: CONVINCED, slower: Math.log(11) }, {}, "hold/doubt"],
    ["fewer requests than its weight's", { fewer: Math.log(2_001), pass: CONVINCED }, {}, "rollback/fewer"],
    ["more requests than its weight's", { more: Math.log(2_001), pass: CONVINCED }, {}, "pause/more"],
    ["more for too long", { more: Math.log(2_001) }, { pausedMs: 600_000 }, "rollback/deadline"],
    ["worse than stable was, alone", { thanBefore: Math.log(251) }, { weight: 100 }, "rollback/than-before"],
    ["worse than stable was, but stable has traffic", { thanBefore: Math.log(251) }, {}, "wait/early"],
    ["counted, but not timed", { pass: CONVINCED }, { untimedMs: 60_001 }, "pause/untimed"],
    ["times that come late", { pass: CONVINCED }, { untimedMs: 60_000 }, "advance/proved"],
    ["errors before times", { limit: Math.log(668), relative: CONVINCED, slower: 9 }, {}, "rollback/limit"],
    ["both sick before both slow", { limit: Math.log(668), tooSlow: Math.log(668) }, {}, "pause/both-sick"],
    ["doubt that does not end", { slower: Math.log(11) }, { dwellMs: 780_000 }, "rollback/deadline"],
    ["doubt just before", { slower: Math.log(11) }, { dwellMs: 779_999 }, "hold/doubt"],
  ];
  for (const [name, known, standing, expected] of timed) {
    it(`${expected}: ${name}`, () => {
      const { decision, rule } = judgeTimed(known, standing);
      assert.equal(`${decision}/${rule}`, expected);
    });
  }

  const timedReasons: readonly (readonly [string, Known, Partial<Standing>, string])[] = [
    [
      "slower",
      { slower: Math.log(812) },
      {},
      "answers slower than stable: 90 of 900 answers took over 25 ms (10 %) against 27 of 2,700 (1 %) on stable (odds 812 : 1)",
    ],
    [
      "too slow",
      { tooSlow: Math.log(812), slower: CONVINCED },
      {},
      "answers slower than the limit, a p99 of 100 ms, and slower than stable: 45 of 900 answers took over 100 ms (5 %) against 3 of 2,700 (0.11 %) on stable (odds 812 : 1)",
    ],
    [
      "fewer",
      { fewer: 20 },
      {},
      "gets fewer requests than its weight says, so some are lost, or hang, before they are counted: 40 of 4,000 requests (1 %) at weight 25 % (odds over 1,000,000 : 1)",
    ],
    [
      "before/after",
      { thanBefore: Math.log(812) },
      { weight: 100 },
      "fails more than 1.25 times as often as stable did: before/after, as stable has no traffic to compare with: 4 of 400 requests failed (1 %) against 5 of 50,000 requests failed (0.01 %) on stable in the hour before the release (odds 812 : 1)",
    ],
  ];
  for (const [name, known, standing, reason] of timedReasons) {
    it(`says why: ${name}`, () => assert.equal(judgeTimed(known, standing).reason, reason));
  }
});
