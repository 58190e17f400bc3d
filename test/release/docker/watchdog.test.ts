import assert from "node:assert/strict";
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { EDGE_DIRECTORY, edgeRoutingOf } from "../../../config/edge/basis.ts";
import { CONTAINER_LABELS, slotLabels } from "../../../config/edge/labels.ts";
import { markOf } from "../../../config/edge/mark.ts";
import { readRouting, renderRouting } from "../../../config/edge/routing.ts";
import type { ReleaseState } from "../../../config/release-state.ts";
import { waitFor } from "../../../lab/wait.ts";
import { createShelfJournal } from "../../../release/adapters/docker/shelf-journal.ts";
import { createShelfLease } from "../../../release/adapters/docker/shelf-lease.ts";
import { openShelf } from "../../../release/adapters/docker/shelf.ts";
import type { Container } from "../../../release/adapters/docker/engine-client.ts";
import { planRelease } from "../../../release/plan.ts";
import { beginRecord } from "../../../release/record.ts";
import { at } from "../../config/edge/stack.ts";
import { stackConfig } from "../world.ts";
import { serveEngine } from "./engine-server.ts";
import { openLocalEngine } from "./local-engine.ts";

const ROOT = path.resolve(import.meta.dirname, "../../..");
const APP = { name: "checkout", namespace: "shop", port: 8080 };
const OTHER = { name: "other", namespace: "shop" };
const ROUTING = `${EDGE_DIRECTORY}/routing.yaml`;
const TOKEN = "a token of the tests";

const container = (name: string, labels: Readonly<Record<string, string>>): Container => ({
  Id: name,
  Name: name,
  RestartCount: 0,
  Config: { Image: "checkout:1", Labels: labels },
  State: { Status: "running", Running: true, OOMKilled: false, ExitCode: 0, Error: "" },
});
const CONTAINERS = [
  container("blue", slotLabels(APP, "blue")),
  container("edge", { [CONTAINER_LABELS.app]: APP.name, [CONTAINER_LABELS.namespace]: APP.namespace }),
  container("other", slotLabels(OTHER, "blue")),
];

/** The program as the watchdog's container has it: one directory, without this project's packages, files or stack. */
describe("the bundled watchdog beside a Docker engine", () => {
  let directory: string;
  let engine: Awaited<ReturnType<typeof openLocalEngine>>;
  let watchdog: ChildProcess | undefined;
  let said = "";
  const closing: (() => Promise<unknown>)[] = [];

  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "sluice-bundle-"));
    await promisify(execFile)(process.execPath, ["scripts/bundle-watchdog.ts", directory], { cwd: ROOT });
  });
  after(() => rm(directory, { recursive: true }));
  beforeEach(async () => {
    engine = await openLocalEngine(CONTAINERS);
    closing.push(engine.close, await serveEngine(engine, path.join(directory, "docker.sock")));
    said = "";
  });
  afterEach(async () => {
    const ended = new Promise((resolve) => watchdog?.once("close", resolve));
    watchdog?.kill();
    if (watchdog !== undefined) await ended;
    for (const close of closing.splice(0).toReversed()) await close();
  });

  const readState = async () => readRouting((await engine.readFile("", ROUTING)) ?? "")?.state;

  /** What an edge says of itself: that it follows the routing in its directory. @returns its port */
  async function openEdge(): Promise<number> {
    const server = createServer((_, response) => {
      void readState().then((state) => response.end(state === undefined ? "" : markOf(state)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    return (server.address() as AddressInfo).port;
  }

  /** A release at 25 %, whose program renews its lease for the last time now. */
  async function beginRelease(state: ReleaseState, leaseMs: number): Promise<void> {
    const statusPort = await openEdge();
    const config = stackConfig({
      app: APP,
      docker: {},
      router: { kind: "traefik", hosts: ["checkout.example.com"], statusPort },
    });
    await engine.writeFile("", EDGE_DIRECTORY, "routing.yaml", renderRouting({ ...edgeRoutingOf(config), state }));
    const plan = planRelease(config, { version: "1.1.0", image: "checkout:1.1.0" });
    const record = beginRecord(config, plan, "test", "me", Date.now());
    const shelf = openShelf(engine, APP);
    await createShelfJournal(shelf, APP).write(
      {
        ...record,
        state,
        handle: { kind: "traefik", edge: "shop-checkout-edge", live: "blue" },
        phase: { kind: "dwell", step: 0, since: Date.now() },
      },
      [],
    );
    await createShelfLease(shelf, leaseMs).take("releaser@ci", undefined);
  }

  function startWatchdog(...args: readonly string[]): void {
    const socket = `unix://${path.join(directory, "docker.sock")}`;
    const options = ["watchdog", "--docker", socket, "--namespace", APP.namespace, "--app", APP.name, ...args];
    const started = spawn(process.execPath, [path.join(directory, "cli.js"), ...options], {
      cwd: directory,
      env: { PATH: process.env.PATH ?? "", SLUICE_WATCHDOG_TOKEN: TOKEN },
    });
    for (const stream of [started.stdout, started.stderr])
      stream.on("data", (part: Buffer) => (said += part.toString()));
    watchdog = started;
  }

  const isSafe = async () => (await readState())?.candidate === undefined;
  const readJournal = () => createShelfJournal(openShelf(engine, APP), APP).readLatest();

  it("takes the traffic off when the lease of a release has run out, and leaves the rest to whoever resumes it", async () => {
    await beginRelease(at(25, 9), 1_000);
    startWatchdog();
    assert.ok(await waitFor(isSafe, { timeoutMs: 30_000 }), said);
    const isWritten = async () => (await readJournal())?.record.phase.kind === "reconcile";
    assert.ok(await waitFor(isWritten, { timeoutMs: 10_000 }), said);
    const state = await readState();
    assert.deepEqual([state?.live, state?.weight, state?.serial], ["blue", 0, 10]);
    const phase = (await readJournal())?.record.phase;
    assert.ok(phase?.kind === "reconcile");
    assert.match(phase.ending.reason, /^releaser@ci has died, and watchdog@\S+ took the traffic back$/);
    const isLeft = async () => (await createShelfLease(openShelf(engine, APP), 1).read())?.holder === "";
    assert.ok(await waitFor(isLeft, { timeoutMs: 5_000 }), said);
    assert.match(said, /shop\/checkout: found/);
    assert.doesNotMatch(said, /shop\/other/);
  });

  it("leaves a release alone whose program lives, until an alert comes from who has the token", async () => {
    await beginRelease(at(25, 9), 60_000);
    const port = await openPort();
    startWatchdog("--listen", `127.0.0.1:${port}`);
    assert.ok(await waitFor(() => Promise.resolve(said.includes("found")), { timeoutMs: 30_000 }), said);
    const send = (token: string) =>
      fetch(`http://127.0.0.1:${port}/alerts`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}` },
        body: JSON.stringify({
          alerts: [
            { status: "firing", labels: { alertname: "X", app: "checkout", namespace: "shop", severity: "critical" } },
          ],
        }),
      });
    assert.equal((await send("somebody else's token")).status, 401);
    assert.equal((await readState())?.weight, 25);
    assert.equal((await send(TOKEN)).status, 200, said);
    assert.equal((await readState())?.weight, 0);
  });

  /** One that nobody listens on. */
  async function openPort(): Promise<number> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
});
