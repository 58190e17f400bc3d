import assert from "node:assert/strict";
import { createKubernetesJournal } from "../../release/adapters/kubernetes-journal.ts";
import type { Cluster } from "../../release/adapters/kubernetes.ts";
import type { ReleaseEvent } from "../../release/events.ts";
import { planRelease } from "../../release/plan.ts";
import { beginRecord, type ReleaseRecord } from "../../release/record.ts";
import { NO_CLUSTER } from "./no-cluster.ts";
import { stackConfig } from "./world.ts";

const config = stackConfig();
const { app } = config;
const plan = planRelease(config, { version: "1.1.0", image: "checkout:1.1.0" });
const record = beginRecord(config, plan, "test", "me", Date.UTC(2026, 10, 21, 9, 30, 15));

interface Stored {
  readonly metadata: { readonly name: string; readonly resourceVersion: string };
}

/** An API server that keeps ConfigMaps, and lets only those replace one that have seen it. */
function apiServer() {
  const stored = new Map<string, Stored>();
  let revision = 0;
  const store = (object: object, name: string) => {
    revision += 1;
    const { metadata } = object as { metadata: object };
    const written = { ...object, metadata: { ...metadata, name, resourceVersion: String(revision) } };
    stored.set(name, written);
    return Promise.resolve(written);
  };
  const cluster: Cluster = {
    ...NO_CLUSTER,
    create: (object) =>
      stored.has(object.metadata.name) ? Promise.resolve(undefined) : store(object, object.metadata.name),
    replace: (object) => {
      const { name, resourceVersion } = object.metadata;
      const isSeen = stored.get(name)?.metadata.resourceVersion === resourceVersion;
      return isSeen ? store(object, name) : Promise.resolve(undefined);
    },
    find: ({ name }, schema) => {
      const found = stored.get(name);
      return Promise.resolve(found === undefined ? undefined : schema.parse(found));
    },
    list: (_kind, schema) => Promise.resolve(schema.parse({ items: [...stored.values()] })),
    remove: ({ name }) => {
      stored.delete(name);
      return Promise.resolve();
    },
  };
  return { cluster, stored };
}

const finished = (id: string): ReleaseRecord => ({
  ...record,
  id,
  phase: { kind: "finished", ending: { outcome: "promoted", reason: "done", exitCode: 0 } },
});

