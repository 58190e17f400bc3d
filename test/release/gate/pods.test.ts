import assert from "node:assert/strict";
import fc from "fast-check";
import { podLimitsSchema } from "../../../config/declared-gate.ts";
import {
  findPodFault,
  NO_PODS,
  notePods,
  takePodHealth,
  totalsOf,
  type PodHealth,
} from "../../../release/gate/pods.ts";

const LIMITS = podLimitsSchema.parse({});
const pod = (uid: string, ends = 0, more: Partial<PodHealth> = {}): PodHealth => ({
  uid,
  ready: true,
  ends,
  oomKilled: false,
  ...more,
});

describe("the rule about pods", () => {
  const start = notePods([pod("a", 2), pod("b")], 0);
  const then = (...looks: (readonly PodHealth[])[]) =>
    looks.reduce((record, pods) => takePodHealth(record, pods, 1), start);

  it("does not hold against them what was before they were ready", () => {
    assert.deepEqual(totalsOf(start), { restarts: 0, oomKills: 0, ready: 2 });
    const oldKill = then([pod("a", 2, { oomKilled: true }), pod("b")]);
    assert.deepEqual(totalsOf(oldKill), { restarts: 0, oomKills: 0, ready: 2 });
  });

  for (const [title, pods, fault] of [
    ["nothing for one restart", [pod("a", 3), pod("b")], undefined],
    ["two restarts of one pod", [pod("a", 4), pod("b")], "the candidate's pods restarted 2 times (rolls back at 2)"],
    [
      "two restarts of two pods",
      [pod("a", 3), pod("b", 1)],
      "the candidate's pods restarted 2 times (rolls back at 2)",
    ],
    [
      "one kill for memory",
      [pod("a", 3, { oomKilled: true }), pod("b")],
      "once a container of the candidate was killed for its memory (rolls back at 1)",
    ],
    [
      "a new pod that keeps crashing",
      [pod("a", 2), pod("b"), pod("c", 2)],
      "the candidate's pods restarted 2 times (rolls back at 2)",
    ],
    ["nothing while one pod is ready", [pod("a", 2, { ready: false }), pod("b")], undefined],
    [
      "no pod that is ready",
      [pod("a", 2, { ready: false }), pod("b", 0, { ready: false })],
      "no pod of the candidate is ready",
    ],
    ["no pod at all", [], "no pod of the candidate is ready"],
  ] as const) {
    it(`finds ${title}`, () => assert.equal(findPodFault(LIMITS, then(pods), true), fault));
  }

  it("does not forget a pod that is gone", () => {
    assert.equal(totalsOf(then([pod("a", 3), pod("b", 1)], [pod("c")])).restarts, 2);
  });

  it("counts a kill once, however often it is seen", () => {
    const killed = [pod("a", 3, { oomKilled: true }), pod("b")];
    assert.equal(totalsOf(then(killed, killed, killed)).oomKills, 1);
  });

  it("asks for ready pods only while there is traffic", () => {
    assert.equal(findPodFault(LIMITS, then([]), false), undefined);
  });

  it("says nothing before the pods were looked at", () => assert.equal(findPodFault(LIMITS, NO_PODS, true), undefined));

  it("can be switched off, each part for itself", () => {
    const dead = then([pod("a", 9, { oomKilled: true, ready: false })]);
    const off = { ...LIMITS, oomKills: "off", restarts: "off", unready: "off" } as const;
    assert.equal(findPodFault(off, dead, true), undefined);
    assert.match(findPodFault({ ...off, restarts: 2 }, dead, true) ?? "", /restarted 7 times/);
    assert.match(findPodFault({ ...off, oomKills: 1 }, dead, true) ?? "", /killed/);
    assert.match(findPodFault({ ...off, unready: "rollback" }, dead, true) ?? "", /ready/);
  });

  it("never counts backwards", () => {
    const health = fc.record({
      uid: fc.constantFrom("a", "b", "c"),
      ready: fc.boolean(),
      ends: fc.nat(5),
      oomKilled: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(fc.uniqueArray(health, { selector: ({ uid }) => uid })), (looks) => {
        let record = start;
        for (const pods of looks) {
          const next = takePodHealth(record, pods, 1);
          assert.ok(totalsOf(next).restarts >= totalsOf(record).restarts);
          assert.ok(totalsOf(next).oomKills >= totalsOf(record).oomKills);
          record = next;
        }
      }),
    );
  });
});
