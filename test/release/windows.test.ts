import assert from "node:assert/strict";
import fc from "fast-check";
import { windowsSchema } from "../../config/windows.ts";
import { describeTime, lookAtWindows, refuseOutsideWindows } from "../../release/windows.ts";

const OFFICE = [{ days: ["mon", "tue", "wed", "thu"], from: "09:00", to: "17:00", timeZone: "Europe/Berlin" }];

function look(windows: unknown, at: string): string {
  const opening = lookAtWindows(windowsSchema.parse(windows), Date.parse(at));
  const until = opening.open ? opening.closesAt : opening.opensAt;
  return `${opening.open ? "open" : "closed"} until ${until === undefined ? "ever" : new Date(until).toISOString()}`;
}

describe("time windows", () => {
  const cases: readonly (readonly [string, unknown, string, string])[] = [
    ["none", [], "2026-11-21T03:00:00Z", "open until ever"],
    ["within", OFFICE, "2026-11-18T09:00:00Z", "open until 2026-11-18T16:00:00.000Z"],
    ["the moment it opens", OFFICE, "2026-11-18T08:00:00Z", "open until 2026-11-18T16:00:00.000Z"],
    ["the moment it closes", OFFICE, "2026-11-18T16:00:00Z", "closed until 2026-11-19T08:00:00.000Z"],
    ["over the weekend", OFFICE, "2026-11-19T20:00:00Z", "closed until 2026-11-23T08:00:00.000Z"],
    ["in summer time", OFFICE, "2026-07-01T15:30:00Z", "closed until 2026-07-02T07:00:00.000Z"],
    ["over the end of summer time", OFFICE, "2026-10-24T12:00:00Z", "closed until 2026-10-26T08:00:00.000Z"],
    [
      "overnight, after midnight",
      [{ days: ["fri"], from: "22:00", to: "06:00" }],
      "2026-11-21T05:00:00Z",
      "open until 2026-11-21T06:00:00.000Z",
    ],
    [
      "once a week, just missed",
      [{ days: ["sat"], from: "09:00", to: "10:00" }],
      "2026-11-21T10:00:00Z",
      "closed until 2026-11-28T09:00:00.000Z",
    ],
    [
      "two that touch",
      [
        { from: "12:00", to: "14:00" },
        { from: "08:00", to: "12:00" },
      ],
      "2026-11-21T09:00:00Z",
      "open until 2026-11-21T14:00:00.000Z",
    ],
    ["all day, on every day", [{}], "2026-11-21T09:00:00Z", "open until ever"],
  ];
  for (const [what, windows, at, expected] of cases) {
    it(`${what}: ${expected}`, () => assert.equal(look(windows, at), expected));
  }

  it("change at the moment that they name, and not before", () => {
    const hour = fc.integer({ min: 0, max: 23 }).map((h) => `${String(h).padStart(2, "0")}:30`);
    const window = fc.record({
      days: fc.uniqueArray(fc.constantFrom("mon", "tue", "wed", "thu", "fri", "sat", "sun"), { minLength: 1 }),
      from: hour,
      to: fc.constantFrom("00:15", "12:15", "24:00"),
      timeZone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"),
    });
    const when = fc.integer({ min: Date.UTC(2026, 0, 1), max: Date.UTC(2027, 0, 1) });
    fc.assert(
      fc.property(
        fc.array(window, { minLength: 1, maxLength: 3 }),
        when,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (given, at, part) => {
          const windows = windowsSchema.parse(given);
          const now = lookAtWindows(windows, at);
          const change = now.open ? now.closesAt : now.opensAt;
          if (change === undefined) return;
          assert.ok(change > at);
          assert.equal(lookAtWindows(windows, Math.floor(at + part * (change - 1 - at))).open, now.open);
          assert.notEqual(lookAtWindows(windows, change).open, now.open);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("refuse a start outside of them, and say when they open", () => {
    const windows = windowsSchema.parse(OFFICE);
    refuseOutsideWindows(windows, Date.parse("2026-11-18T09:00:00Z"));
    assert.throws(() => refuseOutsideWindows(windows, Date.parse("2026-11-21T09:00:00Z")), {
      name: "UserError",
      message:
        "Nothing was changed: releases may not begin now. The next window opens Mon 23 Nov 09:00 Europe/Berlin " +
        "(strategy.windows).\nFor what cannot wait: --outside-windows.",
    });
    assert.equal(describeTime(0, []), "Thu 1 Jan 00:00 UTC");
  });
});
