import assert from "node:assert/strict";
import { envoyCluster } from "../../config/metric-presets.ts";
import { slotWeights } from "../../config/release-state.ts";
import type { Ports } from "../../release/ports.ts";
import { checkGround, type Session } from "../../release/session.ts";
import { stackConfig } from "./world.ts";

const config = stackConfig();

/** A cluster that agrees with the stack file, and a Prometheus whose histogram of the live slot ends where `les` say. */
function sessionWith(les: readonly string[]): Session {
  const labels = { __name__: "envoy_cluster_upstream_rq_completed", cluster_name: envoyCluster(config.app, "blue") };
  const { release } = config;
  const ports = {
    clock: { now: () => 1_000_000 },
    traffic: { read: () => Promise.resolve({ serial: 1, weights: slotWeights(release), state: release }) },
    metrics: {
      readCounters: () => Promise.resolve([{ labels, samples: [[999_000, 5]] }]),
      ask: (query: string) =>
        Promise.resolve(query.includes("by (le)") ? les.map((le) => ({ labels: { le }, value: 5 })) : []),
    },
  };
  return { config, ports: ports as unknown as Ports };
}

describe("the ground of a release", () => {
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
});
