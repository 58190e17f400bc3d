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

  /** Asks a server that answers with this, and gives the question too. */
  const question = async <T>(data: unknown, ask: (url: string) => Promise<T>) => {
    let query = "";
    const answered = await withServer((request, response) => {
      request.on("data", (chunk: Buffer) => (query += chunk.toString()));
      request.on("end", () => answer({ status: "success", data })(request, response));
    }, ask);
    return { answered, asked: Object.fromEntries(new URLSearchParams(query)) };
  };
  const clock = { now: () => 10_000, sleep: () => Promise.resolve() };

  it("gives raw samples with the times of their scrapes", async () => {
    const result = [
      {
        metric: { job: "edge" },
        values: [
          [1_700_000_000.25, "7"],
          [1_700_000_002.25, "9"],
        ],
      },
    ];
    const { answered, asked } = await question({ resultType: "matrix", result }, (url) =>
      createPrometheusSource(url, clock, () => 0).readCounters('{a="b"}', 4_500),
    );
    assert.deepEqual(asked, { query: '{a="b"}[7s]', time: "10" });
    assert.deepEqual(answered, [
      {
        labels: { job: "edge" },
        samples: [
          [1_700_000_000_250, 7],
          [1_700_000_002_250, 9],
        ],
      },
    ]);
  });

  it("reads up to the wall's time where our own lags behind it", async () => {
    const { asked } = await question({ resultType: "matrix", result: [] }, (url) =>
      createPrometheusSource(url, clock, () => 70_000).readCounters("up", 4_500),
    );
    assert.deepEqual(asked, { query: "up[67s]", time: "70" });
  });

  it("is asked about its own present, whatever our clock says", async () => {
    const { asked } = await question({ resultType: "vector", result: [] }, (url) =>
      createPrometheusSource(url, clock).ask("up"),
    );
    assert.deepEqual(asked, { query: "up" });
  });

  const ask = (data: unknown) =>
    withServer(answer({ status: "success", data }), (url) => createPrometheusSource(url, systemClock).ask("up"));
  const sample = (value: string) => ({ metric: {}, value: [1_700_000_000, value] });

  for (const [title, data, numbers] of [
    ["one series", { resultType: "vector", result: [sample("0.25")] }, [0.25]],
    ["several series", { resultType: "vector", result: [sample("1"), sample("2")] }, [1, 2]],
    ["no series", { resultType: "vector", result: [] }, []],
    ["what is no number", { resultType: "vector", result: [sample("NaN")] }, [NaN]],
    ["infinity", { resultType: "vector", result: [sample("+Inf"), sample("-Inf")] }, [Infinity, -Infinity]],
    ["a native histogram", { resultType: "vector", result: [{ metric: {}, histogram: [1, {}] }] }, [NaN]],
    ["a scalar", { resultType: "scalar", result: [1_700_000_000, "3"] }, [3]],
  ] as const) {
    it(`answers a declared query with ${title}`, async () => {
      assert.deepEqual(
        (await ask(data)).map(({ value }) => value),
        numbers,
      );
    });
  }

  it("says what to do about a query that gives no numbers", async () => {
    await assert.rejects(ask({ resultType: "matrix", result: [] }), /gives a range of values: put rate\(\)/);
    await assert.rejects(ask({ resultType: "string", result: [0, "a"] }), /gives a text, not a number/);
    await assert.rejects(ask({ resultType: "other" }), /does not answer as Prometheus does/);
  });

  it("gives the labels of each series", async () => {
    const result = [{ metric: { le: "100" }, value: [1_700_000_000.25, "7.5"] }];
    assert.deepEqual(await ask({ resultType: "vector", result }), [{ labels: { le: "100" }, value: 7.5 }]);
  });

  it("passes Prometheus' own words on", async () => {
    await withServer(answer({ status: "error", error: "parse error: unexpected }" }, 400), async (url) => {
      await assert.rejects(
        createPrometheusSource(url, systemClock).readCounters("{", 0),
        /Prometheus at .*: parse error: unexpected \}$/,
      );
    });
  });

  it("does not take another server for Prometheus", async () => {
    await withServer(answer("hello"), async (url) => {
      await assert.rejects(
        createPrometheusSource(url, systemClock).readCounters("x", 0),
        /does not answer as Prometheus does/,
      );
    });
  });

  it("says that nobody listens", async () => {
    await assert.rejects(
      createPrometheusSource("http://127.0.0.1:9", systemClock).readCounters("x", 0),
      /Prometheus at .*ECONNREFUSED/,
    );
  });
});
