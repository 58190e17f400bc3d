import assert from "node:assert/strict";
import { envoyCluster } from "../../config/metric-presets.ts";
import { slotWeights } from "../../config/release-state.ts";
import { UserError } from "../../release/errors.ts";
import type { Ports } from "../../release/ports.ts";
import { checkGround, type Ground } from "../../release/ground.ts";
import { STACK, stackConfig, World } from "./world.ts";

const config = stackConfig();

/** A cluster that agrees with the stack file, and a Prometheus whose histogram of the live slot ends where `les` say. */
function sessionWith(les: readonly string[]): Ground {
  const labels = { __name__: "envoy_cluster_upstream_rq_completed", cluster_name: envoyCluster(config.app, "blue") };
  const { release } = config;
  const ports = {
    clock: { now: () => 1_000_000 },
    traffic: { read: () => Promise.resolve({ serial: 1, weights: slotWeights(release), state: release }) },
    metrics: {
      readCounters: () => Promise.resolve([{ labels, samples: [[999_000, 5]] }]),
      ask: (query: string) =>
        Promise.resolve(
          query.includes("[1h]") && query.includes("by (le)")
            ? les.map((le) => ({ labels: { le }, value: 5 }))
            : [{ labels: {}, value: query === "time()" ? 1_000 : 0 }],
        ),
    },
  };
  return { config, ports: ports as unknown as Ports, variables: {} };
}

const groundOf = ({ config, ports }: World, variables: Ground["variables"] = {}): Ground => ({
  config,
  ports,
  variables,
});

describe("the ground of a release", () => {
  it("is firm when the live version is counted and every query gives a number", async () => {
    const world = new World();
    await checkGround(groundOf(world));
  });

  it("need not agree with the stack file where a release under way is ended first", async () => {
    const world = new World();
    const ground = groundOf(world);
    const stale = { ...ground, config: { ...ground.config, release: { ...ground.config.release, serial: 7 } } };
    await assert.rejects(checkGround(stale), /the stack file knows serial 7, the cluster is at 1/);
    await checkGround({ ...stale, replacing: true });
  });

  it("is not where a declared gate gets no number", async () => {
    const world = new World({ ask: () => [] });
    await assert.rejects(checkGround(groundOf(world)), (error) => {
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
    await assert.rejects(checkGround(groundOf(world)), /Prometheus: ECONNREFUSED/);
  });

  it("is good where the live slot is counted and its answers are timed at the limit", async () => {
    await checkGround(sessionWith(["50", "100", "+Inf"]));
  });

  it("lacks a bucket at the latency limit: nothing is begun, and the setting is told", async () => {
    await assert.rejects(checkGround(sessionWith(["50", "250", "+Inf"])), {
      name: "UserError",
      message:
        "Nothing was changed: a release cannot start.\n" +
        "  - gate.latency.limit (100 ms): no bucket of envoy_cluster_upstream_rq_time_bucket ends there; set it to one of " +
        "50ms, 250ms, or add 100 to the buckets of the edge's cluster metrics (Envoy: " +
        "stats_config.histogram_bucket_settings; Istio: annotation sidecar.istio.io/statsHistogramBuckets of the " +
        "gateway's pods), or set gate.latency to off",
    });
  });

  it("lacks a variable that a header of the checks is filled from", async () => {
    const requests = [{ path: "/", headersFrom: { authorization: "TOKEN" } }];
    const world = new World({ config: stackConfig({ checks: { ...STACK.checks, requests } }) });
    await checkGround(groundOf(world, { TOKEN: "s3cret" }));
    await assert.rejects(checkGround(groundOf(world, { TOKEN: "" })), /\n {2}- environment variable TOKEN is not set/);
  });

  for (const [theirs, words] of [
    [1_042, "42 s behind"],
    [958, "42 s ahead of"],
  ] as const) {
    it(`is not where the machine's clock is ${words} Prometheus'`, async () => {
      const { config, ports, variables } = groundOf(new World());
      const metrics = { ...ports.metrics, ask: () => Promise.resolve([{ labels: {}, value: theirs }]) };
      const told = `\n  - the clock of this machine is ${words} that of Prometheus at http://127.0.0.1:9090: what is scraped`;
      await assert.rejects(checkGround({ config, variables, ports: { ...ports, metrics } }), (error) => {
        assert.ok(error instanceof UserError);
        assert.ok(error.message.includes(told), error.message);
        return true;
      });
    });
  }

  it("does not read stable's hour, which the gate reads when it opens", async () => {
    const read: number[] = [];
    const world = new World();
    const { ports } = world;
    const metrics = {
      ...ports.metrics,
      readCounters: (selector: string, since: number) => {
        read.push(world.clock.now() - since);
        return ports.metrics.readCounters(selector, since);
      },
    };
    await checkGround({ ...groundOf(world), ports: { ...ports, metrics } });
    assert.deepEqual(read, [6_000]);
  });
});
