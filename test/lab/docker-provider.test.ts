import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { kinds } from "../../lab/providers/docker/kinds.ts";

const GOLDEN = path.resolve(import.meta.dirname, "../golden");
const DUMPS = readdirSync(GOLDEN).filter((file) => file.startsWith("docker-"));

interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

describe("the lab's stand-in for Pulumi's provider of Docker", () => {
  for (const file of DUMPS) {
    it(`makes all that ${file} declares, with every input`, () => {
      const recorded = JSON.parse(readFileSync(path.join(GOLDEN, file), "utf8")) as readonly Recorded[];
      const used = recorded.filter(({ type }) => type.startsWith("docker:"));
      assert.ok(used.length > 0);
      for (const { inputs, name, type } of used) {
        const known = kinds[type]?.inputs ?? [];
        assert.deepEqual(
          Object.keys(inputs).filter((key) => !known.includes(key)),
          [],
          name,
        );
      }
    });
  }

  it("makes nothing that no example declares", () => {
    const types = DUMPS.flatMap((file) => {
      const recorded = JSON.parse(readFileSync(path.join(GOLDEN, file), "utf8")) as readonly Recorded[];
      return recorded.map(({ type }) => type);
    });
    for (const type of Object.keys(kinds)) assert.ok(types.includes(type), type);
  });
});
