import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startLoad, type Answer } from "../../../lab/load.ts";
import { waitFor } from "../../../lab/wait.ts";

/** k6 against a server in this process, which knows what it was asked and what it said. */
describe("load by k6", () => {
  let server: Server;
  let url: string;
  let directory: string;
  let out: string;
  let served: { host: string | undefined; header: string | undefined; status: number; version: string; atMs: number }[];
  let latencyMs: number;

  before(async () => {
    server = createServer((request, response) => {
      // Of ten requests one is answered by the candidate, which fails every second time.
      const version = served.length % 10 === 0 ? "1.1.0" : "1.0.0";
      const status = served.length % 20 === 0 ? 500 : 200;
      const { host, "x-test": header } = request.headers;
      served.push({ host, header: header?.toString(), status, version, atMs: Date.now() });
      setTimeout(() => response.writeHead(status, { "x-version": version }).end("{}"), latencyMs);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/quote`;
    directory = await mkdtemp(join(tmpdir(), "sluice-load-"));
  });
  beforeEach(() => {
    served = [];
    latencyMs = 0;
    out = join(directory, "new", "load.jsonl");
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(directory, { recursive: true });
  });

  const count = (list: readonly { status: number; version: string }[], version: string, status: number) =>
    list.filter((one) => one.version === version && one.status === status).length;

  it("counts every answer of 200 requests a second as the server does", async () => {
    const run = startLoad({
      url,
      host: "checkout.example.com",
      rps: 200,
      seconds: 3,
      out,
      headers: { "x-test": "a=b" },
    });
    const result = await run.done;
    // k6 sends the request of the last moment or leaves it.
    assert.ok(served.length === 600 || served.length === 601, `${served.length} requests`);
    assert.equal(result.requests, served.length);
    assert.equal(result.dropped, 0);
    assert.equal(result.failed, served.filter(({ status }) => status === 500).length);
    assert.deepEqual(result.counts, [
      { version: "1.0.0", status: 200, count: count(served, "1.0.0", 200) },
      { version: "1.1.0", status: 200, count: count(served, "1.1.0", 200) },
      { version: "1.1.0", status: 500, count: count(served, "1.1.0", 500) },
    ]);
    assert.ok(served.every(({ host, header }) => host === "checkout.example.com" && header === "a=b"));
    const lines = (await readFile(out, "utf8")).trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as Answer),
      run.answers(),
    );
    const starts = run
      .answers()
      .map(({ startMs }) => startMs)
      .toSorted((a, b) => a - b);
    assert.ok(Math.abs((starts.at(-1) ?? 0) - (starts[0] ?? 0) - 3000) < 200, "the requests are spread over 3 s");
  });

  it("goes on at its rate while answers are slow", async () => {
    latencyMs = 500;
    const run = startLoad({ url, rps: 100, seconds: 2, out });
    const result = await run.done;
    assert.equal(result.requests, served.length);
    assert.ok(served.length >= 200 && served.length <= 201, `${served.length} requests`);
    assert.ok(run.answers().every(({ durationMs }) => durationMs >= 490));
    const first = served[0]?.atMs ?? 0;
    assert.ok(
      served.filter(({ atMs }) => atMs - first < 500).length >= 40,
      "40 requests went out before the first answer",
    );
  });

  it("stops when it is told to, and calls nothing failed for it", async () => {
    latencyMs = 100;
    const run = startLoad({ url, rps: 50, seconds: 600, out });
    assert.ok(await waitFor(async () => Promise.resolve(run.answers().length >= 20), { timeoutMs: 20_000 }));
    const result = await run.stop();
    assert.equal(result.failed, count(served.slice(0, result.requests), "1.1.0", 500));
    assert.ok(result.requests >= 20 && result.requests <= served.length);
    assert.equal((await readFile(out, "utf8")).trimEnd().split("\n").length, result.requests);
    assert.deepEqual(await run.stop(), result);
  });

  it("tells of requests that got no answer", async () => {
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const { port } = gone.address() as AddressInfo;
    gone.close();
    const run = startLoad({ url: `http://127.0.0.1:${port}/`, rps: 20, seconds: 1, out });
    const result = await run.done;
    assert.deepEqual(result.counts, [{ version: "", status: 0, count: result.requests }]);
    assert.equal(result.failed, result.requests);
    assert.ok(result.requests >= 20);
    assert.match(run.answers()[0]?.error ?? "", /connection refused/);
  });

  it("follows no redirect, which could lead anywhere", async () => {
    let asked = 0;
    const redirecting = createServer((_, response) => {
      asked++;
      response.writeHead(302, { location: url }).end();
    });
    redirecting.listen(0, "127.0.0.1");
    await once(redirecting, "listening");
    const run = startLoad({
      url: `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}/`,
      rps: 10,
      seconds: 1,
      out,
    });
    const result = await run.done;
    redirecting.closeAllConnections();
    redirecting.close();
    assert.deepEqual(result.counts, [{ version: "", status: 302, count: asked }]);
    assert.equal(served.length, 0);
  });

  it("says so where the answers cannot be written", async () => {
    const run = startLoad({ url, rps: 1, seconds: 1, out: "/dev/null/load.jsonl" });
    await assert.rejects(run.done, /^LabError: Cannot write the answers: /);
  });
});
