import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { labPaths } from "../../lab/settings.ts";
import { locate, type LocatedTool } from "../../lab/toolchain/locate.ts";
import type { Tool } from "../../lab/toolchain/tool.ts";

describe("where a tool is taken from", () => {
  const path = process.env.PATH ?? "";
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "sluice-test-"));
    process.env.PATH = `${join(directory, "usr")}:${path}`;
  });
  afterEach(async () => {
    process.env.PATH = path;
    await rm(directory, { recursive: true, force: true });
  });

  const put = async (file: string, says: string) => {
    await mkdir(dirname(join(directory, file)), { recursive: true });
    await writeFile(join(directory, file), `#!/bin/sh\necho '${says}'\n`);
    await chmod(join(directory, file), 0o755);
  };
  const engine: Tool = {
    name: "engine",
    version: "3.2.0",
    source: { kind: "python-library", distribution: "none" },
    files: ["bin/sluice-engine", "bin/sluice-engine-ctl"],
    commands: ["sluice-engine", "sluice-engine-ctl"],
    onPath: { checks: [["sluice-engine", "version"]], range: { atLeast: "3.2", below: "4" } },
  };
  const plugin: Tool = {
    name: "plugin",
    version: "1.0",
    source: { kind: "python-library", distribution: "none" },
    files: ["bin/sluice-plugin"],
    commands: ["sluice-plugin"],
    shippedWith: "engine",
  };
  const find = async (tool: Tool, known: readonly LocatedTool[] = []) => {
    const paths = labPaths({ SLUICE_CACHE: join(directory, "cache") });
    return locate(tool, paths, new Map(known.map((each) => [each.tool.name, each])));
  };
  const cacheEngine = async () => {
    for (const command of engine.commands) await put(`cache/engine/3.2.0/bin/${command}`, "v3.2.0");
  };

  it("is PATH where all commands are there and the version fits, even if the cache has it", async () => {
    await cacheEngine();
    for (const command of engine.commands) await put(`usr/${command}`, "engine v3.9.1");
    assert.deepEqual(await find(engine), {
      tool: engine,
      from: "path",
      directory: join(directory, "usr"),
      commands: {
        "sluice-engine": join(directory, "usr", "sluice-engine"),
        "sluice-engine-ctl": join(directory, "usr", "sluice-engine-ctl"),
      },
    });
  });

  for (const says of ["engine v3.1.9", "engine v4.0.0", "no version"]) {
    it(`is the cache where the one on PATH says ${JSON.stringify(says)}`, async () => {
      await cacheEngine();
      for (const command of engine.commands) await put(`usr/${command}`, says);
      const found = await find(engine);
      assert.equal(found?.from, "cache");
      assert.equal(found.directory, join(directory, "cache/engine/3.2.0"));
    });
  }

  it("is the cache where PATH has only some of the commands", async () => {
    await cacheEngine();
    await put("usr/sluice-engine", "v3.2.0");
    assert.equal((await find(engine))?.from, "cache");
  });

  it("is nowhere where the cache is incomplete", async () => {
    await put("cache/engine/3.2.0/bin/sluice-engine", "v3.2.0");
    assert.equal(await find(engine), undefined);
  });

  it("does not take the lab's own links for the user's", async () => {
    process.env.PATH = `${join(directory, "cache/lab/bin")}:${path}`;
    for (const command of engine.commands) await put(`cache/lab/bin/${command}`, "v3.2.0");
    assert.equal(await find(engine), undefined);
  });

  it("is the same for what is shipped together", async () => {
    for (const command of [...engine.commands, "sluice-plugin"]) await put(`usr/${command}`, "v3.2.0");
    await put("cache/plugin/1.0/bin/sluice-plugin", "");
    const known = await find(engine);
    assert.equal((await find(plugin, known === undefined ? [] : [known]))?.from, "path");
    assert.equal((await find(plugin))?.from, "cache");
  });
});
