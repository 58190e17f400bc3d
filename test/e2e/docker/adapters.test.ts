import assert from "node:assert/strict";
import { dockerNames } from "../../../config/docker-host.ts";
import { EDGE_DIRECTORY } from "../../../config/edge/basis.ts";
import { connectDockerHost } from "../../../release/adapters/docker/engine-client.ts";
import { openHostPlace } from "../../../release/adapters/docker/host-place.ts";
import { labEnvironment } from "../../../lab/environment.ts";
import { TakenOver } from "../../../release/errors.ts";
import { beginRecord } from "../../../release/record.ts";
import { planRelease } from "../../../release/plan.ts";
import { at, edgeStack } from "../../config/edge/stack.ts";
import { stackConfig } from "../../release/world.ts";
import { overSsh, overTls } from "./far-engine.ts";
import { Host, SUBNET } from "./host.ts";

Object.assign(process.env, labEnvironment());

describe("the adapters of a Docker host", () => {
  const app = { name: "checkout", namespace: "sluice-trial", port: 8080 };
  const docker = { subnet: SUBNET };
  const router = { port: 8000, statusPort: 8001 };
  const stack = edgeStack("nginx", { app, docker, router, release: at(0, 20) });
  const host = new Host(stack);
  const { place } = host;

  before(async () => {
    await host.down();
    await host.up();
  });
  after(() => (process.env.KEEP === undefined ? host.down() : undefined));

  it("reads the routing in force", async () => {
    const { serial, state, weights } = await place.traffic.read();
    assert.deepEqual([serial, weights, state.candidate], [20, { blue: 100, green: 0 }, "green"]);
    assert.deepEqual(await host.ask(20), { blue: 20, green: 0 });
  });

  it("knows the containers of a slot", async () => {
    assert.deepEqual(await place.pods.inspect("green"), { ready: 2, wanted: 2 });
    const health = await place.pods.readHealth("green");
    assert.deepEqual(
      health.map(({ ends, oomKilled, ready }) => [ready, ends, oomKilled]),
      [
        [true, 0, false],
        [true, 0, false],
      ],
    );
  });

  it("takes the traffic back", async () => {
    await host.put(at(60, 21));
    const before = await host.ask(60);
    assert.ok(before.green > 15, `${before.green} of 60 at 60 %`);
    const state = await place.traffic.takeBack(undefined, 25);
    assert.deepEqual([state.serial, state.candidate, state.weight], [26, undefined, 0]);
    assert.deepEqual(await host.ask(20), { blue: 20, green: 0 });
    await assert.rejects(host.put(at(80, 22)), /the edge has a routing with serial 26/);
  });

  it("puts all traffic on the other version", async () => {
    await host.put({ ...at(0, 30), candidate: undefined, weight: 0 });
    const state = await place.traffic.switchTo("green", 30);
    assert.deepEqual([state.live, state.serial], ["green", 31]);
    assert.deepEqual(await host.ask(20), { blue: 0, green: 20 });
    assert.equal((await place.traffic.switchTo("green", 31)).serial, 31, "done already");
  });

  it("moves nothing to a slot without a container that answers", async () => {
    for (const index of [0, 1])
      await host.engine.getContainer(dockerNames.container(stack.app, "blue", index)).stop({ t: 0 });
    await assert.rejects(place.traffic.switchTo("blue", 31), /1\.0\.0 has no ready container in slot blue/);
    assert.match((await place.pods.inspect("blue")).problem ?? "", /^$|exit code/);
    for (const index of [0, 1]) await host.engine.getContainer(dockerNames.container(stack.app, "blue", index)).start();
  });

  it("gives the lease to one of two who want it", async () => {
    const lease = place.openLease(15_000);
    assert.equal(await lease.read(), undefined);
    const [a, b] = await Promise.all([lease.take("a", undefined), lease.take("b", undefined)]);
    const held = a ?? b;
    assert.ok((a === undefined) !== (b === undefined) && held !== undefined);
    const renewed = await lease.take(held.holder, held);
    assert.ok(renewed !== undefined && renewed.revision !== held.revision);
    assert.equal(await lease.take("c", held), undefined);
    await lease.giveUp(renewed);
    assert.equal((await lease.read())?.holder, "");
  });

  it("keeps the journal of a release, which only one can write", async () => {
    const config = stackConfig();
    const plan = planRelease(config, { version: "1.1.0", image: "checkout:1.1.0" });
    const record = beginRecord(config, plan, "test", "tester", Date.UTC(2026, 10, 21, 9, 30, 15));
    assert.equal(await place.journal.readLatest(), undefined);
    const events = Array.from({ length: 2_000 }, (_, i) => ({ type: "waiting", at: i }) as never);
    await place.journal.write(record, events);
    const read = await place.journal.readLatest();
    assert.deepEqual([read?.record, read?.events.length], [JSON.parse(JSON.stringify(record)), 2_000]);
    const other = openHostPlace(connectDockerHost({}), stack.app, stack.router as never, stack.docker as never);
    await assert.rejects(other.journal.write(record, []), TakenOver);
    await other.journal.readLatest();
    await other.journal.write(record, []);
    await assert.rejects(place.journal.write(record, []), TakenOver);
    assert.equal((await place.journal.readAll()).length, 1);
  });

  it("asks for an approval, and takes the answer", async () => {
    const question = {
      id: "1.1.0 25 3",
      app: "checkout",
      version: "1.1.0",
      weight: 25,
      askedAt: Date.now(),
      until: Date.now() + 60_000,
      onTimeout: "reject",
    } as const;
    assert.deepEqual(await place.approvals.ask(question), question);
    await place.approvals.answer(true, "alice", 25);
    assert.equal((await place.approvals.find(question))?.by, "alice");
  });

  it("moves traffic in a moment, whatever else runs in the edge's container, and leaves its lock to the next", async () => {
    const run = (...command: string[]) => connectDockerHost({}).run(dockerNames.edge(stack.app), command);
    // Like whatever a command leaves behind, it becomes a child of the container's first process, which is nginx.
    await run("sh", "-c", "sleep 30 </dev/null >/dev/null 2>&1 &");
    const began = performance.now();
    await place.traffic.switchTo("blue", 40);
    const took = performance.now() - began;
    assert.ok(took < 2_000, `took ${took} ms`);
    console.log(`      a switch took ${took.toFixed(0)} ms`);
    assert.equal((await run("flock", "-n", `${EDGE_DIRECTORY}/.lock`, "sh", "-c", ":")).code, 0);
  });

  for (const [how, reach, serial] of [
    ["TLS, by its keys", overTls, 50],
    ["ssh", overSsh, 60],
  ] as const) {
    it(`takes the traffic of a far host back over ${how}`, () =>
      reach(async (far) => {
        const { pods, traffic } = openHostPlace(connectDockerHost(far), app, stack.router as never, far as never);
        await host.put(at(60, serial));
        assert.deepEqual(await pods.inspect("blue"), { ready: 2, wanted: 2 });
        const state = await traffic.takeBack(undefined, serial);
        assert.deepEqual([state.serial, state.weight], [serial + 1, 0]);
        assert.deepEqual(await host.ask(20), { blue: 20, green: 0 });
      }));
  }

  it("believes no stranger's engine, and is believed by none without its keys", () =>
    overTls(async ({ host: address, keysOfOthers }) => {
      await assert.rejects(connectDockerHost({ host: address, tls: keysOfOthers }).list({}), /certificate/);
      await assert.rejects(connectDockerHost({ host: address }).list({}), /Docker engine tcp:.*, list containers: /);
    }));
});
