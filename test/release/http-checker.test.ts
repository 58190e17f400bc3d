import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { checksSchema, longestChecks, type Check, type HealthCheck } from "../../config/checks.ts";
import { proxyRoute, testersRoute } from "../../release/adapters/check-route.ts";
import { createHttpChecker } from "../../release/adapters/http-checker.ts";
import { systemClock } from "../../release/adapters/system-clock.ts";
import { withServer } from "./local-server.ts";

describe("candidate checks", () => {
  const parse = (check: Record<string, unknown>): Check => {
    const [parsed] = checksSchema.parse({ baseUrl: "http://edge", requests: [check] }).requests;
    assert.ok(parsed !== undefined);
    return parsed;
  };
  const request = parse({ path: "/api/quote", within: "200ms", times: 4 });
  const secretCheck = { path: "/", headersFrom: { authorization: "TOKEN" } };
  const candidate = { "x-sluice-slot": "green" };
  const run = (url: string, check: Check = request, inForceWithinMs = 0) =>
    createHttpChecker(testersRoute(url, "checkout.example.com"), systemClock, { TOKEN: "s3cret" }, inForceWithinMs).run(
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

  it("send headers, secret ones too, and a body", async () => {
    const check = parse({
      path: "/login",
      method: "POST",
      headers: { "content-type": "application/json" },
      headersFrom: { authorization: "TOKEN" },
      body: '{"user":"smoke"}',
      status: "200-299",
      times: 1,
    });
    const seen: unknown[] = [];
    const result = await withServer(
      (incoming, response) => {
        let body = "";
        incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
        incoming.on("end", () => {
          const { headers, method } = incoming;
          seen.push([method, headers["content-type"], headers.authorization, body]);
          response.writeHead(201, candidate).end();
        });
      },
      (url) => run(url, check),
    );
    assert.deepEqual(result, { ok: true, passed: 1 });
    assert.deepEqual(seen.at(-1), ["POST", "application/json", "s3cret", '{"user":"smoke"}']);
  });

  const answers: readonly (readonly [Record<string, unknown>, string, string | undefined])[] = [
    [{ status: "200-299" }, "ok", undefined],
    [{ status: "300-399" }, "ok", "status 200, not 300 to 399"],
    [{ answer: { contains: "welcome" } }, "you are welcome", undefined],
    [{ answer: { contains: "welcome" } }, "go\naway", 'the body does not contain "welcome": go away'],
    [{ answer: { matches: "^v\\d+" } }, "v12", undefined],
    [{ answer: { matches: "^v\\d+" } }, "", "the body does not match ^v\\d+: (empty)"],
    [{ answer: { json: { "/status": "UP", "/items/1/n": 2 } } }, '{"status":"UP","items":[{},{"n":2}]}', undefined],
    [{ answer: { json: { "/a~1b": null } } }, '{"a/b":null}', undefined],
    [{ answer: { json: { "/status": "UP" } } }, '{"status":"DOWN"}', '/status is "DOWN", not "UP"'],
    [{ answer: { json: { "/db/status": "UP" } } }, '{"db":"UP"}', '/db/status is not there, not "UP"'],
    [{ answer: { json: { "/constructor": "x" } } }, "{}", '/constructor is not there, not "x"'],
    [{ answer: { json: { "": [1] } } }, "[1]", undefined],
    [{ answer: { json: { "/a": 1 } } }, "<html>", "the body is no JSON: <html>"],
  ];
  for (const [expected, body, problem] of answers) {
    it(`want ${JSON.stringify(expected)} of ${JSON.stringify(body)}: ${problem ?? "passes"}`, async () => {
      const check = parse({ path: "/", times: 1, ...expected });
      const result = await withServer(
        (_request, response) => response.writeHead(200, candidate).end(body),
        (url) => run(url, check),
      );
      assert.equal(result.problem, problem);
    });
  }

  it("do not wait for an answer that never ends", async () => {
    const result = await withServer(
      (_request, response) => {
        response.writeHead(200, candidate);
        const drip = setInterval(() => response.write("."), 10);
        response.on("close", () => clearInterval(drip));
      },
      (url) => run(url, { ...request, times: 1 }),
    );
    assert.deepEqual(result, { ok: false, passed: 0, problem: "no answer within 200 ms" });
  });

  it("go through the API server where no answer tells its slot, and wait for it to know the candidate's pods", async () => {
    const seen: unknown[] = [];
    const nobody = {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      message: "no endpoints available",
      code: 503,
    };
    const proxied = (url: string, inForceWithinMs: number) => {
      const route = proxyRoute(() =>
        Promise.resolve({ baseURL: `${url}/proxy`, headers: { authorization: "Bearer t" } }),
      );
      return createHttpChecker(route, systemClock, {}, inForceWithinMs).run(
        request,
        "green",
        new AbortController().signal,
      );
    };
    const answer =
      (late: number) =>
      ({ headers, url }: IncomingMessage, response: ServerResponse) => {
        seen.push([url, headers.authorization, headers["x-canary"]]);
        if (seen.length > late) response.end('{"kind":"Quote"}');
        else response.writeHead(503, { "content-type": "application/json" }).end(JSON.stringify(nobody));
      };
    assert.deepEqual(await withServer(answer(2), (url) => proxied(url, 5_000)), { ok: true, passed: 4 });
    assert.deepEqual(seen, Array(2 + 4).fill(["/proxy/api/quote", "Bearer t", undefined]));
    assert.deepEqual(await withServer(answer(Infinity), (url) => proxied(url, 0)), {
      ok: false,
      passed: 0,
      problem: 'not answered by the candidate in slot green: the API server says "no endpoints available"',
    });
  });

  const parseHealth = (atMost: string): HealthCheck => {
    const answer = { json: { "/status": "UP" } };
    const polled = { path: "/health", atMost, every: "10ms", answer };
    const { health } = checksSchema.parse({ baseUrl: "http://edge", health: polled, requests: [secretCheck] });
    assert.ok(health !== undefined);
    return health;
  };
  const poll = (url: string, atMost: string) =>
    createHttpChecker(testersRoute(url, "checkout.example.com"), systemClock).poll(
      parseHealth(atMost),
      "green",
      new AbortController().signal,
    );

  it("ask for the health until it is well, and count no answer of stable", async () => {
    let asked = 0;
    const { ok, problem } = await withServer(
      (_request, response) => {
        asked += 1;
        if (asked === 1) response.end('{"status":"UP"}');
        else if (asked === 2) response.destroy();
        else response.writeHead(asked === 3 ? 503 : 200, candidate).end('{"status":"UP"}');
      },
      (url) => poll(url, "20s"),
    );
    assert.deepEqual([ok, problem, asked], [true, undefined, 4]);
  });

  it("ask for the health no longer than its time", async () => {
    const { ok, problem } = await withServer(
      (_request, response) => response.writeHead(200, candidate).end('{"status":"DOWN"}'),
      (url) => poll(url, "100ms"),
    );
    assert.deepEqual([ok, problem], [false, 'not well within 0.1 s: /status is "DOWN", not "UP"']);
  });

  it("take at most as long as all answers may", () => {
    const { health, requests } = checksSchema.parse({
      baseUrl: "http://edge",
      health: { atMost: "60s", within: "3s" },
      requests: [
        { path: "/", within: "500ms", times: 4 },
        { path: "/login", method: "POST", times: 1 },
      ],
    });
    assert.equal(longestChecks({ health, requests }), 60_000 + 1_000 + 3_000 + 5 * 500 + 2 * 2_000);
    assert.equal(longestChecks({ requests }), 5 * 500 + 2 * 2_000);
  });
});
