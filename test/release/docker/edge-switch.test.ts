import assert from "node:assert/strict";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { slotLabels } from "../../../config/edge/labels.ts";
import { EDGE_DIRECTORY, edgeRoutingOf, routingFile } from "../../../config/edge/basis.ts";
import { markOf } from "../../../config/edge/mark.ts";
import { readRouting, renderRouting } from "../../../config/edge/routing.ts";
import type { ReleaseState, Slot } from "../../../config/release-state.ts";
import { createContainers } from "../../../release/adapters/docker/containers.ts";
import { createEdgeSwitch } from "../../../release/adapters/docker/edge-switch.ts";
import type { Container } from "../../../release/adapters/docker/engine-client.ts";
import { trafficFirst } from "../../../release/adapters/docker/traffic-first.ts";
import type { TrafficSwitch } from "../../../release/ports.ts";
import { at, edgeStack } from "../../config/edge/stack.ts";
import { openLocalEngine } from "./local-engine.ts";

const app = { name: "checkout", namespace: "shop", port: 8080 };
const FILE = routingFile("traefik");

/** The switch at an edge that follows its file, as Traefik does; the commands are run by the machine's own shell. */
describe("the switch of an edge", () => {
  let engine: Awaited<ReturnType<typeof openLocalEngine>>;
  let traffic: TrafficSwitch;
  let close: () => void;
  /** How often the file was asked of the engine. */
  let readings: number;
  let statusPort: number;

  const put = (state: ReleaseState) => {
    const stack = edgeStack("traefik", { app, release: state, router: { statusPort } });
    return engine.writeFile("", EDGE_DIRECTORY, FILE, renderRouting(edgeRoutingOf(stack)));
  };
  const facts = async () => readRouting((await engine.readFile("", `${EDGE_DIRECTORY}/${FILE}`)) ?? "");
  const ready = (slot: Slot): Container => ({
    Id: slot,
    Name: slot,
    RestartCount: 0,
    Config: { Image: "checkout:1.0.0", Labels: slotLabels(app, slot) },
    State: {
      Status: "running",
      Running: true,
      OOMKilled: false,
      ExitCode: 0,
      Error: "",
      Health: { Status: "healthy" },
    },
  });

  beforeEach(async () => {
    engine = await openLocalEngine([ready("blue"), ready("green")]);
    const server = http.createServer((_request, response) => {
      void facts().then((found) => response.end(found === undefined ? "" : markOf(found.state)));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    statusPort = (server.address() as AddressInfo).port;
    close = () => (server.closeAllConnections(), server.close());
    readings = 0;
    const counting: typeof engine = {
      ...engine,
      readFile: (...file) => {
        readings += 1;
        return engine.readFile(...file);
      },
    };
    traffic = createEdgeSwitch(counting, app, { kind: "traefik", statusPort }, createContainers(counting, app));
    await put(at(25, 20));
  });
  afterEach(async () => {
    close();
    await engine.close();
  });

  it("takes the traffic back from what was seen last, without another reading", async () => {
    assert.deepEqual((await traffic.read()).weights, { blue: 75, green: 25 });
    const state = await traffic.takeBack(undefined, 22);
    assert.deepEqual([state.serial, state.candidate, state.weight, readings], [23, undefined, 0, 0]);
    assert.deepEqual((await traffic.read()).weights, { blue: 100, green: 0 });
  });

  it("reads what is there where nothing was seen, and again after each writing", async () => {
    assert.equal((await traffic.takeBack(undefined, 20)).serial, 21);
    assert.equal((await traffic.takeBack(undefined, 21)).serial, 22);
    assert.equal(readings, 2);
  });

  it("goes by what is there where somebody has written since", async () => {
    await traffic.read();
    const denied = { "0.9.0": "fails" };
    await put({ ...at(50, 30), denied });
    const state = await traffic.takeBack(undefined, 20);
    assert.deepEqual([state.serial, state.denied, readings], [31, denied, 1]);
    assert.deepEqual((await facts())?.state.denied, denied);
  });

  it("goes by what is there where the same release is to be routed at another host", async () => {
    await traffic.read();
    const hosts = ["shop.example.com"];
    const stack = edgeStack("traefik", { app, release: at(25, 20), router: { statusPort, hosts } });
    await engine.writeFile("", EDGE_DIRECTORY, FILE, renderRouting(edgeRoutingOf(stack)));
    await traffic.takeBack(undefined, 20);
    assert.deepEqual((await facts())?.basis.hosts, hosts);
  });

  it("comes before what is written down meanwhile", async () => {
    const done: string[] = [];
    const noting: typeof engine = {
      ...engine,
      writeFile: async (...file) => {
        done.push("written");
        await engine.writeFile(...file);
      },
    };
    const place = trafficFirst(traffic, noting);
    await Promise.all([
      place.traffic.takeBack(undefined, 20).then(() => done.push("back")),
      place.engine.writeFile("", EDGE_DIRECTORY, "note", "text"),
    ]);
    await place.engine.writeFile("", EDGE_DIRECTORY, "note", "another");
    assert.deepEqual(done, ["back", "written", "written"]);
  });

  it("does not keep what is written down for ever", async () => {
    const stuck = { ...traffic, takeBack: () => new Promise<never>(() => undefined) };
    const place = trafficFirst(stuck, engine);
    void place.traffic.takeBack(undefined, 20);
    await place.engine.writeFile("", EDGE_DIRECTORY, "note", "text");
    assert.equal(await engine.readFile("", `${EDGE_DIRECTORY}/note`), "text");
  });

  it("does nothing twice", async () => {
    await put({ ...at(0, 20), candidate: undefined });
    assert.equal((await traffic.switchTo("green", 20)).serial, 21);
    assert.equal((await traffic.switchTo("green", 21)).serial, 21);
  });
});
