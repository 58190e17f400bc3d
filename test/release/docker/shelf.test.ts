import assert from "node:assert/strict";
import { createShelfJournal } from "../../../release/adapters/docker/shelf-journal.ts";
import { createShelfLease } from "../../../release/adapters/docker/shelf-lease.ts";
import { openShelf } from "../../../release/adapters/docker/shelf.ts";
import { TakenOver, UserError } from "../../../release/errors.ts";
import { planRelease } from "../../../release/plan.ts";
import { beginRecord } from "../../../release/record.ts";
import { stackConfig } from "../world.ts";
import { openLocalEngine } from "./local-engine.ts";

const app = { name: "checkout", namespace: "shop", port: 8080 };

function recordAt(startedAt: number) {
  const config = stackConfig();
  const record = beginRecord(
    config,
    planRelease(config, { version: "1.1.0", image: "checkout:1.1.0" }),
    "test",
    "me",
    startedAt,
  );
  return JSON.parse(JSON.stringify(record)) as typeof record;
}

describe("what releases write down beside an edge", () => {
  let engine: Awaited<ReturnType<typeof openLocalEngine>>;
  beforeEach(async () => {
    engine = await openLocalEngine();
  });
  afterEach(() => engine.close());

  it("is written by one of many who saw the same", async () => {
    const shelf = openShelf(engine, app);
    const first = await Promise.all(["a", "b", "c", "d"].map((text) => shelf.write("x", text, undefined)));
    const [revision, ...others] = first.filter((written) => written !== undefined);
    assert.ok(revision !== undefined && others.length === 0);
    const item = await shelf.read("x");
    assert.equal(item?.revision, revision);
    assert.equal(await shelf.write("x", "e", "another"), undefined);
    const next = await shelf.write("x", "e\nf", revision);
    assert.deepEqual(await shelf.read("x"), { text: "e\nf", revision: next });
    assert.deepEqual(await shelf.list("y"), []);
    await shelf.remove("x");
    assert.equal(await shelf.read("x"), undefined);
  });

  it("leaves nothing of a writing that came too late", async () => {
    const shelf = openShelf(engine, app);
    await shelf.write("x", "a", undefined);
    await shelf.write("x", "b", undefined);
    assert.deepEqual(await shelf.list(""), ["x"]);
    const { stdout } = await engine.run("", ["sh", "-c", "ls -A /etc/sluice | wc -l"]);
    assert.equal(stdout.trim(), "1");
  });

  it("knows whose own writing it was whose answer was lost", async () => {
    const run = engine.run.bind(engine);
    const forgetful = {
      ...engine,
      run: async (...call: Parameters<typeof run>) => {
        await run(...call);
        return run(...call);
      },
    };
    assert.ok((await openShelf(forgetful, app).write("x", "a", undefined)) !== undefined);
  });

  it("is a lease with one holder", async () => {
    const lease = createShelfLease(openShelf(engine, app), 15_000, () => 1_000);
    assert.equal(await lease.read(), undefined);
    const held = await lease.take("a", undefined);
    assert.ok(held !== undefined);
    assert.deepEqual(await lease.read(), {
      holder: "a",
      durationMs: 15_000,
      renewedAt: 1_000,
      revision: held.revision,
    });
    assert.equal(await lease.take("b", undefined), undefined);
    const renewed = await lease.take("a", held);
    assert.ok(renewed !== undefined && renewed.revision !== held.revision);
    await lease.giveUp(held);
    assert.equal((await lease.read())?.holder, "a", "somebody else's is not given up");
    await lease.giveUp(renewed);
    assert.equal((await lease.read())?.holder, "");
  });

  it("is a journal, which ends for one who was overtaken", async () => {
    const [ours, theirs] = [0, 1].map(() => createShelfJournal(openShelf(engine, app), app));
    assert.ok(ours !== undefined && theirs !== undefined);
    const record = recordAt(Date.UTC(2026, 10, 21, 9, 30, 15));
    await ours.write(record, [{ type: "ready", at: 1, slot: "green", version: "1.1.0", tookMs: 2 }]);
    assert.deepEqual((await theirs.readLatest())?.record, record);
    await theirs.write(record, []);
    await assert.rejects(ours.write(record, []), TakenOver);
  });

  it("is a journal that knows its own writing again when its answer was lost", async () => {
    let lost = false;
    const forgetful = {
      ...engine,
      run: async (...call: Parameters<typeof engine.run>) => {
        const ended = await engine.run(...call);
        if (lost) throw new Error("no answer within 15 s");
        return ended;
      },
    };
    const journal = createShelfJournal(openShelf(forgetful, app), app);
    const record = recordAt(1_000_000);
    await journal.write(record, []);
    lost = true;
    await assert.rejects(journal.write({ ...record, phase: { kind: "check" } }, []), /no answer/);
    lost = false;
    await journal.write({ ...record, phase: { kind: "permit", step: 0 } }, []);
    assert.deepEqual((await journal.readLatest())?.record.phase, { kind: "permit", step: 0 });
  });

  it("keeps the last ten releases", async () => {
    const journal = createShelfJournal(openShelf(engine, app), app);
    const ending = { outcome: "promoted", reason: "well", exitCode: 0 } as const;
    for (let second = 0; second < 12; second += 1) {
      const record = recordAt(Date.UTC(2026, 10, 21, 9, 30, second));
      await journal.write({ ...record, phase: { kind: "finished", ending } }, []);
    }
    const ids = (await journal.readAll()).map(({ record }) => record.id);
    assert.deepEqual([ids.length, ids[0], ids.at(-1)], [10, "20261121-093011", "20261121-093002"]);
  });

  it("refuses a release that another version wrote", async () => {
    const shelf = openShelf(engine, app);
    await shelf.write("release-20261121-093015", '{"record":{"format":2},"events":""}', undefined);
    await assert.rejects(createShelfJournal(shelf, app).readLatest(), (error) => {
      assert.ok(error instanceof UserError);
      return error.message.includes(
        "edge of shop/checkout keeps release-20261121-093015, which this version of sluice",
      );
    });
  });
});