describe("the journal in the cluster", () => {
  it("gives back what was written, to another process as well", async () => {
    const { cluster, stored } = apiServer();
    const events: ReleaseEvent[] = [{ type: "deploying", at: 1, slot: "green", version: "1.1.0" }];
    assert.equal(await createKubernetesJournal(cluster, app).readLatest(), undefined);
    await createKubernetesJournal(cluster, app).write(record, events);
    assert.deepEqual([...stored.keys()], ["checkout-release-20261121-093015"]);
    assert.deepEqual(await createKubernetesJournal(cluster, app).readLatest(), { record, events });
  });

  it("is refused to a process after another one has written", async () => {
    const { cluster } = apiServer();
    const [first, second] = [createKubernetesJournal(cluster, app), createKubernetesJournal(cluster, app)];
    await first.write(record, []);
    await second.readLatest();
    await second.write(record, []);
    await assert.rejects(first.write(record, []), {
      name: "TakenOver",
      message: "somebody else has written about release 20261121-093015",
    });
  });

  it("knows its own writing again when the answer to it was lost", async () => {
    const { cluster } = apiServer();
    let lost = 0;
    const unreliable: Cluster = {
      ...cluster,
      replace: async (object) => {
        const written = await cluster.replace(object);
        lost += 1;
        if (lost === 1) throw new Error("no answer within 5 s");
        return written;
      },
    };
    const journal = createKubernetesJournal(unreliable, app);
    await journal.write(record, []);
    await assert.rejects(journal.write(record, []), /no answer/);
    await journal.write({ ...record, phase: { kind: "check" } }, []);
    assert.equal((await journal.readLatest())?.record.phase.kind, "check");
  });

  it("keeps the last ten releases, the newest first", async () => {
    const { cluster } = apiServer();
    const journal = createKubernetesJournal(cluster, app);
    const ids = Array.from({ length: 12 }, (_, i) => `20261121-0930${String(i).padStart(2, "0")}`);
    for (const id of ids) await journal.write(finished(id), []);
    assert.deepEqual(
      (await journal.readAll()).map((entry) => entry.record.id),
      ids.toReversed().slice(0, 10),
    );
  });

  it("drops the oldest samples of a release that is too long for the cluster, and nothing else", async () => {
    const { cluster, stored } = apiServer();
    const noise = Array.from({ length: 40_000 }, (_, at): ReleaseEvent => ({
      type: "sampled",
      at,
      weight: 5,
      sample: {
        at,
        spanMs: 2_000,
        canary: { requests: Math.random(), failed: 0 },
        stable: { requests: Math.random(), failed: 0 },
      },
      evidence: { relative: Math.random(), floor: 0, limit: 0, pass: 0 },
      mode: "comparing",
    }));
    const events: ReleaseEvent[] = [{ type: "deploying", at: 0, slot: "green", version: "1.1.0" }, ...noise];
    const journal = createKubernetesJournal(cluster, app);
    await journal.write(record, events);
    const size = JSON.stringify([...stored.values()]).length;
    assert.ok(size < 1_000_000, `${size} bytes`);
    const kept = (await journal.readLatest())?.events ?? [];
    assert.equal(kept[0]?.type, "deploying");
    assert.deepEqual(kept.slice(1), noise.slice(-(kept.length - 1)));
  });

  it("holds all that a replay of an hour needs, where every sample counts", async () => {
    const { cluster } = apiServer();
    const random = () => 10 * Math.random();
    const counts = () => ({ requests: Math.round(40 * random()), failed: Math.round(random()) });
    const timed = () => ({
      requests: Math.round(40 * random()),
      slower: [80, 40, 8, 2].map((n) => Math.round(n * random())),
    });
    const step = { weight: 5, minStepTimeMs: 60_000, maxStepTimeMs: 600_000, onInconclusive: "advance" } as const;
    const hour = Array.from({ length: 1_800 }, (_, i) => 1_795_000_000_000 + 2_000 * i).flatMap(
      (at): ReleaseEvent[] => [
        {
          type: "sampled",
          at,
          weight: 5,
          sample: {
            at,
            spanMs: 2_000,
            canary: counts(),
            stable: counts(),
            latency: { canary: timed(), stable: timed() },
            weight: 5,
          },
          evidence: {
            ...{ relative: random(), floor: random(), limit: random(), pass: random(), slower: random() },
            ...{ tooSlow: random(), fewer: random(), more: random(), thanBefore: random() },
          },
          mode: "comparing",
        },
        {
          type: "gate-looked",
          at: at + Math.round(200 * random()),
          quietMs: [1500, 1000, 500].map((ms) => ms + Math.round(20 * random())),
          kind: "step",
          since: 1_795_000_000_000,
          silence: "all",
          ...step,
        },
      ],
    );
    const journal = createKubernetesJournal(cluster, app);
    await journal.write(record, hour);
    assert.equal((await journal.readLatest())?.events.length, hour.length);
  });

  it("says what to do about a record that it cannot read", async () => {
    const { cluster, stored } = apiServer();
    await createKubernetesJournal(cluster, app).write(record, []);
    const [name, entry] = [...stored][0] ?? assert.fail("nothing stored");
    stored.set(name, { ...entry, data: { record: '{"format":2}' } } as Stored);
    await assert.rejects(createKubernetesJournal(cluster, app).readLatest(), {
      name: "UserError",
      message: /^ConfigMap checkout-release-20261121-093015 holds a release that this version of sluice cannot read/,
    });
  });
});
