import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRuleSynchronizer } from "../../lab/rules/sync.ts";

describe("rules of the lab's Prometheus", () => {
  let directory: string;
  let reloads: number;
  let reloadFails: boolean;
  let log: string[];
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "sluice-test-"));
    [reloads, reloadFails, log] = [0, false, []];
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const synchronizer = () =>
    createRuleSynchronizer({
      directory,
      check: async (file) => {
        if ((await readFile(file, "utf8")).includes("nonsense")) throw new Error("no such expression");
      },
      reload: () => {
        if (reloadFails) return Promise.reject(new Error("refused"));
        reloads++;
        return Promise.resolve();
      },
      log: (text) => void log.push(text),
    });
  const rule = (name: string, expr = "vector(1)") => ({
    metadata: { namespace: "shop", name },
    spec: { groups: [{ name, partial_response_strategy: "warn", rules: [{ record: "r", expr }] }] },
  });

  it("become files without what only Thanos knows, and are loaded once", async () => {
    const synchronize = synchronizer();
    await synchronize([rule("a")]);
    await synchronize([rule("a")]);
    assert.deepEqual(JSON.parse(await readFile(join(directory, "shop.a.json"), "utf8")), {
      groups: [{ name: "a", rules: [{ record: "r", expr: "vector(1)" }] }],
    });
    assert.equal(reloads, 1);
  });

  it("follow a change and a deletion", async () => {
    const synchronize = synchronizer();
    await synchronize([rule("a"), rule("b")]);
    await synchronize([rule("a", "vector(2)")]);
    assert.deepEqual(await readdir(directory), ["shop.a.json"]);
    assert.match(await readFile(join(directory, "shop.a.json"), "utf8"), /vector\(2\)/);
    assert.equal(reloads, 2);
  });

  it("leave a bad object out, say so once, and keep the others", async () => {
    const synchronize = synchronizer();
    await synchronize([rule("bad", "nonsense"), rule("good")]);
    await synchronize([rule("bad", "nonsense"), rule("good")]);
    assert.deepEqual(await readdir(directory), ["shop.good.json"]);
    assert.deepEqual(log, ["refused shop.bad.json: no such expression", "wrote shop.good.json"]);
  });

  it("keep the last good form of an object that turned bad", async () => {
    const synchronize = synchronizer();
    await synchronize([rule("a")]);
    await synchronize([rule("a", "nonsense")]);
    assert.match(await readFile(join(directory, "shop.a.json"), "utf8"), /vector\(1\)/);
  });

  it("are loaded later where Prometheus did not answer", async () => {
    const synchronize = synchronizer();
    reloadFails = true;
    await assert.rejects(synchronize([rule("a")]), { message: "refused" });
    reloadFails = false;
    await synchronize([rule("a")]);
    assert.equal(reloads, 1);
  });
});
