import assert from "node:assert/strict";
import path from "node:path";
import { execa } from "execa";

const MODULE = path.resolve(import.meta.dirname, "../../components/short-traces.ts");

/** The frames of an error, taken as deep as Pulumi asks for them, in a process of its own. */
async function countFrames(call: string, limit: string): Promise<number> {
  const program = `
    import { shortenTraces } from ${JSON.stringify(MODULE)};
    ${call};
    ${limit};
    const take = (depth) => (depth === 0 ? new Error("deep").stack : take(depth - 1));
    console.log((take(20) ?? "Error").split("\\n").length - 1);
  `;
  const { stdout } = await execa(process.execPath, ["--input-type=module", "--eval", program]);
  return Number(stdout);
}

describe("short traces", () => {
  const cases = [
    ["shortenTraces()", "", 2],
    ["shortenTraces()", "Error.stackTraceLimit = Infinity", 21],
    ["shortenTraces(0)", "", 0],
    ["shortenTraces(0)", "Error.stackTraceLimit = Infinity", 0],
  ] as const;
  for (const [call, limit, frames] of cases) {
    it(`${call}${limit === "" ? "" : `, then ${limit}`}: an error has ${frames} frames`, async () => {
      const found = await countFrames(call, limit);
      if (frames === 21) assert.ok(found >= frames, String(found));
      else assert.equal(found, frames);
    });
  }
});
