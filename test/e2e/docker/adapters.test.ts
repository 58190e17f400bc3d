import assert from "node:assert/strict";
import axios from "axios";
import type Dockerode from "dockerode";
import { containerAddress, dockerNames, edgeAddress } from "../../../config/docker-host.ts";
import { EDGE_DIRECTORY, edgeRoutingOf, routingFile } from "../../../config/edge/basis.ts";
import { renderEdge } from "../../../config/edge/edge.ts";
import { slotLabels } from "../../../config/edge/labels.ts";
import { renderRouting } from "../../../config/edge/routing.ts";
import { SLOTS, type ReleaseState, type Slot } from "../../../config/release-state.ts";
import { isEdge } from "../../../config/router.ts";
import type { StackConfig } from "../../../config/schema.ts";
import { activate } from "../../../engine/activate.ts";
import { connectEngine } from "../../../engine/connect.ts";
import { putBeside } from "../../../engine/beside.ts";
import { connectDockerHost } from "../../../release/adapters/docker/engine-client.ts";
import { openHostPlace } from "../../../release/adapters/docker/host-place.ts";
import { edgeImages } from "../../../lab/docker/images.ts";
import { labEnvironment } from "../../../lab/environment.ts";
import { TakenOver } from "../../../release/errors.ts";
import type { Place } from "../../../release/adapters/place.ts";
import { beginRecord } from "../../../release/record.ts";
import { planRelease } from "../../../release/plan.ts";
import { at, edgeStack } from "../../config/edge/stack.ts";
import { stackConfig } from "../../release/world.ts";

Object.assign(process.env, labEnvironment());

/** An image of nginx with a shell; it stands for the service too. */
const IMAGE = edgeImages.nginx;
const SUBNET = "10.214.1.0/24";

/** The edge and four containers of a service, on the lab's engine. */
class Host {
  readonly engine = connectEngine({});
  readonly stack: StackConfig;
  readonly place: Place;

  constructor(stack: StackConfig) {
    const { app, docker, router } = stack;
    if (!isEdge(router) || docker === undefined) throw new Error("not on a Docker host");
    this.stack = stack;
    this.place = openHostPlace(connectDockerHost({}), app, router, docker);
  }

  async up(): Promise<void> {
    const { app, docker, router } = this.stack;
    if (!isEdge(router) || docker === undefined) return;
    await this.engine.createNetwork({
      Name: dockerNames.network(app),
      IPAM: { Config: [{ Subnet: SUBNET }] },
    });
    for (const slot of SLOTS) for (const index of [0, 1]) await this.#serve(slot, index);
    const { command, file } = renderEdge(this.stack);
    const routing = { [routingFile(router.kind)]: renderRouting(edgeRoutingOf(this.stack)) };
    const place = { volume: dockerNames.edgeVolume(app), image: IMAGE, directory: EDGE_DIRECTORY };
    await putBeside(this.engine, place, { [file.name]: file.text, ...routing }, "true");
    const edge = await this.#create(dockerNames.edge(app), edgeAddress(docker), {
      Entrypoint: [...command],
      User: "101:101",
      HostConfig: {
        Binds: [`${dockerNames.edgeVolume(app)}:${EDGE_DIRECTORY}`],
        CapDrop: ["ALL"],
        ReadonlyRootfs: true,
        Tmpfs: { "/tmp": "rw,mode=1777" },
        SecurityOpt: ["no-new-privileges:true"],
      },
    });
    await edge.start();
    for (let i = 0; i < 100; i += 1) {
      const up = await this.place.traffic.read().catch(() => undefined);
      if (up !== undefined) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const log = await edge.logs({ stdout: true, stderr: true });
    throw new Error(`the edge does not start: ${log.toString()}`);
  }

  async down(): Promise<void> {
    const { app } = this.stack;
    const names = SLOTS.flatMap((slot) => [0, 1].map((index) => dockerNames.container(app, slot, index)));
    for (const name of [dockerNames.edge(app), ...names]) {
      await this.engine
        .getContainer(name)
        .remove({ force: true, v: true })
        .catch(() => undefined);
    }
    await this.engine
      .getVolume(dockerNames.edgeVolume(app))
      .remove()
      .catch(() => undefined);
    await this.engine
      .getNetwork(dockerNames.network(app))
      .remove()
      .catch(() => undefined);
  }

  /** A container that answers with the name of its slot. */
  async #serve(slot: Slot, index: number): Promise<void> {
    const { app, docker } = this.stack;
    if (docker === undefined) return;
    const conf =
      "events {} pid /tmp/nginx.pid; error_log /dev/stderr; http { access_log off; client_body_temp_path /tmp/a; " +
      "proxy_temp_path /tmp/b; fastcgi_temp_path /tmp/c; uwsgi_temp_path /tmp/d; scgi_temp_path /tmp/e; " +
      `server { listen ${app.port}; location / { return 200 "${slot}"; } } }`;
    const container = await this.#create(
      dockerNames.container(app, slot, index),
      containerAddress(docker, slot, index),
      {
        Entrypoint: ["sh", "-c", `echo '${conf}' > /tmp/nginx.conf && exec nginx -c /tmp/nginx.conf -g 'daemon off;'`],
        Labels: slotLabels(app, slot),
        HostConfig: { Tmpfs: { "/tmp": "rw,mode=1777" } },
      },
    );
    await container.start();
  }

  #create(name: string, address: string, options: Dockerode.ContainerCreateOptions): Promise<Dockerode.Container> {
    const network = dockerNames.network(this.stack.app);
    return this.engine.createContainer({
      name,
      Image: IMAGE,
      ...options,
      HostConfig: { ...options.HostConfig, NetworkMode: network },
      NetworkingConfig: { EndpointsConfig: { [network]: { IPAMConfig: { IPv4Address: address } } } },
    });
  }

  /** How many of some requests, sent by the edge, each slot answered. */
  async ask(times: number): Promise<Readonly<Record<Slot, number>>> {
    const { app, docker, router } = this.stack;
    if (!isEdge(router) || docker === undefined) throw new Error("not on a Docker host");
    const url = `http://${edgeAddress(docker)}:${router.port}/`;
    const counts = { blue: 0, green: 0 };
    for (let i = 0; i < times; i += 1) {
      const answer = await axios.get<Slot>(url, { headers: { host: router.hosts[0] ?? app.name }, proxy: false });
      counts[answer.data] += 1;
    }
    return counts;
  }

  /** Puts a routing in force, as an update of the stack does. */
  async put(state: ReleaseState): Promise<void> {
    const routing = edgeRoutingOf({ ...this.stack, release: state });
    const client = connectDockerHost({});
    await activate((command) => client.run(dockerNames.edge(this.stack.app), command), renderRouting(routing));
  }
}

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

  it("moves traffic in a moment", async () => {
    const began = performance.now();
    await place.traffic.switchTo("blue", 40);
    const took = performance.now() - began;
    assert.ok(took < 2_000, `took ${took} ms`);
    console.log(`      a switch took ${took.toFixed(0)} ms`);
  });
});
