import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Check } from "../../config/checks.ts";
import { createHttpChecker } from "../../release/adapters/http-checker.ts";
import { createPrometheusSource } from "../../release/adapters/prometheus.ts";
import { systemClock } from "../../release/adapters/system-clock.ts";

async function withServer<T>(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  use: (url: string) => Promise<T>,
): Promise<T> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** A server that gives this answer. */
const answer =
  (body: unknown, status = 200) =>
  (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };

describe("Prometheus", () => {
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
        createPrometheusSource(url, { now: () => 10_000, sleep: () => Promise.resolve() }).readCounters(
          '{a="b"}',
          4_500,
        ),
    );
    assert.equal(new URLSearchParams(query).get("query"), '{a="b"}[7s]');
    assert.equal(new URLSearchParams(query).get("time"), "10");
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

describe("candidate checks", () => {
  const request = { path: "/api/quote", method: "GET" as const, status: 200, within: 200, times: 4 };
  const candidate = { "x-sluice-slot": "green" };
  const run = (url: string, check: Check = request, inForceWithinMs = 0) =>
    createHttpChecker(url, "checkout.example.com", systemClock, inForceWithinMs).run(
      check,
      "green",
      new AbortController().signal,
    );

  it("go by the testers' route, to the service's host", async () => {
    const seen: unknown[] = [];
    const result = await withServer(
      ({ headers, url }, response) => {
        seen.push([url, headers.host, headers["x-canary"]]);
        response.writeHead(200, candidate).end("ok");
      },
      (url) => run(url),
    );
    assert.deepEqual(result, { ok: true, passed: 4 });
    assert.deepEqual(seen, Array(4).fill(["/api/quote", "checkout.example.com", "true"]));
  });

  it("count what did not pass, and tell of the first", async () => {
    let answers = 0;
    const result = await withServer(
      (_request, response) => {
        answers += 1;
        response.writeHead(answers % 2 === 0 ? 503 : 200, candidate).end();
      },
      (url) => run(url, request, 5_000),
    );
    assert.equal(answers, 4);
    assert.deepEqual(result, { ok: false, passed: 2, problem: "status 503, not 200" });
  });

  it("do not wait for ever", async () => {
    const result = await withServer(
      () => undefined,
      (url) => run(url, { ...request, times: 1, within: 50 }, 5_000),
    );
    assert.deepEqual(result, { ok: false, passed: 0, problem: "no answer within 50 ms" });
  });

  it("wait until the candidate answers, and count none of stable's answers", async () => {
    let answers = 0;
    const result = await withServer(
      (_request, response) => {
        answers += 1;
        if (answers < 3) response.end("stable");
        else response.writeHead(503, candidate).end();
      },
      (url) => run(url, request, 5_000),
    );
    assert.deepEqual(result, { ok: false, passed: 0, problem: "status 503, not 200" });
    assert.equal(answers, 2 + 4);
  });

  it("do not take stable, or the other slot, for the candidate", async () => {
    const faults = [
      [{}, "has no x-sluice-slot"],
      [{ "x-sluice-slot": "blue" }, "says x-sluice-slot: blue"],
    ] as const;
    for (const [headers, seen] of faults) {
      const result = await withServer((_request, response) => response.writeHead(200, headers).end("stable"), run);
      const problem = `not answered by the candidate in slot green: the answer ${seen}`;
      assert.deepEqual(result, { ok: false, passed: 0, problem });
    }
  });

  it("send stable nothing that may change something", async () => {
    const methods: unknown[] = [];
    const result = await withServer(
      ({ method }, response) => {
        methods.push(method);
        response.writeHead(200, methods.length < 3 ? {} : candidate).end();
      },
      (url) => run(url, { ...request, method: "POST", times: 2 }, 5_000),
    );
    assert.deepEqual(result, { ok: true, passed: 2 });
    assert.deepEqual(methods, ["GET", "GET", "GET", "POST", "POST"]);
  });
});

describe("warm-up", () => {
  const get = (path: string, times: number) => ({ path, method: "GET" as const, status: 200, within: 500, times });
  const candidate = { "x-sluice-slot": "green" };
  const warmUp = (url: string, requests: number, within = 60_000, signal = new AbortController().signal) =>
    createHttpChecker(url, "checkout.example.com", systemClock).warmUp(
      [get("/api/quote", 3), get("/api/cart", 1)],
      { requests, concurrency: 4, within },
      "green",
      signal,
    );

  it("sends each request as often as its share of all times, a bounded number at once", async () => {
    const seen: Record<string, number> = {};
    let [open, most] = [0, 0];
    const result = await withServer(
      ({ headers, url = "" }, response) => {
        assert.equal(headers["x-canary"], "true");
        seen[url] = (seen[url] ?? 0) + 1;
        open += 1;
        most = Math.max(most, open);
        setTimeout(() => {
          open -= 1;
          response.writeHead(200, candidate).end();
        }, 2);
      },
      (url) => warmUp(url, 40),
    );
    assert.deepEqual(result, { sent: 40, failed: 0 });
    assert.deepEqual(seen, { "/api/quote": 30, "/api/cart": 10 });
    assert.ok(most > 1 && most <= 4, String(most));
  });

  it("tells how many failed and why first, strays included, and goes on", async () => {
    let answers = 0;
    const result = await withServer(
      (_request, response) => {
        answers += 1;
        response.writeHead(answers <= 3 ? 503 : 200, answers === 20 ? { "x-sluice-slot": "blue" } : candidate).end();
      },
      (url) => warmUp(url, 40),
    );
    assert.deepEqual(result, { sent: 40, failed: 4, problem: "status 503, not 200" });
  });

  it("ends with its time, or when the release is given up", async () => {
    const slow = (_request: IncomingMessage, response: ServerResponse) =>
      void setTimeout(() => response.writeHead(200, candidate).end(), 20);
    assert.ok((await withServer(slow, (url) => warmUp(url, 100_000, 100))).sent < 100);
    const aborted = AbortSignal.abort();
    assert.equal((await withServer(slow, (url) => warmUp(url, 100, 60_000, aborted))).sent, 0);
  });
});

describe("a PromQL query", () => {
  it("gives the value of each series now", async () => {
    const result = [{ metric: { le: "100" }, value: [1_700_000_000.25, "7.5"] }];
    const values = await withServer(answer({ status: "success", data: { resultType: "vector", result } }), (url) =>
      createPrometheusSource(url, systemClock).ask("sum by (le) (x)"),
    );
    assert.deepEqual(values, [{ labels: { le: "100" }, value: 7.5 }]);
  });
});
