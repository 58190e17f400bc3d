import assert from "node:assert/strict";
import { period } from "../../config/period.ts";

describe("a period", () => {
  it("is read as two times with their zones", () => {
    const expected = { from: Date.parse("2026-03-01T09:10:00Z"), until: Date.parse("2026-03-01T09:25:30Z") };
    assert.deepEqual(period.parse("2026-03-01T09:10Z/2026-03-01T10:25:30+01:00"), expected);
  });

  const wrong = [
    "2026-03-01T09:10/2026-03-01T09:25",
    "2026-03-01T09:25Z/2026-03-01T09:10Z",
    "2026-03-01T09:10Z",
    "2026-13-01T09:10Z/2026-13-01T09:25Z",
    "yesterday",
  ];
  for (const text of wrong) {
    it(`is not ${text}`, () => {
      const { error } = period.safeParse(text);
      assert.match(error?.issues[0]?.message ?? "", /^write its begin and its end with their zone/);
    });
  }
});
