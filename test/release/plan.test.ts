import assert from "node:assert/strict";
import { candidateSlot, planRelease } from "../../release/plan.ts";
import { STACK, stackConfig } from "./world.ts";

const next = { version: "1.1.0", image: "checkout:1.1.0" };

describe("plan", () => {
  it("takes the steps of a canary from the configuration", () => {
    const plan = planRelease(stackConfig(), next);
    assert.equal(candidateSlot(plan), "green");
    assert.deepEqual(plan.candidate, { version: "1.1.0", image: "checkout:1.1.0", replicas: 2 });
    assert.equal(plan.bakeMs, 30_000);
    assert.deepEqual(
      plan.steps.map(({ onInconclusive, weight }) => [weight, onInconclusive]),
      [
        [5, "advance"],
        [25, "pause"],
        [50, "pause"],
        [100, "pause"],
      ],
    );
    assert.deepEqual(plan.steps[0], {
      weight: 5,
      minStepTimeMs: 15_000,
      maxStepTimeMs: 180_000,
      onInconclusive: "advance",
    });
  });

  it("refuses a version that was taken back for its faults, until it is asked for again", () => {
    const release = { ...STACK.release, denied: { "1.1.0": "fails too often", "1.0.9": "too slow" } };
    const config = stackConfig({ release });
    assert.throws(() => planRelease(config, next), {
      name: "UserError",
      message:
        "version 1.1.0 was taken back: fails too often.\nRelease a repaired version under a new name, or this one by --again.",
    });
    assert.equal(planRelease(config, { ...next, version: "1.1.1" }).from.denied?.["1.1.0"], "fails too often");
    assert.deepEqual(planRelease(config, { ...next, again: true }).from.denied, release.denied);
  });

  it("goes to 100 % in one step for blue/green", () => {
    const plan = planRelease(stackConfig({ strategy: { kind: "blueGreen" } }), next);
    assert.deepEqual(
      plan.steps.map(({ weight }) => weight),
      [100],
    );
    assert.equal(plan.candidate.replicas, 3);
  });

  it("does at every step what the configuration says about steps that prove nothing", () => {
    const plan = planRelease(stackConfig({ gate: { onInconclusive: "pause" } }), next);
    assert.ok(plan.steps.every(({ onInconclusive }) => onInconclusive === "pause"));
  });

  it("uses the slot that is not live", () => {
    const green = { version: "1.0.0", image: "checkout:1.0.0", replicas: 2 };
    assert.equal(candidateSlot(planRelease(stackConfig({ release: { live: "green", green } }), next)), "blue");
  });

  const refused: readonly (readonly [string, typeof next, Record<string, unknown>, string])[] = [
    [
      "the live version",
      { version: "1.0.0", image: "checkout:1.0.0-b2" },
      {},
      "version 1.0.0 is already live in blue (checkout:1.0.0).\nRelease another version; a new build needs a new version.",
    ],
    [
      "the live image under a new name",
      { version: "1.0.1", image: "checkout:1.0.0" },
      {},
      "image checkout:1.0.0 is already live in blue as version 1.0.0: version 1.0.1 would be the same.",
    ],
    [
      "a second release",
      next,
      {
        release: {
          ...STACK.release,
          candidate: "green",
          weight: 25,
          green: { version: "1.0.9", image: "checkout:1.0.9", replicas: 2 },
        },
      },
      'version 1.0.9 is still under release in green at weight 25 %.\nWait for its release program, or take it off with "sluice abort".',
    ],
  ];
  for (const [what, version, changes, message] of refused) {
    it(`refuses ${what}`, () => {
      assert.throws(() => planRelease(stackConfig(changes), version), { name: "UserError", message });
    });
  }

  it("refuses a version and an image that no slot may hold, all at once", () => {
    assert.throws(() => planRelease(stackConfig(), { version: "1.1/beta", image: "checkout:latest" }), {
      name: "UserError",
      message: [
        "This version cannot be released:",
        "  - version \"1.1/beta\": use letters, digits, '.', '_' and '-' (it becomes a label)",
        "  - image \"checkout:latest\": 'latest' changes its meaning: use an immutable tag or a digest",
      ].join("\n"),
    });
  });
});
