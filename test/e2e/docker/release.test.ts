import assert from "node:assert/strict";
import { createServer } from "node:net";
import { EDGE_ROUTERS } from "../../../config/router.ts";
import { EDGE_PLACES, HostService } from "../../../lab/docker/host-service.ts";
import { find } from "../../../lab/run-cli.ts";
import type { DrillResult } from "../../../release/drill-result.ts";
import { FAULTS } from "../drill-faults.ts";
import { removeMeanwhile } from "../removals.ts";
import { describeAtLength } from "../at-length.ts";

describe("an edge whose port somebody else has", () => {
  // Half of it is deployed then; those below begin with that.
  it("is not deployed, and says so", async () => {
    const { port } = EDGE_PLACES.nginx;
    const other = createServer().listen(port);
    try {
      await assert.rejects(HostService.deploy("nginx"), new RegExp(`:${port}: bind: address already in use`));
    } finally {
      other.close();
    }
  });
});

describeAtLength("blue/green on a Docker host", () => {
  let service: HostService;
  before(async () => {
    service = await HostService.deploy("traefik", {
      "sluice:strategy": { kind: "blueGreen", replicas: 1, bake: "4s", guard: "off" },
    });
    await service.startTraffic(100);
  });
  // The next tests deploy a service of this name.
  after(() => service.remove());

  const assertServes = async (version: string, since: number) => {
    const { state, weights } = await service.traffic.read();
    assert.deepEqual([state[state.live]?.version, weights[state.live]], [version, 100]);
    assert.deepEqual(service.failures(since), []);
  };

  it("brings a good version to all traffic in one step, without a failed request", async () => {
    const began = Date.now();
    const run = await service.release("1.1.0");
    assert.equal(run.code, 0, run.stdout + run.stderr);
    const weights = run.events.flatMap((event) => (event.type === "weight-observed" ? [event.weight] : []));
    assert.deepEqual(weights, [100]);
    await assertServes("1.1.0", began);
  });

  it("switches to the other warm version at once, and undoes that", async () => {
    const began = Date.now();
    const there = await service.run("switch");
    assert.equal(there.code, 0, there.stdout + there.stderr);
    assert.equal(find(there, "switched").version, "1.0.0");
    await assertServes("1.0.0", began);
    const back = await service.run("undo", "--to", "1.1.0");
    assert.equal(back.code, 0, back.stdout + back.stderr);
    await assertServes("1.1.0", began);
    assert.equal((await service.preview()).code, 0);
  });
});

for (const kind of EDGE_ROUTERS) {
  // One edge is like the other to a release; each has tests of its own.
  const describeThis = kind === "nginx" ? describe : describeAtLength;
  describeThis(`releases on a Docker host behind ${kind}`, () => {
    let service: HostService;
    before(async () => {
      service = await HostService.deploy(kind, {
        "sluice:drill": { production: false, within: "30s", faults: FAULTS },
      });
      await service.startTraffic(100);
    });
    after(() => removeMeanwhile(service));

    it("bring a good version to all traffic without a failed request", async () => {
      const began = Date.now();
      const run = await service.run("release", "--image", "sluice-sample:1.1.0");
      assert.equal(run.code, 0, run.stdout + run.stderr);
      assert.equal(find(run, "finished").outcome, "promoted");
      assert.deepEqual(service.failures(began), []);
      const { state, weights } = await service.traffic.read();
      assert.equal(state[state.live]?.version, "1.1.0");
      assert.equal(weights[state.live], 100);
    });

    it("take a version off that turns bad", async () => {
      const began = Date.now();
      const run = await service.run("drill", "--image", "sluice-sample:1.0.0", "--fault", "errors");
      assert.equal(run.code, 0, run.stdout + run.stderr);
      const { drill } = JSON.parse(run.stdout.trim().split("\n").at(-1) ?? "") as { drill: DrillResult };
      assert.ok(
        drill.goals.every(({ met }) => met),
        JSON.stringify(drill),
      );
      assert.ok(drill.failingRequests > 0 && service.failures(began).every(({ version }) => version === "1.0.0"));
      const { state, weights } = await service.traffic.read();
      assert.equal(state[state.live]?.version, "1.1.0");
      assert.equal(weights[state.live], 100);
    });
  });
}
