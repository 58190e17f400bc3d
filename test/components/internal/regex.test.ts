import assert from "node:assert/strict";
import fc from "fast-check";
import { cidrRegex, forwardedForRegex } from "../../../components/internal/cidr-regex.ts";
import { cookieRegex, escapeRegex } from "../../../components/internal/regex.ts";
import { isWithin } from "../routers/simulate.ts";

const whole = (regex: string) => new RegExp(`^(?:${regex})$`);
const octet = fc.integer({ min: 0, max: 255 });
const address = fc.tuple(octet, octet, octet, octet).map((octets) => octets.join("."));
const length = fc.integer({ min: 0, max: 32 });

describe("regular expressions of routes", () => {
  it("take any text as it is", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, other) => {
        assert.ok(whole(escapeRegex(text)).test(text) || /[\n\r\u2028\u2029]/.test(text));
        assert.equal(whole(escapeRegex(text)).test(other), text === other);
      }),
    );
  });

  const cookies: readonly (readonly [string, boolean])[] = [
    ["beta=yes", true],
    ["a=b; beta=yes", true],
    ["a=b;beta=yes;c=d", true],
    ["beta=yes; c=d", true],
    ["xbeta=yes", false],
    ["beta=yesterday", false],
    ["a=beta=yes", false],
    ["beta=no", false],
    ["beta=no; other=yes", false],
  ];
  for (const [header, found] of cookies) {
    it(`${found ? "find" : "do not find"} the cookie in "${header}"`, () => {
      assert.equal(whole(cookieRegex({ name: "beta", exact: "yes" })).test(header), found);
      assert.equal(whole(cookieRegex({ name: "beta", regex: "yes|on" })).test(header), found);
    });
  }

  it("match exactly the addresses of a network, also when it is written with bits of a host", () => {
    fc.assert(
      fc.property(address, address, length, (network, other, bits) => {
        const cidr = `${network}/${bits}`;
        assert.ok(whole(cidrRegex(cidr)).test(network));
        assert.equal(whole(cidrRegex(cidr)).test(other), isWithin(other, cidr));
      }),
      { numRuns: 1_000 },
    );
  });

  it("match the first address outside and the last inside", () => {
    const regex = whole(cidrRegex("10.16.0.0/12"));
    const seen = ["10.15.255.255", "10.16.0.0", "10.31.255.255", "10.32.0.0"].map((ip) => regex.test(ip));
    assert.deepEqual(seen, [false, true, true, false]);
  });

  it("believe the trusted proxies only about the client's address", () => {
    const inside = "10.1.2.3";
    const cases: readonly (readonly [string, number, boolean])[] = [
      [inside, 0, true],
      [`8.8.8.8, ${inside}`, 0, true],
      [`8.8.8.8,${inside}`, 0, true],
      [`${inside}, 8.8.8.8`, 0, false],
      [`${inside}, 8.8.8.8`, 1, true],
      [inside, 1, false],
      [`${inside}, 8.8.8.8, 8.8.4.4`, 1, false],
      [`${inside}, 8.8.8.8, 8.8.4.4`, 2, true],
      [`1${inside}`, 0, false],
    ];
    for (const [header, proxies, found] of cases) {
      assert.equal(whole(forwardedForRegex("10.1.0.0/16", proxies)).test(header), found, `${header} behind ${proxies}`);
    }
  });
});
