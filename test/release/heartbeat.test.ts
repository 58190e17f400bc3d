import assert from "node:assert/strict";
import { TakenOver, UserError } from "../../release/errors.ts";
import { takeLease, withLease } from "../../release/heartbeat.ts";
import type { Ports } from "../../release/ports.ts";
import { MemoryLease } from "./memory.ts";
import { VirtualClock } from "./virtual-clock.ts";

describe("the lease of an app", () => {
  const setUp = () => {
    const clock = new VirtualClock();
    return { clock, lease: new MemoryLease(clock) };
  };

  it("is taken at once where nobody holds it, and renewed three times in its time", async () => {
    const { clock, lease } = setUp();
    const driving = await takeLease(lease, clock, "a");
    const began = clock.now();
    await clock.sleep(60_500);
    const revisions = Number((await lease.read())?.revision);
    assert.equal(began, 1_000_000);
    assert.equal(revisions, 13, "taken once, renewed every 5 s");
    await driving.giveUp();
    assert.equal((await lease.read())?.holder, "");
    assert.equal(clock.sleeping, 0, "nothing keeps the program from ending");
  });

  it("is refused while its holder lives, who is named", async () => {
    const { clock, lease } = setUp();
    const driving = await takeLease(lease, clock, "root@ci-1/12");
    await assert.rejects(takeLease(lease, clock, "b"), {
      name: "UserError",
      message: /^root@ci-1\/12 moves this service's traffic \(last heard of 1970-01-01T00:16:45\.000Z\)\.\nWait until/,
    });
    assert.equal(driving.lost.aborted, false);
    await driving.giveUp();
  });

  it("is taken from a holder that stays silent for as long as it is valid", async () => {
    const { clock, lease } = setUp();
    await lease.take("dead", undefined);
    const driving = await takeLease(lease, clock, "b");
    assert.equal(clock.now() - 1_000_000, 15_000);
    assert.equal((await lease.read())?.holder, "b");
    await driving.giveUp();
  });

  it("is taken by force from a holder that lives, who hears of it", async () => {
    const { clock, lease } = setUp();
    const first = await takeLease(lease, clock, "a");
    const second = await takeLease(lease, clock, "b", { force: true });
    await clock.sleep(5_001);
    assert.ok(first.lost.reason instanceof TakenOver);
    assert.equal(first.lost.reason.message, "taken over by b");
    await first.giveUp();
    assert.equal((await lease.read())?.holder, "b", "who lost it does not give it up");
    await second.giveUp();
  });

  it("goes to exactly one of those who reach for it at the same time", async () => {
    const { clock, lease } = setUp();
    const results = await Promise.allSettled(["a", "b", "c"].map((name) => takeLease(lease, clock, name)));
    const won = results.filter((result) => result.status === "fulfilled");
    assert.equal(won.length, 1);
    for (const { value } of won) await value.giveUp();
  });

  it("is kept through an API server that cannot be reached for longer than it is valid", async () => {
    const { clock, lease } = setUp();
    const take = lease.take.bind(lease);
    const driving = await takeLease(lease, clock, "a");
    lease.take = () => Promise.reject(new Error("ECONNREFUSED"));
    await clock.sleep(30_000);
    assert.equal(driving.lost.aborted, false);
    lease.take = take;
    await clock.sleep(1_500);
    assert.equal((await lease.read())?.renewedAt, clock.now() - 1_500);
    await driving.giveUp();
  });

  it("is given up by who ends, and left to run out by who fails in a way of its own: a watchdog takes it for dead", async () => {
    for (const [error, holder] of [
      [new UserError("nothing to do"), ""],
      [new Error("EPIPE"), "a"],
    ] as const) {
      const { lease, ports } = movingPorts();
      await assert.rejects(
        withLease(ports, driver("a"), false, () => Promise.reject(error)),
        error,
      );
      assert.equal((await lease.read())?.holder, holder);
      assert.equal(ports.clock.sleeping, 0, "nobody renews it any more");
    }
  });

  it("fences what moves traffic and stack: who has lost it, and has not heard of it yet, changes nothing", async () => {
    const { done, lease, ports } = movingPorts();
    await withLease(ports, driver("a"), false, async (signal, { stack, traffic }) => {
      await traffic.switchTo("green", 1);
      const other = await takeLease(lease, ports.clock, "b", { force: true });
      assert.equal(signal.aborted, false);
      const effects = [() => traffic.takeBack(undefined, 1), () => traffic.switchTo("blue", 1), () => stack.up()];
      for (const effect of effects) await assert.rejects(effect(), { name: "TakenOver", message: "taken over by b" });
      assert.ok(signal.reason instanceof TakenOver, "it has heard of it by then");
      await traffic.read();
      await other.giveUp();
    });
    assert.deepEqual(done, ["switchTo", "read"]);
  });

  for (const [what, read, waitsMs] of [
    ["says no", () => Promise.reject(new Error("ECONNREFUSED")), 0],
    ["does not answer", () => new Promise<never>(() => undefined), 500],
  ] as const) {
    it(`does not keep the traffic from going back while the API server ${what}`, async () => {
      const { done, lease, ports } = movingPorts();
      await withLease(ports, driver("a"), false, async (_signal, { traffic }) => {
        const began = ports.clock.now();
        lease.read = read;
        await traffic.takeBack(undefined, 1);
        assert.equal(ports.clock.now() - began, waitsMs);
      });
      assert.deepEqual(done, ["takeBack"]);
    });
  }
});

const driver = (name: string) => ({ name, signal: new AbortController().signal });

/** Ports that write down what is done. */
function movingPorts() {
  const clock = new VirtualClock();
  const lease = new MemoryLease(clock);
  const done: string[] = [];
  const note = (name: string) => () => Promise.resolve(void done.push(name)) as never;
  const traffic: Ports["traffic"] = { read: note("read"), takeBack: note("takeBack"), switchTo: note("switchTo") };
  const [save, up, unlock, readHandle] = ["save", "up", "unlock", "readHandle"].map(note) as never[];
  const stack = { save, up, unlock, readHandle } as unknown as Ports["stack"];
  return { done, lease, ports: { clock, lease, stack, traffic } };
}
