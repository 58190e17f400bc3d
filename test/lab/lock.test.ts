import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../../lab/errors.ts";
import { withLock } from "../../lab/lock.ts";

describe("the lab's lock", () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "sluice-test-"));
    file = join(directory, "lab.lock");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("refuses a second command with one message that names the first", async () => {
    await withLock(file, "up", async () => {
      await assert.rejects(
        withLock(file, "down", () => Promise.resolve()),
        new LabError(`\`lab up\` is at work already (pid ${process.pid}): wait for it, or end it.`),
      );
    });
    assert.equal(existsSync(file), false);
  });

  it("is given back where the work fails", async () => {
    await assert.rejects(
      withLock(file, "up", () => Promise.reject(new Error("broken"))),
      { message: "broken" },
    );
    assert.equal(existsSync(file), false);
  });

  const stale: [string, () => Promise<string>][] = [
    ["a dead process", async () => JSON.stringify({ pid: await findDeadPid(), startedAt: "1", command: "up" })],
    ["an earlier process with our number", () => Promise.resolve(JSON.stringify({ pid: process.pid, startedAt: "1" }))],
    ["a crash while it was written", () => Promise.resolve("{")],
  ];
  for (const [what, content] of stale) {
    it(`takes over from ${what}`, async () => {
      await writeFile(file, await content());
      assert.equal(await withLock(file, "up", () => Promise.resolve("done")), "done");
    });
  }
});

async function findDeadPid(): Promise<number> {
  const child = spawn("true");
  await once(child, "exit");
  return child.pid ?? 0;
}
