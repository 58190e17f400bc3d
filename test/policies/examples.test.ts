import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Review, reviewAll } from "../../policies/review.ts";
import { RULES } from "../../policies/rules/all.ts";
import { fromPulumi } from "../../policies/sources/pulumi.ts";
import { recordService, type Recorded } from "../components/recorder.ts";
import { STACK } from "../release/world.ts";

const GOLDEN = path.resolve(import.meta.dirname, "../golden");

/** The dumps of every stack file of the repository, which another test holds to what the program declares. */
const STACKS = readdirSync(GOLDEN)
  // What is declared on a Docker host is no object of Kubernetes, which the policies are about.
  .filter((file) => !file.startsWith("observability-") && !file.startsWith("docker-"))
  .map((file) => file.replace(".json", ""));

function findingsOf(stack: string, as: string) {
  const recorded = JSON.parse(readFileSync(path.join(GOLDEN, `${stack}.json`), "utf8")) as readonly Recorded[];
  return review(recorded, as);
}

function review(recorded: readonly Recorded[], as: string) {
  const resources = recorded.flatMap(({ ignoreChanges = [], inputs, name, type }) => {
    const urn = `urn:pulumi:${as}::sluice::${type}::${name}`;
    return fromPulumi({ type, name, urn, props: inputs, ignoreChanges }) ?? [];
  });
  assert.ok(resources.length > 0);
  return reviewAll(new Review(resources, as), RULES);
}

describe("all policies", () => {
  it("have nothing mandatory against a watchdog in production, which is one by design", async () => {
    const { resources } = await recordService({ ...STACK, watchdog: { image: "sluice:0.1.0" } });
    const found = review(resources, "production");
    assert.deepEqual(
      found.filter(({ resource }) => resource.name === "checkout-watchdog").map(({ kind, rule }) => [rule.id, kind]),
      [["require-replicas", "exempt"]],
    );
  });

  for (const stack of STACKS) {
    const own = stack === "production" || stack === "staging" ? stack : "example";
    it(`have nothing to object to ${stack}`, () => {
      assert.deepEqual(
        findingsOf(stack, own).map(({ message, rule }) => `${rule.id}: ${message}`),
        [],
      );
    });

    it(`would let ${stack} be production`, () => {
      const mandatory = findingsOf(stack, "production").filter(({ enforcement }) => enforcement === "mandatory");
      assert.deepEqual(
        mandatory.map(({ message, rule }) => `${rule.id}: ${message}`),
        [],
      );
    });
  }
});
