import assert from "node:assert/strict";
import { performInOrder } from "../../lab/graph.ts";

describe("performing a graph", () => {
  const record: string[] = [];
  const node = (name: string, after: string[], fails = false) => ({
    name,
    after,
    async perform() {
      record.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      if (fails) throw new Error(`${name} failed`);
      record.push(`${name} ends`);
    },
  });
  beforeEach(() => void (record.length = 0));

  it("begins each node once those before it are done, and only once", async () => {
    await performInOrder([node("c", ["a", "b"]), node("a", []), node("b", ["a"])]);
    assert.deepEqual(record, ["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
  });

  it("performs what is independent side by side", async () => {
    await performInOrder([node("a", []), node("b", [])]);
    assert.deepEqual(record, ["a begins", "b begins", "a ends", "b ends"]);
  });

  it("does not begin what depends on a failure, ends the rest, throws the failure", async () => {
    await assert.rejects(performInOrder([node("a", [], true), node("b", ["a"]), node("c", [])]), {
      message: "a failed",
    });
    assert.deepEqual(record, ["a begins", "c begins", "c ends"]);
  });
});
