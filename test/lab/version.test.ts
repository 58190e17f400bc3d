import assert from "node:assert/strict";
import fc from "fast-check";
import { compareVersions, findVersion, fitsRange } from "../../lab/toolchain/version.ts";

describe("version of a tool", () => {
  const outputs: [string, string | undefined][] = [
    ["etcd Version: 3.4.23\nGit SHA: Not provided", "3.4.23"],
    ["containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3", "1.6.20"],
    ["runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1", "1.1.5"],
    ["prometheus, version 2.42.0+ds (branch: debian/sid)", "2.42.0"],
    ["v3.216.0", "3.216.0"],
    ["Kubernetes v1.35.4", "1.35.4"],
    ["k6 v1.8.1 (go1.26.8, linux/amd64)", "1.8.1"],
    ["envoy  version: 0a1b2c3d/1.40.0/Clean/RELEASE/BoringSSL", "1.40.0"],
    ["go version go1.26.8 linux/amd64", "1.26.8"],
    ["(devel)", undefined],
    ["", undefined],
  ];
  for (const [output, expected] of outputs) {
    it(`finds ${expected ?? "none"} in ${JSON.stringify(output)}`, () => assert.equal(findVersion(output), expected));
  }

  const fits: [string, string, string | undefined, boolean][] = [
    ["1.35.4", "1.35", "1.36", true],
    ["1.35", "1.35.0", "1.36", true],
    ["1.36.0", "1.35", "1.36", false],
    ["1.34.9", "1.35", "1.36", false],
    ["1.9.0", "1.10", undefined, false],
    ["10.0.0", "2", undefined, true],
    ["3.216.0", "3.216", "4", true],
    ["4.0.0", "3.216", "4", false],
  ];
  for (const [version, atLeast, below, expected] of fits) {
    it(`${version} ${expected ? "fits" : "does not fit"} ${atLeast} ..< ${below ?? "∞"}`, () => {
      assert.equal(fitsRange(version, { atLeast, ...(below && { below }) }), expected);
    });
  }

  it("orders versions by their numbers, part by part", () => {
    const version = fc.array(fc.nat(300), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(version, version, (a, b) => {
        const first = a.findIndex((part, index) => part !== b[index]);
        const expected = first === -1 ? 0 : Math.sign((a[first] ?? 0) - (b[first] ?? 0));
        assert.equal(Math.sign(compareVersions(a.join("."), b.join("."))), expected);
      }),
    );
  });
});
