import assert from "node:assert/strict";
import { chooseDrill } from "../../release/commands/drill.ts";
import { runDrill, type Drill } from "../../release/drill.ts";
import { judgeDrill } from "../../release/drill-result.ts";
import { planRelease } from "../../release/plan.ts";
import { renderDrill } from "../../release/report/drill-text.ts";
import { stackConfig, World, type WorldOptions } from "./world.ts";

/** A drill on the virtual clock, whose fault makes half of the candidate's requests fail. */
async function drill(changes: Partial<Drill> = {}, options: WorldOptions = {}) {
  let isOn = false;
  const world = new World({ failing: () => ({ blue: 0, green: isOn ? 0.5 : 0 }), ...options });
  const plan = planRelease(world.config, { version: "1.1.0", image: "checkout:1.1.0" });
  const driver = { name: "driller", stack: "test", signal: world.interruption.signal };
  const injected: string[] = [];
  const inject: Drill["inject"] = (slot, version) => {
    isOn = true;
    injected.push(`${slot} ${version} at weight ${world.inForce.weight} %`);
    return Promise.resolve();
  };
  const run = await runDrill(plan, world.config, world.ports, driver, {
    fault: "errors",
    inject,
    withinMs: 30_000,
    ...changes,
  });
  return { world, injected, result: judgeDrill(run) };
}

const unmet = ({ goals }: { readonly goals: readonly { met: boolean; text: string }[] }) =>
  goals.filter(({ met }) => !met).map(({ text }) => text);

describe("a drill", () => {
  it("injects the fault once the first weight is observed, and tells how it was found", async () => {
    const { injected, result, world } = await drill();
    assert.deepEqual(injected, ["green 1.1.0 at weight 5 %"]);
    assert.equal(result.exitCode, 0);
    assert.equal(
      renderDrill(result),
      [
        "Drill: errors",
        "",
        "  injected                       0 s",
        "  first failing answers counted  2 s",
        "  decision                       2 s",
        "  weight 0 in force              2 s, 0 s after the decision",
        "  failing requests               10 of the candidate's 40 requests",
        "",
        "✔ the fault was injected once the first weight was observed",
        "✔ the gate rolled back: fails more than 1.25 times as often as stable: 10 of 40 requests failed (25 %) against 0 of 1,160 requests failed (0 %) on stable (odds over 1,000,000 : 1)",
        "✔ all traffic on stable within 30 s of the injection: 2 s",
      ].join("\n"),
    );
    assert.equal(world.inForce.weight, 0);
    assert.equal(world.clock.sleeping, 0);
  });

  it("holds nothing against the version", async () => {
    const { world } = await drill();
    assert.equal(world.types.at(-1), "finished");
    assert.equal(world.inForce.denied, undefined);
    assert.deepEqual(
      world.saved.map(({ denied }) => denied).filter((denied) => denied !== undefined),
      [],
    );
  });

  it("says when too many requests failed until then", async () => {
    const { result } = await drill({ atMostFailing: 5 });
    assert.deepEqual(unmet(result), ["at most 5 requests failing: 10"]);
    assert.equal(result.exitCode, 2);
  });

  it("takes a version off whose fault is not found in time, and never promotes it", async () => {
    for (const withinMs of [20_000, 600_000]) {
      const { result, world } = await drill({ withinMs, inject: () => Promise.resolve() });
      assert.equal(result.exitCode, 2);
      assert.equal(world.inForce.live, "blue");
      assert.equal(world.inForce.weight, 0);
      assert.ok(!world.types.includes("promoted"));
      assert.equal(unmet(result).length, 1);
      assert.match(unmet(result)[0] ?? "", /^the gate did not roll back within .*: the drill took the traffic back$/);
    }
  });

  it("goes back at once when the fault cannot be injected", async () => {
    const { result, world } = await drill({ inject: () => Promise.reject(new Error("status 404")) });
    assert.equal(result.exitCode, 2);
    assert.equal(world.inForce.weight, 0);
    assert.equal(unmet(result)[0], "the fault could not be injected: status 404");
  });

  it("injects nothing into a version that never got traffic", async () => {
    const { injected, result } = await drill({}, { check: { ok: false, passed: 1, problem: "status 500, not 200" } });
    assert.deepEqual(injected, []);
    assert.equal(result.exitCode, 2);
    assert.equal(unmet(result)[0], "the fault was not injected: the candidate got no traffic");
  });

  it("ends like a release when it is interrupted, or cannot take the traffic back", async () => {
    const interrupted = await drill(
      {},
      {
        failing: () => ({ blue: 0, green: 0 }),
        onEvent: ({ type }, { interruption }) => type === "weight-observed" && interruption.abort(),
      },
    );
    assert.equal(interrupted.result.exitCode, 130);
    const stuck = await drill(
      {},
      {
        beforeTakeBack: () => {
          throw new Error("stable has no ready pod");
        },
      },
    );
    assert.equal(stuck.result.exitCode, 3);
  });
});

describe("the choice of a drill", () => {
  const faults = { errors: { path: "/actuator/faults", body: "{}", within: "20s", atMostFailing: 9 } };
  const config = stackConfig({ drill: { production: false, faults } });
  const options = { project: ".", stack: "test", image: "checkout:1.1.0" };

  it("takes the bounds of the fault, then of the stack, unless the options say otherwise", () => {
    const { atMostFailing, fault, withinMs } = chooseDrill({ ...options, fault: "errors" }, config);
    assert.deepEqual(
      { atMostFailing, fault, withinMs },
      { atMostFailing: 9, fault: "errors (POST /actuator/faults)", withinMs: 20_000 },
    );
    assert.equal(chooseDrill({ ...options, inject: "true" }, config).withinMs, 60_000);
    assert.equal(chooseDrill({ ...options, fault: "errors", within: "5s" }, config).withinMs, 5_000);
  });

  it("refuses a stack that users depend on, unless that is meant", () => {
    const production = stackConfig({ drill: { faults } });
    assert.throws(() => chooseDrill({ ...options, fault: "errors" }, production), { message: /say --in-production/ });
    assert.doesNotThrow(() => chooseDrill({ ...options, fault: "errors", inProduction: true }, production));
  });

  it("refuses what is no fault, or no time", () => {
    assert.throws(() => chooseDrill(options, config), { message: /^No fault is named: .*\(errors\)/ });
    assert.throws(() => chooseDrill({ ...options, fault: "x" }, stackConfig({ drill: { production: false } })), {
      message: /^There is no fault x: .*\(none is declared\)/,
    });
    assert.throws(() => chooseDrill({ ...options, inject: "true", within: "soon" }, config), {
      message: /^--within soon/,
    });
  });
});
