import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Reporter } from "../../lab/reporter.ts";
import { labPaths } from "../../lab/settings.ts";
import { buildTool } from "../../lab/toolchain/build.ts";
import { installAtomically, isComplete } from "../../lab/toolchain/install.ts";
import type { Tool } from "../../lab/toolchain/tool.ts";

describe("installation into the cache", () => {
  let cache: string;
  beforeEach(async () => void (cache = await mkdtemp(join(tmpdir(), "sluice-test-"))));
  afterEach(() => rm(cache, { recursive: true, force: true }));

  it("shows the target only once it is complete", async () => {
    const target = join(cache, "tool", "1.0");
    await installAtomically(target, async (directory) => {
      await writeFile(join(directory, "file"), "content");
      assert.equal(existsSync(target), false);
    });
    assert.equal(await readFile(join(target, "file"), "utf8"), "content");
    assert.deepEqual(await readdir(join(cache, "tool")), ["1.0"]);
  });

  it("leaves nothing of a build that fails", async () => {
    const target = join(cache, "tool", "1.0");
    const failing = installAtomically(target, async (directory) => {
      await writeFile(join(directory, "half"), "");
      throw new Error("broken");
    });
    await assert.rejects(failing, { message: "broken" });
    assert.deepEqual(await readdir(join(cache, "tool")), []);
  });

  it("removes what a killed build of the same version left, and replaces an incomplete target", async () => {
    const target = join(cache, "tool", "1.0");
    for (const directory of [target, join(cache, "tool", ".1.0.tmp-abc"), join(cache, "tool", ".2.0.tmp-abc")]) {
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, "half"), "");
    }
    await installAtomically(target, (directory) => writeFile(join(directory, "whole"), ""));
    assert.deepEqual(await readdir(target), ["whole"]);
    assert.deepEqual((await readdir(join(cache, "tool"))).toSorted(), [".2.0.tmp-abc", "1.0"]);
  });

  it("takes a command for complete only if it is executable", async () => {
    await mkdir(join(cache, "bin"));
    await writeFile(join(cache, "bin", "tool"), "");
    assert.equal(await isComplete(cache, ["bin/tool"]), false);
    await chmod(join(cache, "bin", "tool"), 0o755);
    assert.equal(await isComplete(cache, ["bin/tool"]), true);
    assert.equal(await isComplete(cache, ["bin/tool", "share/data"]), false);
  });

  it("names the log of a broken build, quotes its end, and leaves nothing behind", async () => {
    const paths = labPaths({ SLUICE_CACHE: cache });
    const tool: Tool = {
      name: "crane", // its wrapper module exists; the package does not
      version: "0.0.0-test",
      source: { kind: "go-build", packages: { crane: "./no/such/package" } },
      files: ["bin/crane"],
      commands: ["crane"],
    };
    const lines: string[] = [];
    const reporter: Reporter = { line: (text) => void lines.push(text), live: () => undefined, done: () => undefined };
    const log = join(cache, "logs", "crane-0.0.0-test.log");
    await assert.rejects(buildTool(tool, "1 of 1", paths, reporter), (error: Error) => {
      assert.match(error.message, /^building crane 0\.0\.0-test failed: `go build` ended with exit code 1\n/);
      assert.ok(error.message.includes(`  log: ${log}\n`), error.message);
      assert.match(error.message, /no\/such\/package/);
      return true;
    });
    assert.deepEqual(lines, [`  building crane 0.0.0-test (1 of 1), log ${log}`]);
    assert.deepEqual(await readdir(join(cache, "crane")), []);
  });
});
