import assert from "node:assert/strict";
import { parseStackConfig } from "../../config/parse.ts";
import { forecast } from "../../release/forecast.ts";
import { planRelease, stepAt } from "../../release/plan.ts";
import { renderForecast } from "../../release/report/forecast-text.ts";
import { findSteps } from "../../release/report/steps.ts";
import { describe as tell } from "../../release/report/words.ts";
import { isTold, STACK, stackConfig, World, type WorldOptions } from "./world.ts";

const config = stackConfig({ strategy: { ...STACK.strategy, weights: [5, 100], holdback: 5 } });
const heldBack = (options: WorldOptions = {}) => new World({ config, ...options });

describe("a release that holds some traffic back", () => {
  it("bakes beside stable, and gives the rest over before the promotion", async () => {
    const world = heldBack();
    assert.equal(await world.release(), 0);
    const start = world.events[0]?.at ?? 0;
    const story = world.events
      .filter(isTold)
      .map((event) => `${(event.at - start) / 1_000} ${event.type}${"weight" in event ? ` ${event.weight}` : ""}`);
    assert.deepEqual(story.slice(story.indexOf("2 baseline") + 1), [
      "4 weight-set 5",
      "6 weight-observed 5",
      "42 decided 5",
      "44 weight-set 95",
      "46 weight-observed 95",
      "61 decided 95",
      "91 decided 95",
      "93 weight-set 100",
      "96 weight-observed 100",
      "98 reconciled",
      "98 promoted",
      "98 finished",
    ]);
    assert.deepEqual([world.inForce.live, world.inForce.weight], ["green", 0]);
    const modes = world.events.flatMap((event) => (event.type === "sampled" ? [`${event.weight} ${event.mode}`] : []));
    assert.ok(modes.includes("95 comparing") && !modes.includes("95 solo"));
  });

  it("compares until the end: what goes wrong for both versions is not held against the new one", async () => {
    const sick = (ms: number) => ms > 70_000 && ms < 80_000;
    const both = heldBack({ failing: (ms) => (sick(ms) ? { blue: 0.05, green: 0.05 } : { blue: 0, green: 0 }) });
    assert.equal(await both.release(), 0);
    const alone = heldBack({ failing: (ms) => ({ blue: 0, green: sick(ms) ? 0.05 : 0 }) });
    assert.equal(await alone.release(), 2);
    assert.equal(alone.inForce.live, "blue");
  });

  it("is planned, told and reported so", async () => {
    const plan = planRelease(config, { version: "1.1.0", image: "checkout:1.1.0" });
    assert.deepEqual(
      [0, 1, 2].map((index) => stepAt(plan, index).weight),
      [5, 95, 100],
    );
    assert.throws(() => stepAt(plan, 3), RangeError);
    const ground = { gate: config.gate, scrapeIntervalMs: 2_000, traffic: undefined, now: 0 };
    const text = renderForecast(forecast(plan, ground), { app: "checkout", stack: "test", plan, segments: [] });
    assert.match(
      text,
      /\n 95 % .*\nbake +30s +with the gate on, at 95 %\n100 % +the last 5 % follow, and are seen there/,
    );
    assert.ok(text.split("\n").every((line) => line.length <= 80));
    const world = heldBack();
    await world.release();
    assert.match(tell(world.events[0] ?? assert.fail()) ?? "", /weights 5 → 95 %, .* bake 30 s with 5 % held back$/);
    assert.deepEqual(
      findSteps(world.events).map(({ bakedMs, ending, weight }) => [weight, bakedMs, ending]),
      [
        [5, undefined, "advanced to 95 %"],
        [95, 30_000, "baked 30 s, advanced to 100 %"],
        [100, undefined, "promoted"],
      ],
    );
  });

  const refusals: readonly (readonly [string, Record<string, unknown>, RegExp])[] = [
    [
      "a stage that is not below what is left",
      { strategy: { ...STACK.strategy, weights: [50, 95, 100], holdback: 5 } },
      /strategy\.weights\[1\]: is not below the last step, which is 95 with strategy\.holdback 5/,
    ],
    [
      "a router without weights",
      { router: { kind: "selector" }, strategy: { kind: "blueGreen", holdback: 5 }, gate: { latency: "off" } },
      /strategy\.holdback: router selector cannot split requests by percent; istio, gateway, ingressNginx and kong can/,
    ],
  ];
  for (const [what, changes, message] of refusals) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseStackConfig({ ...STACK, ...changes }, "test"), message);
    });
  }
});
