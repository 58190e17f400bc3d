import assert from "node:assert/strict";
import { UserError } from "../../release/errors.ts";
import { checkGround } from "../../release/session.ts";
import { World } from "./world.ts";

describe("the ground of a release", () => {
  it("is firm when the live version is counted and every query gives a number", async () => {
    const world = new World();
    await checkGround({ config: world.config, ports: world.ports });
  });

  it("is not where a declared gate gets no number", async () => {
    const world = new World({ ask: () => [] });
    await assert.rejects(checkGround({ config: world.config, ports: world.ports }), (error) => {
      assert.ok(error instanceof UserError);
      assert.match(
        error.message,
        /^Nothing was changed: a release cannot start\.\n {2}- sluice:gate\.emergency\.errorShare/,
      );
      assert.match(error.message, /\n {2}- sluice:gate\.emergency\.latencyP95: the query gives nothing for stable/);
      return true;
    });
  });

  it("is not asked for each query where Prometheus cannot be read at all", async () => {
    const world = new World({
      beforeRead: () => {
        throw new Error("Prometheus: ECONNREFUSED");
      },
      ask: () => assert.fail("asked"),
    });
    await assert.rejects(checkGround({ config: world.config, ports: world.ports }), /Prometheus: ECONNREFUSED/);
  });
});
