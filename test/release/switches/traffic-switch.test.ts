import assert from "node:assert/strict";
import fc from "fast-check";
import { handleOf, type Routing } from "../../../components/routers/router.ts";
import { SERIAL_ANNOTATION, STATE_ANNOTATION } from "../../../config/limits.ts";
import type { KubernetesHandle } from "../../../config/outputs.ts";
import { otherSlot, rolledBack, slotWeights, switched } from "../../../config/release-state.ts";
import { partsOf } from "../../../release/adapters/switches/parts.ts";
import { createTrafficSwitch } from "../../../release/adapters/switches/traffic-switch.ts";
import type { Pods } from "../../../release/ports.ts";
import { at, routingOf } from "../../components/routers/routing.ts";
import { Api } from "./api.ts";
import { anyRouting, render, ROUTERS_AND_PLUGIN } from "./rendered.ts";

/** Each makes and parses a whole stack. */
const RUNS = { numRuns: 50 };

const ready: Pick<Pods, "inspect"> = { inspect: () => Promise.resolve({ ready: 2, wanted: 2 }) };
const nobody: Pick<Pods, "inspect"> = { inspect: () => Promise.resolve({ ready: 0, wanted: 2 }) };

/** A cluster with the objects of this routing, and the switch for it. */
function open(routing: Routing, pods = ready) {
  const api = new Api(...render(routing));
  return { api, traffic: createTrafficSwitch(api, partsOf(routing.router, routing.app), pods) };
}

function handleFor(routing: Routing): KubernetesHandle {
  const part = (index: number) => (of: Routing) => {
    const object = render(of)[index];
    if (object === undefined) throw new Error(`${of.router.kind} has no object ${index}`);
    return object;
  };
  return handleOf(routing, part(0), render(routing).length > 1 ? part(1) : undefined);
}

for (const router of ROUTERS_AND_PLUGIN) {
  describe(`the switch of ${router}`, () => {
    const routings = anyRouting(router);

    it("reads serial, state and weights", async () => {
      await fc.assert(
        fc.asyncProperty(routings, async (routing) => {
          const { state } = routing;
          // How many users a header puts into a group is not for the router to say.
          fc.pre(routing.split.by !== "header" || state.weight === 0);
          const { serial, ...read } = await open(routing).traffic.read();
          assert.equal(serial, state.serial);
          assert.deepEqual(read, { state, weights: slotWeights(state) });
        }),
        RUNS,
      );
    });

    for (const by of ["as the stack has rendered it", "from what is in the cluster"] as const) {
      it(`takes all traffic back, ${by}: exactly what the stack program writes then`, async () => {
        await fc.assert(
          fc.asyncProperty(routings, async (routing) => {
            const { api, traffic } = open(routing);
            const handle = by === "from what is in the cluster" ? undefined : handleFor(routing);
            const state = await traffic.takeBack(handle, 9);
            assert.deepEqual(state, { ...rolledBack(routing.state), serial: 10 });
            assert.deepEqual(
              api.applied,
              render({ ...routing, state }).map((object) => ({ object, manager: "sluice" })),
            );
            const { weights } = await traffic.read();
            assert.deepEqual(weights, slotWeights(state));
            assert.equal(weights[otherSlot(state.live)], 0);
          }),
          RUNS,
        );
      });
    }

    it("puts all traffic on the other slot: exactly what the stack program writes then", async () => {
      await fc.assert(
        fc.asyncProperty(routings, async (routing) => {
          const { candidate, ...state } = { ...routing.state, weight: 0 };
          const { api, traffic } = open({ ...routing, state });
          const to = otherSlot(state.live);
          const now = await traffic.switchTo(to, 0);
          assert.deepEqual(now, switched(state));
          assert.deepEqual(await traffic.switchTo(to, 0), now, "a second time changes nothing");
          assert.deepEqual(
            api.applied.map(({ object }) => object),
            render({ ...routing, state: now }),
          );
          assert.deepEqual((await traffic.read()).weights, slotWeights(now));
        }),
        RUNS,
      );
    });
  });
}

