import assert from "node:assert/strict";
import fc from "fast-check";
import { LabError } from "../../lab/errors.ts";
import { checkLoad, isLabAddress, type LoadRequest } from "../../lab/load/limits.ts";

const good: LoadRequest = { url: "http://127.0.0.1:8080/api/quote", rps: 200, seconds: 60 };

function problemsOf(change: Partial<LoadRequest>): string[] {
  try {
    checkLoad({ ...good, ...change });
    return [];
  } catch (error) {
    assert.ok(error instanceof LabError);
    return error.message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
}

describe("the limits of load", () => {
  it("takes a run within them, with the host as a header", () => {
    assert.deepEqual(checkLoad({ ...good, host: "checkout.example.com", headers: { "x-canary": "true" } }), {
      url: "http://127.0.0.1:8080/api/quote",
      rps: 200,
      seconds: 60,
      headers: { "x-canary": "true", Host: "checkout.example.com" },
    });
  });

  it("never looks a name up: localhost becomes an address", () => {
    assert.equal(checkLoad({ ...good, url: "http://localhost:8080/" }).url, "http://127.0.0.1:8080/");
  });

  it("lists every problem at once", () => {
    const headers = { Host: "a.example", "bad name": "x", good: "line\nbreak" };
    assert.deepEqual(problemsOf({ url: "https://example.com/", rps: 0, seconds: 3601, host: "a b", headers }), [
      'url: "https://example.com/" is not http: load goes to plain HTTP only',
      "url: example.com is neither this machine (127.0.0.0/8, ::1) nor the lab (198.18.0.0/15)",
      "rps: 0 is not a whole number from 1 to 2000",
      "seconds: 3601 is not a whole number from 1 to 3600",
      'host: "a b" is not a host name: give one like checkout.example.com',
      'header: "Host" is given as the host',
      'header: "bad name" is not a header\'s name',
      'header: the value of "good" has characters that a header cannot',
    ]);
  });

  for (const [url, problem] of [
    ["", 'url: "" is not a URL: give one like http://127.0.0.1:8080/api/quote'],
    ["127.0.0.1:8080", 'url: "127.0.0.1:8080" is not a URL: give one like http://127.0.0.1:8080/api/quote'],
    ["http://u:p@127.0.0.1/", 'url: "http://u:p@127.0.0.1/" holds a user: give a header instead'],
    [
      "http://127.0.0.1.example.com/",
      "url: 127.0.0.1.example.com is neither this machine (127.0.0.0/8, ::1) nor the lab (198.18.0.0/15)",
    ],
    ["http://198.20.0.1/", "url: 198.20.0.1 is neither this machine (127.0.0.0/8, ::1) nor the lab (198.18.0.0/15)"],
    ["http://[::2]/", "url: [::2] is neither this machine (127.0.0.0/8, ::1) nor the lab (198.18.0.0/15)"],
  ] as const) {
    it(`refuses ${url || "an empty URL"}`, () => assert.deepEqual(problemsOf({ url }), [problem]));
  }

  for (const url of [
    "http://127.9.9.9/",
    "http://198.18.0.1:80/",
    "http://198.19.255.255/",
    "http://[::1]:8080/",
    "http://2130706433/",
  ]) {
    it(`takes ${url}`, () => assert.deepEqual(problemsOf({ url }), []));
  }

  for (const rps of [Number.NaN, Number.POSITIVE_INFINITY, 1.5, -1, 2001]) {
    it(`refuses ${rps} requests a second`, () => {
      assert.deepEqual(problemsOf({ rps }), [`rps: ${rps} is not a whole number from 1 to 2000`]);
    });
  }

  it("takes an IPv4 address exactly if it is in 127.0.0.0/8 or 198.18.0.0/15", () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.nat(0x1ffff).map((n) => `198.${18 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`),
    );
    fc.assert(
      fc.property(address, (text) => {
        const [a = 0, b = 0] = text.split(".").map(Number);
        assert.equal(isLabAddress(text), a === 127 || (a === 198 && (b === 18 || b === 19)));
      }),
    );
  });
});
