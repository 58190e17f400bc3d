import assert from "node:assert/strict";
import { appendFile, rm } from "node:fs/promises";
import path from "node:path";
import fc from "fast-check";
import { containerAddress } from "../../../config/docker-host.ts";
import { edgeRoutingBack, edgeRoutingOf } from "../../../config/edge/basis.ts";
import { readServed } from "../../../config/edge/mark.ts";
import { readRouting, renderRouting } from "../../../config/edge/routing.ts";
import { rolledBack, SLOTS, type ReleaseState } from "../../../config/release-state.ts";
import { NGINX, RealNginx } from "./real-nginx.ts";
import { at, edgeStack } from "./stack.ts";

/** Addresses of the loopback: a server can be in the place of each container. */
const docker = { subnet: "127.29.0.0/24" };
const ports = { port: 18_080, statusPort: 18_081 };
const base = { docker, app: { name: "checkout", namespace: "shop", port: 18_082 } };

describe("the edge nginx", function () {
  this.timeout(60_000);
  let nginx: RealNginx;
  let serial = 100;
  const stackAt = (state: ReleaseState, sections: Readonly<Record<string, unknown>> = {}) =>
    edgeStack("nginx", {
      ...base,
      release: state,
      router: { ...ports, ...(sections.router as object | undefined) },
      ...without(sections),
    });
  const put = async (weight: number, sections?: Readonly<Record<string, unknown>>) => {
    serial += 1;
    const routing = edgeRoutingOf(stackAt(at(weight, serial), sections));
    const { code, output } = await nginx.activate(renderRouting(routing));
    assert.equal(code, 0, output);
  };
  const slotOf = async (headers: Readonly<Record<string, string>> = {}) =>
    (await nginx.ask("/api", headers)).body.slice(0, -1);

  before(async function () {
    if (NGINX === undefined) this.skip();
    nginx = await RealNginx.start(stackAt(at(0, serial)));
    for (const slot of SLOTS)
      for (const index of [0, 1]) await nginx.serve(containerAddress(docker, slot, index), `${slot}${index}`);
  });
  after(() => (NGINX === undefined ? undefined : nginx.stop()));

  it("tells the serial and the weights in force", async () => {
    await put(25);
    const { body } = await nginx.ask("/sluice/routing", {}, ports.statusPort);
    assert.deepEqual(readServed(body), { serial, weights: { blue: 75, green: 25 } });
    assert.match((await nginx.ask("/stub_status", {}, ports.statusPort)).body, /Active connections/);
  });

  it("splits requests by the weight, and all of them at 0 and 100", async () => {
    // 25 % of 300 are 75, and five standard deviations of it 38.
    for (const [weight, least, most] of [
      [0, 0, 0],
      [25, 37, 113],
      [100, 300, 300],
    ] as const) {
      await put(weight);
      let candidate = 0;
      for (let i = 0; i < 300; i += 1) candidate += (await slotOf()) === "green" ? 1 : 0;
      assert.ok(candidate >= least && candidate <= most, `${candidate} of 300 at ${weight} %`);
    }
  });

  it("keeps a user on one side, and draws those without a key", async () => {
    const router = { stickyKey: { by: "cookie", name: "user-id" } };
    const sticky = await RealNginx.start(
      edgeStack("nginx", { ...base, release: at(50, serial), router: { port: 18_085, statusPort: 18_086, ...router } }),
    );
    try {
      const side = async (cookie: string) => (await sticky.ask("/api", { cookie })).body.slice(0, -1);
      const sides = new Set<string>();
      for (let user = 0; user < 20; user += 1) {
        const first = await side(`a=b; user-id=u${user}`);
        assert.equal(await side(`user-id=u${user}; c=d`), first);
        sides.add(first);
      }
      const drawn = new Set<string>();
      for (let i = 0; i < 40; i += 1) drawn.add(await side("other=1"));
      assert.deepEqual([...sides].sort(), ["blue", "green"]);
      assert.deepEqual([...drawn].sort(), ["blue", "green"]);
    } finally {
      await sticky.stop();
    }
  });

  it("takes testers to the candidate, and marks its answers as its own", async () => {
    await put(0);
    const tester = await nginx.ask("/api", { "x-canary": "true" });
    assert.match(tester.body, /^green/);
    assert.equal(tester.headers["x-sluice-slot"], "green");
    const user = await nginx.ask("/api", { "x-canary": "True" });
    assert.match(user.body, /^blue/);
    assert.equal(user.headers["x-sluice-slot"], undefined);
  });

  const segments = [
    { name: "enterprise", goesTo: "stable", when: [{ header: { name: "x-plan", exact: "a.b" } }] },
    {
      name: "beta",
      goesTo: "candidate",
      when: [
        { cookie: { name: "my-beta", regex: "y(es)?" }, userAgent: ".*Beta/\\d+.*" },
        { cidr: "10.0.0.0/8", header: { name: "x-region", regex: "eu|us" } },
      ],
    },
    { name: "local", goesTo: "candidate", when: [{ cidr: "::1/128" }, { header: { name: "x-quote", exact: '"\\' } }] },
  ];
  const sent: readonly (readonly [string, Readonly<Record<string, string>>, "blue" | "green"])[] = [
    ["nobody", {}, "blue"],
    ["the first segment", { "x-plan": "a.b" }, "blue"],
    ["another case of a value", { "x-plan": "A.B", cookie: "my-beta=y", "user-agent": "x Beta/2" }, "green"],
    ["a match of two conditions", { cookie: "a=1; my-beta=yes", "user-agent": "x Beta/2" }, "green"],
    ["one of two conditions", { cookie: "a=1; my-beta=yes" }, "blue"],
    ["a part of a cookie", { cookie: "xmy-beta=yes", "user-agent": "Beta/2" }, "blue"],
    ["another value of a cookie", { cookie: "my-beta=yesno", "user-agent": "Beta/2" }, "blue"],
    ["an address of elsewhere", { "x-region": "eu" }, "blue"],
    ["quotes and backslashes", { "x-quote": '"\\' }, "green"],
    ["the first of two segments", { "x-plan": "a.b", "x-quote": '"\\' }, "blue"],
    ["testers before segments", { "x-plan": "a.b", "x-canary": "true" }, "green"],
  ];
  for (const [who, headers, side] of sent) {
    it(`segments: ${who}`, async () => {
      await put(0, { audience: { segments } });
      assert.equal(await slotOf(headers), side);
    });
  }

  it("splits by buckets, exactly", async () => {
    await put(37, { audience: { sticky: { header: "x-user-bucket" } } });
    for (const [bucket, side] of [
      ["00", "green"],
      ["36", "green"],
      ["37", "blue"],
      ["7", "blue"],
      ["99", "blue"],
    ] as const)
      assert.equal(await slotOf({ "x-user-bucket": bucket }), side, bucket);
    assert.equal(await slotOf(), "blue");
  });

  it("tells each slot's health, and nothing of another host", async () => {
    assert.match((await nginx.ask("/health/green")).body, /^green/);
    assert.equal((await nginx.ask("/", { host: "elsewhere.example.com" })).status, 404);
  });

  it("refuses an older routing, and one as old to others", async () => {
    await put(10);
    const before = await nginx.read("routing.conf");
    for (const state of [at(50, serial - 1), at(50, serial)]) {
      const { code, output } = await nginx.activate(renderRouting(edgeRoutingOf(stackAt(state))));
      assert.deepEqual([code, output.trim()], [71, String(serial)]);
    }
    assert.equal(await nginx.read("routing.conf"), before);
    const again = await nginx.activate(
      renderRouting(edgeRoutingOf(stackAt(at(10, serial), { audience: { segments } }))),
    );
    assert.equal(again.code, 0, "the same state with other segments");
    const denied = { ...at(10, serial), denied: { "0.9.0": 'fails: "weight":99, {too} often' } };
    const remembered = await nginx.activate(renderRouting(edgeRoutingOf(stackAt(denied))));
    assert.equal(remembered.code, 0, "the same routing, with more that is remembered of versions");
  });

  it("is put in place of that one routing over which it is made", async () => {
    await put(10);
    const line = async () => (await nginx.read("routing.conf")).split("\n", 1)[0];
    const over = await line();
    await put(20);
    const next = renderRouting(edgeRoutingOf(stackAt(at(30, serial + 1))));
    assert.equal((await nginx.activate(next, { over })).code, 71);
    assert.equal((await nginx.activate(next, { over: await line() })).code, 0);
    serial += 1;
  });

  it("keeps the last good routing when nginx refuses the new one", async () => {
    await put(10);
    const before = await nginx.read("routing.conf");
    const broken = `${renderRouting(edgeRoutingOf(stackAt(at(50, serial + 1))))}upstream {`;
    const { code, output } = await nginx.activate(broken);
    assert.equal(code, 73);
    assert.match(output, /invalid number of arguments in "upstream"/);
    assert.equal(await nginx.read("routing.conf"), before);
    const { body } = await nginx.ask("/sluice/routing", {}, ports.statusPort);
    assert.deepEqual(readServed(body), { serial, weights: { blue: 90, green: 10 } });
  });

  it("keeps the last good routing when nginx does not follow the new one", async () => {
    await put(10);
    const before = await nginx.read("routing.conf");
    // Valid, but nothing by which the edge could tell that it follows.
    const text = renderRouting(edgeRoutingOf(stackAt(at(50, serial + 1)))).replace('"serial=', '"other=');
    assert.equal((await nginx.activate(text)).code, 74);
    assert.equal(await nginx.read("routing.conf"), before);
    await put(20);
  });

  it("takes everybody back with nothing but the file", async () => {
    await put(60, { audience: { segments } });
    const facts = readRouting(await nginx.read("routing.conf"));
    assert.ok(facts !== undefined);
    const state = rolledBack(facts.state);
    serial = state.serial;
    const { code } = await nginx.activate(renderRouting(edgeRoutingBack(facts.basis, state)));
    assert.equal(code, 0);
    for (const headers of [{}, { "x-canary": "true" }, { "x-quote": '"\\' }])
      assert.equal(await slotOf(headers), "blue");
  });

  it("accepts whatever text a version was denied for", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme", maxLength: 60 }), async (reason) => {
        serial += 1;
        const state = { ...at(5, serial), denied: { "1.0.9": reason } };
        const text = renderRouting(edgeRoutingOf(stackAt(state)));
        assert.deepEqual(readRouting(text)?.state, state);
        assert.equal((await nginx.activate(text)).code, 0);
      }),
      { numRuns: 8 },
    );
  });
});

