import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { GATE_PRESETS } from "../../config/declared-gate.ts";
import { STACK } from "../release/world.ts";
import { problemsOf } from "./problems.ts";

const PAGE = path.resolve(import.meta.dirname, "../../docs/gates.md");

describe("the page about declared gates", () => {
  it("has examples that may be copied as they are", async () => {
    const blocks = [...(await readFile(PAGE, "utf8")).matchAll(/```yaml\n(sluice:gate:[\s\S]*?)```/g)];
    assert.equal(blocks.length, 3);
    for (const [, text = ""] of blocks) {
      const { "sluice:gate": gate } = parse(text) as { readonly "sluice:gate": unknown };
      assert.deepEqual(problemsOf({ ...STACK, gate }), [], text);
    }
  });

  it("has a row for each preset", async () => {
    const page = await readFile(PAGE, "utf8");
    for (const preset of GATE_PRESETS) assert.match(page, new RegExp(`^\\| \`${preset}\` `, "m"));
  });
});
