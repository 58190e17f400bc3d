import assert from "node:assert/strict";
import fc from "fast-check";
import { parseStackConfig } from "../../config/parse.ts";
import { bucketsBelow, splitOf } from "../../config/split.ts";
import { STACK } from "../release/world.ts";

describe("buckets", () => {
  const all = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, "0"));

  it("below a weight are exactly as many as its percent, and the lowest", () => {
    for (let weight = 1; weight <= 100; weight += 1) {
      const regex = new RegExp(`^(?:${bucketsBelow(weight)})$`);
      assert.deepEqual(
        all.filter((bucket) => regex.test(bucket)),
        all.slice(0, weight),
      );
    }
  });

  it("never leave the candidate when its weight rises", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.constantFrom(...all), (weight, bucket) => {
        const isIn = (end: number) => new RegExp(`^(?:${bucketsBelow(end)})$`).test(bucket);
        assert.ok(!isIn(weight) || isIn(weight + 1));
      }),
    );
  });

  it("are two digits, nothing else", () => {
    const regex = new RegExp(`^(?:${bucketsBelow(100)})$`);
    for (const text of ["", "7", "007", "1x", "-1", "05 ", "100"]) assert.equal(regex.test(text), false, text);
  });

  for (const end of [0, 101, 1.5, Number.NaN]) {
    it(`cannot be below ${end}`, () => {
      assert.throws(() => bucketsBelow(end), new RangeError(`buckets: 1 to 100, not ${end}`));
    });
  }
});

describe("the split", () => {
  const splitBy = (changes: object) => {
    const { audience, strategy } = parseStackConfig({ ...STACK, ...changes }, "test");
    return splitOf(strategy, audience);
  };
  const cases: readonly (readonly [string, object, object])[] = [
    ["is drawn for each request", {}, { by: "random" }],
    [
      "is by bucket where users are kept on one side",
      { audience: { sticky: { header: "x-bucket" } } },
      { by: "bucket", header: "x-bucket" },
    ],
    ["of an experiment is by bucket", { strategy: { kind: "experiment" } }, { by: "bucket", header: "x-user-bucket" }],
    [
      "of an experiment is by a header where it says so",
      { strategy: { kind: "experiment", assignment: { by: "header" } } },
      { by: "header", header: "ab-test-group", values: ["b"] },
    ],
  ];
  for (const [what, changes, split] of cases) it(what, () => assert.deepEqual(splitBy(changes), split));
});