describe("the edge nginx on a full disk", function () {
  let nginx: RealNginx;
  const stackAt = (state: ReleaseState) => edgeStack("nginx", { ...base, release: state, router: ports });
  const activate = (state: ReleaseState) => nginx.activate(renderRouting(edgeRoutingOf(stackAt(state))));
  const filler = (n: number) => path.join(nginx.directory, `filler${n}`);
  /** Takes all the room that there is, to the last byte. */
  const fill = async () => {
    for (const [n, bytes] of [1 << 16, 1].entries()) {
      const piece = Buffer.alloc(bytes);
      await assert.rejects(
        async () => {
          for (;;) await appendFile(filler(n), piece);
        },
        { code: "ENOSPC" },
      );
    }
  };

  before(async function () {
    if (NGINX === undefined || process.getuid?.() !== 0) this.skip();
    nginx = await RealNginx.start(stackAt(at(0, 1)), 2 ** 21);
  });
  after(() => (NGINX === undefined || process.getuid?.() !== 0 ? undefined : nginx.stop()));

  const served = async () => readServed((await nginx.ask("/sluice/routing", {}, ports.statusPort)).body);

  it("takes everybody back by what was put by for it, and gives a candidate nothing", async () => {
    assert.equal((await activate(at(25, 2))).code, 0);
    await fill();
    const { code, output } = await activate(at(50, 3));
    assert.equal(code, 72);
    assert.match(output, /No space left on device|I\/O error/);
    assert.deepEqual(await served(), { serial: 2, weights: { blue: 75, green: 25 } });
    const back = await activate(rolledBack(at(25, 3)));
    assert.equal(back.code, 0, back.output);
    assert.deepEqual((await served())?.weights, { blue: 100, green: 0 });
  });

  it("routes no candidate without room for its way back", async () => {
    await fill();
    const { code, output } = await activate(at(5, 9));
    assert.equal(code, 72);
    assert.match(output, /No space left on device|I\/O error/);
    for (const n of [0, 1]) await rm(filler(n));
    assert.equal((await activate(at(5, 9))).code, 0);
  });
});

function without({ router: _, ...sections }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return sections;
}
