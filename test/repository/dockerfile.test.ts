import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** No Dockerfile can be built here: what it copies and what it runs is done by hand. */
describe("release/Dockerfile", function () {
  this.timeout(120_000);
  let directory: string;
  before(async () => {
    // Where no other check looks.
    await mkdir(path.join(ROOT, "build"), { recursive: true });
    directory = await mkdtemp(path.join(ROOT, "build/dockerfile-"));
  });
  after(() => rm(directory, { recursive: true }));

  it("copies all that its bundle is made of", async () => {
    const text = await readFile(path.join(ROOT, "release/Dockerfile"), "utf8");
    const [build = ""] = text.split(/^FROM \$\{RUN_IMAGE\}$/m);
    const copied = [...build.matchAll(/^COPY (.+) (\S+)$/gm)].flatMap(([, from = ""]) => from.split(" "));
    for (const name of copied) await cp(path.join(ROOT, name), path.join(directory, name), { recursive: true });
    await symlink(path.join(ROOT, "node_modules"), path.join(directory, "node_modules"));
    const [, program = "", script = "", out = ""] = /^RUN (node) (\S+) \/(\S+)$/m.exec(build) ?? [];
    await promisify(execFile)(program, [script, out], { cwd: directory });
    assert.ok((await readdir(path.join(directory, out))).includes("cli.js"));
  });
});