describe("a promotion that was cut off", () => {
  for (const [name, by, routing] of [
    ["ingressNginx", "abort", routingOf("ingressNginx", at(100))],
    ["ingressNginx", "guard", routingOf("ingressNginx", at(100))],
    ["kong with its plugin", "abort", routingOf("kong", at(100), { router: { canaryPlugin: {} } })],
    ["kong with its plugin", "guard", routingOf("kong", at(100), { router: { canaryPlugin: {} } })],
  ] as const) {
    it(`${name}: is taken back by ${by} also where the route has turned to the candidate already`, async () => {
      const { api, traffic } = open(routing);
      const { candidate, ...promoted } = { ...routing.state, live: "green" as const, weight: 0 };
      const [, turned] = render({ ...routing, state: promoted });
      assert.ok(turned !== undefined);
      api.put(turned);
      assert.deepEqual((await traffic.read()).weights, { blue: 0, green: 100 });
      if (by === "abort") await traffic.takeBack(undefined, 0);
      else assert.equal((await traffic.switchTo("blue", 0)).candidate, undefined);
      assert.deepEqual((await traffic.read()).weights, { blue: 100, green: 0 });
    });
  }
});

describe("a switch", () => {
  const routing = routingOf("istio", at(5));
  const handle = handleFor(routing);

  it("writes the whole object with the handle's field manager, and a serial above all others", async () => {
    const { api, traffic } = open(routing);
    const state = await traffic.takeBack({ ...handle, fieldManager: "other" }, 39);
    assert.equal(state.serial, 40);
    const annotations = {
      ...handle.back.metadata.annotations,
      [SERIAL_ANNOTATION]: "40",
      [STATE_ANNOTATION]: JSON.stringify(state),
    };
    const object = { ...handle.back, metadata: { ...handle.back.metadata, annotations } };
    assert.deepEqual(api.applied, [{ object, manager: "other" }]);
  });

  it("goes above the cluster's serial when that is higher", async () => {
    assert.equal((await open(routing).traffic.takeBack(handle, 3)).serial, 10);
  });

  it("leaves the traffic where it is when nobody could serve it", async () => {
    const { api, traffic } = open(routing, nobody);
    const stays = (what: string) => new RegExp(`${what} has no ready pod in slot \\w+: traffic stays where it is`);
    await assert.rejects(traffic.takeBack(handle, 9), stays("stable"));
    await assert.rejects(traffic.takeBack(undefined, 9), stays("stable"));
    await assert.rejects(traffic.switchTo("green", 0), stays("1.1.0"));
    assert.deepEqual(api.applied, []);
  });

  it("asks for the pods of the slot that is to serve", async () => {
    const asked: string[] = [];
    const { candidate, ...state } = { ...routing.state, weight: 0 };
    const pods: Pick<Pods, "inspect"> = {
      inspect(slot) {
        asked.push(slot);
        return Promise.resolve({ ready: 1, wanted: 1 });
      },
    };
    await open(routing, pods).traffic.takeBack(handle, 9);
    await open({ ...routing, state }, pods).traffic.switchTo("green", 0);
    assert.deepEqual(asked, ["blue", "green"]);
  });

  it("does not route to a version that is not live any more", async () => {
    const state = { ...routing.state, live: "green" as const, candidate: "blue" as const };
    const { api, traffic } = open({ ...routing, state });
    await assert.rejects(traffic.takeBack(handle, 9), /green is live in the cluster, but blue when the stack/);
    assert.deepEqual(api.applied, []);
  });

  it("believes only what it reads back", async () => {
    const { api, traffic } = open(routing);
    api.onApply = () => render(routing).forEach((object) => api.put(object));
    await assert.rejects(traffic.takeBack(handle, 9), /written, but the router says serial 9, blue 95 %, green 5 %/);
  });

  it("writes nothing when the objects in the cluster have lost the slot that is to serve", async () => {
    const { api, traffic } = open(routing);
    api.put({ ...handle.back, spec: { http: [{ name: "weighted", route: [] }] } });
    await assert.rejects(traffic.takeBack(undefined, 9), /VirtualService shop\/checkout has no route to slot blue/);
    assert.deepEqual(api.applied, []);
  });

  it("does not take a route to nowhere for one to stable", async () => {
    const { api, traffic } = open(routing);
    const empty = { ...handle, back: { ...handle.back, spec: { http: [] } } };
    await assert.rejects(traffic.takeBack(empty, 9), /blue 0 %, green 0 %/);
    assert.equal(api.applied.length, 1);
  });

  for (const text of [undefined, "{", '{"live":"red"}']) {
    it(`says what to do about a router with the release state ${String(text)}`, async () => {
      const [object] = render(routing);
      assert.ok(object !== undefined);
      const annotations = text === undefined ? {} : { [STATE_ANNOTATION]: text };
      const api = new Api({ ...object, metadata: { ...object.metadata, annotations } });
      const traffic = createTrafficSwitch(api, partsOf(routing.router, routing.app), ready);
      const expected = { name: "UserError", message: /VirtualService shop\/checkout carries no valid release state/ };
      await assert.rejects(traffic.read(), expected);
    });
  }
});
