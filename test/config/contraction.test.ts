import assert from "node:assert/strict";
import fc from "fast-check";
import { versionToContract, versionToExpand } from "../../config/database-order.ts";
import { ConfigError, parseStackConfig } from "../../config/parse.ts";
import {
  promoted,
  releaseStateSchema,
  rolledBack,
  withCandidate,
  withWeight,
  type ReleaseState,
} from "../../config/release-state.ts";
import type { StackConfig } from "../../config/schema.ts";
import { isOlder } from "../../config/version-order.ts";
import { STACK } from "../release/world.ts";

const slot = (version: string, replicas = 2) => ({ version, image: `checkout:${version}`, replicas });
const live = { live: "green", serial: 7, blue: slot("1.0.0", 0), green: slot("1.1.0") };

function parse(release: unknown, approvedFor?: string): StackConfig {
  const contract = { command: ["drop"], ...(approvedFor === undefined ? {} : { approvedFor }) };
  return parseStackConfig({ ...STACK, database: { contract }, release }, "Pulumi.test.yaml");
}

function problemsOf(release: unknown, approvedFor?: string): readonly string[] {
  try {
    parse(release, approvedFor);
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems;
  }
}

const APPROVED = "sluice:database.contract.approvedFor";
const RETURNED = "is older than 1.1.0, for which the database was contracted: it cannot come back";

describe("an approved contraction", () => {
  const cases: readonly (readonly [string, unknown, string | undefined, readonly string[]])[] = [
    ["is carried out for the live version alone", live, "1.1.0", []],
    ["is for the live version", live, "1.2.0", [`${APPROVED}: is not the live version (1.1.0) (is "1.2.0")`]],
    [
      "waits for the end of a release",
      { ...live, candidate: "blue", blue: slot("1.2.0") },
      "1.1.0",
      [
        `${APPROVED}: a release is under way: the old version can still come back (if it has run, set release.contracted) (is "1.1.0")`,
      ],
    ],
    [
      "waits for the end of the old version's pods",
      { ...live, blue: slot("1.0.0", 3) },
      "1.1.0",
      [`${APPROVED}: version 1.0.0 is still warm (3 pods) and could come back: scale it to 0 first (is "1.1.0")`],
    ],
    [
      "keeps the idle slot empty for good",
      { ...live, contracted: "1.1.0", blue: slot("dev-a", 1) },
      "1.1.0",
      [`${APPROVED}: version dev-a is still warm (1 pods) and could come back: scale it to 0 first (is "1.1.0")`],
    ],
    [
      "may stay in the file during the next release",
      { ...live, candidate: "blue", blue: slot("1.2.0"), contracted: "1.1.0" },
      "1.1.0",
      [],
    ],
    ["may stay in the file after it", { ...live, live: "blue", blue: slot("1.2.0"), contracted: "1.1.0" }, "1.1.0", []],
    [
      "lets no older version have pods",
      { ...live, contracted: "1.1.0", blue: slot("1.0.0", 1) },
      undefined,
      [`sluice:release.blue.version: ${RETURNED} (is "1.0.0")`],
    ],
    [
      "lets no older version be a candidate",
      { ...live, candidate: "blue", contracted: "1.1.0", blue: slot("1.0.9") },
      undefined,
      [`sluice:release.blue.version: ${RETURNED} (is "1.0.9")`],
    ],
    [
      "lets no older version be live",
      { ...live, live: "blue", contracted: "1.1.0", blue: slot("1.0.0") },
      undefined,
      [`sluice:release.blue.version: ${RETURNED} (is "1.0.0")`],
    ],
    [
      "does not hide what else is wrong",
      { live: "blue", green: slot("1.1.0") },
      "1.1.0",
      ["sluice:release.blue: is the live slot: give its version, image and replicas"],
    ],
  ];
  for (const [what, release, approvedFor, expected] of cases) {
    it(what, () => assert.deepEqual(problemsOf(release, approvedFor), expected));
  }

  it("is carried out once: while the live version is approved, not remembered, and alone", () => {
    const contracts = (release: unknown, approvedFor?: string) => {
      const { database, release: state } = parse(release, approvedFor);
      assert.ok(database);
      return versionToContract(database, state)?.version;
    };
    assert.equal(contracts(live, "1.1.0"), "1.1.0");
    assert.equal(contracts(live), undefined);
    assert.equal(contracts({ ...live, contracted: "1.1.0" }, "1.1.0"), undefined);
    assert.equal(
      contracts({ ...live, candidate: "blue", blue: slot("1.2.0"), contracted: "1.1.0" }, "1.1.0"),
      undefined,
    );
  });
});

describe("an expansion", () => {
  const first = releaseStateSchema.parse({ live: "blue", blue: slot("1.0.0") });
  const releasing = withCandidate(first, slot("1.1.0"));
  const cases: readonly (readonly [string, ReleaseState, Parameters<typeof versionToExpand>[1], string | undefined])[] =
    [
      ["the very first version", first, "canary", "1.0.0"],
      ["a candidate", releasing, "canary", "1.1.0"],
      ["a candidate at a weight", withWeight(releasing, 50), "blueGreen", "1.1.0"],
      ["nobody after a rollback", rolledBack(withWeight(releasing, 5)), "canary", undefined],
      ["nobody after a promotion", promoted(withWeight(releasing, 100)), "canary", undefined],
      ["group B of an experiment", releasing, "experiment", "1.1.0"],
      ["each live version of rolling", rolledBack(releasing), "rolling", "1.0.0"],
      ["each live version of Argo", first, "argo", "1.0.0"],
    ];
  for (const [what, state, strategy, expected] of cases) {
    it(`is for ${what}`, () => assert.equal(versionToExpand(state, strategy)?.version, expected));
  }
});

describe("the order of versions", () => {
  const cases: readonly (readonly [string, string, boolean | undefined])[] = [
    ["1.0.0", "1.0.0", false],
    ["dev-3f2a1c", "dev-3f2a1c", false],
    ["1.0.9", "1.1.0", true],
    ["1.10.0", "1.9.0", false],
    ["v1.9.0", "1.10", true],
    ["1.0", "1.0.0", undefined],
    ["1.1.0-rc.1", "1.1.0", true],
    ["1.1.0", "1.1.0-rc.1", false],
    ["1.1.0-rc.1", "1.1.0-rc.2", undefined],
    ["2.0.0-rc.1", "1.1.0", false],
    ["dev-3f2a1c", "1.0.0", undefined],
    ["3f2a1c", "4", undefined],
  ];
  for (const [version, than, expected] of cases) {
    it(`${version} older than ${than}: ${String(expected)}`, () => assert.equal(isOlder(version, than), expected));
  }

  it("never calls two versions older than each other", () => {
    const part = fc.nat(12);
    const version = fc
      .tuple(part, part, part, fc.constantFrom("", "-rc.1", "-beta"))
      .map(([a, b, c, q]) => `${a}.${b}.${c}${q}`);
    fc.assert(
      fc.property(version, version, (a, b) => {
        assert.ok(!(isOlder(a, b) === true && isOlder(b, a) === true));
        assert.equal(isOlder(a, b) === undefined, isOlder(b, a) === undefined);
      }),
    );
  });
});
