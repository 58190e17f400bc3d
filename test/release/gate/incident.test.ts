import assert from "node:assert/strict";
import {
  followIncident,
  isShared,
  isSpared,
  openIncident,
  type IncidentState,
} from "../../../release/gate/incident.ts";

const LIMIT = 0.01;
const WELL = { requests: 200, failed: 0 };
const SICK = { requests: 200, failed: 10 };
const GONE = { requests: 200, failed: 200 };
const NONE = { requests: 0, failed: 0 };

type Answers = readonly [canary: typeof WELL, stable: typeof WELL];

function follow(scrapes: readonly Answers[], state: IncidentState = openIncident(LIMIT)): IncidentState {
  return scrapes.reduce((known, [canary, stable]) => followIncident(known, { canary, stable }, LIMIT), state);
}

const times = (count: number, ...answers: Answers): Answers[] => Array.from({ length: count }, () => answers);

const kindOf = (state: IncidentState) => (isShared(state) ? "shared" : isSpared(state) ? "spared" : "none");

describe("an incident", () => {
  it("begins at the first scrape that shows it, after any number of good ones", () => {
    const state = follow([...times(1_800, WELL, WELL), [SICK, SICK]]);
    assert.equal(kindOf(state), "shared");
    assert.deepEqual(state.answered, { canary: SICK, stable: SICK });
  });

  it("is stable's: a candidate that is over the limit alone is in none, and one that is well is spared", () => {
    assert.equal(kindOf(follow(times(100, SICK, WELL))), "none");
    assert.equal(kindOf(follow(times(100, WELL, SICK))), "spared");
    assert.equal(kindOf(follow(times(100, WELL, WELL))), "none");
  });

  it("is none while both are at the limit", () => {
    const at = { requests: 200, failed: 2 };
    assert.equal(kindOf(follow(times(500, at, at))), "none");
  });

  it("is over a few scrapes after its end, however bad it was", () => {
    const disaster = follow(times(300, GONE, GONE));
    assert.ok(follow(times(3, WELL, WELL), disaster).lasts);
    assert.ok(!follow(times(4, WELL, WELL), disaster).lasts);
  });

  it("is over when stable is well again: what goes on is the candidate's", () => {
    assert.equal(kindOf(follow([...times(10, SICK, SICK), ...times(4, SICK, WELL)])), "none");
  });

  it("lasts while the candidate alone has traffic, until it is well; then none begins", () => {
    const alone = follow([...times(3, SICK, SICK), ...times(60, SICK, NONE)]);
    assert.equal(kindOf(alone), "shared");
    assert.deepEqual(alone.answered, {
      canary: { requests: 12_600, failed: 630 },
      stable: { requests: 600, failed: 30 },
    });
    const over = follow(times(5, WELL, NONE), alone);
    assert.ok(!over.lasts);
    assert.ok(!follow(times(60, SICK, NONE), over).lasts);
  });

  it("needs more where failures come in clusters", () => {
    const pair = { canary: SICK, stable: SICK };
    assert.ok(followIncident(openIncident(LIMIT), pair, LIMIT).lasts);
    assert.ok(!followIncident(openIncident(LIMIT), pair, LIMIT, 5).lasts);
  });
});
