import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { checksSchema } from "../../config/checks.ts";
import { testersRoute } from "../../release/adapters/check-route.ts";
import { createHttpChecker } from "../../release/adapters/http-checker.ts";
import { systemClock } from "../../release/adapters/system-clock.ts";
import { withServer } from "./local-server.ts";

describe("warm-up", () => {
  const requests = [
    { path: "/api/quote", times: 3, within: "500ms" },
    { path: "/api/cart", times: 1, within: "500ms" },
  ];
  const checks = checksSchema.parse({ baseUrl: "http://edge", requests });
  const candidate = { "x-sluice-slot": "green" };
  const warmUp = (url: string, count: number, within = 60_000, signal = new AbortController().signal) =>
    createHttpChecker(testersRoute(url, "checkout.example.com"), systemClock).warmUp(
      checks.requests,
      { requests: count, concurrency: 4, within },
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
