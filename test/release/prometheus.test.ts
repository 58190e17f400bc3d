import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createPrometheusSource } from "../../release/adapters/prometheus.ts";
import { systemClock } from "../../release/adapters/system-clock.ts";
import { withServer } from "./local-server.ts";

describe("Prometheus", () => {
  const answer =
    (body: unknown, status = 200) =>
    (_request: IncomingMessage, response: ServerResponse) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };

  it("gives raw samples with the times of their scrapes", async () => {
    let query = "";
    const result = [
      {
        metric: { job: "edge" },
        values: [
          [1_700_000_000.25, "7"],
          [1_700_000_002.25, "9"],
        ],
      },
    ];
    const series = await withServer(
      (request, response) => {
        request.on("data", (chunk: Buffer) => (query += chunk.toString()));
        request.on("end", () =>
          answer({ status: "success", data: { resultType: "matrix", result } })(request, response),
        );
      },
      (url) =>
        createPrometheusSource(url, '{a="b"}', { now: () => 10_000, sleep: () => Promise.resolve() }).readCounters(
          4_500,
        ),
    );
    assert.equal(new URLSearchParams(query).get("query"), '{a="b"}[7s]');
    assert.deepEqual(series, [
      {
        labels: { job: "edge" },
        samples: [
          [1_700_000_000_250, 7],
          [1_700_000_002_250, 9],
        ],
      },
    ]);
  });

  it("passes Prometheus' own words on", async () => {
    await withServer(answer({ status: "error", error: "parse error: unexpected }" }, 400), async (url) => {
      await assert.rejects(
        createPrometheusSource(url, "{", systemClock).readCounters(0),
        /Prometheus at .*: parse error: unexpected \}$/,
      );
    });
  });

  it("does not take another server for Prometheus", async () => {
    await withServer(answer("hello"), async (url) => {
      await assert.rejects(
        createPrometheusSource(url, "x", systemClock).readCounters(0),
        /does not answer as Prometheus does/,
      );
    });
  });

  it("says that nobody listens", async () => {
    await assert.rejects(
      createPrometheusSource("http://127.0.0.1:9", "x", systemClock).readCounters(0),
      /Prometheus at .*ECONNREFUSED/,
    );
  });
});
