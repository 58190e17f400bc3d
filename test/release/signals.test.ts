import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";

const COMMON = path.resolve(import.meta.dirname, "../../release/commands/common.ts");

/** A program that takes half a second for its way back. */
const PROGRAM = `
  import { thisDriver } from ${JSON.stringify(COMMON)};
  const { signal } = thisDriver("test");
  const alive = setInterval(() => undefined, 1_000);
  signal.addEventListener("abort", () => {
    console.log("interrupted");
    setTimeout(() => {
      console.log("traffic back");
      clearInterval(alive);
    }, 500);
  });
  console.log("ready");
`;

describe("a release program that is interrupted", () => {
  it("is not cut short on its way back by being interrupted again", async () => {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", PROGRAM], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let told = "";
    child.stdout.on("data", (chunk: Buffer) => {
      told += chunk.toString();
      if (told === "ready\n") child.kill("SIGINT");
      if (told === "ready\ninterrupted\n") {
        child.kill("SIGINT");
        child.kill("SIGTERM");
      }
    });
    const [code] = (await once(child, "close")) as [number | null];
    assert.deepEqual([told, code], ["ready\ninterrupted\ntraffic back\n", 0]);
  }).timeout(20_000);
});
