import assert from "node:assert/strict";
import { Review, reviewAll, type Finding } from "../../policies/review.ts";
import { RULES } from "../../policies/rules/all.ts";
import { CASES } from "./cases/all.ts";
import { autoscaler, deployment, type Body } from "./objects.ts";
import { asResources, change } from "./resources.ts";

function ruleOf(id: string) {
  return RULES.find((rule) => rule.id === id) ?? assert.fail(`no rule ${id}`);
}

function ask(id: string, bodies: readonly Body[], settings: object = {}, stack = "production"): readonly Finding[] {
  return reviewAll(new Review(asResources(bodies), stack), [ruleOf(id)], { [id]: { ...settings } });
}

function messages(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ message }) => message);
}

for (const { faults, fine = [], good, production, rule: id, settings = [], unknown } of CASES) {
  describe(`policy ${id}`, () => {
    it("has nothing to object to what is good", () => assert.deepEqual(messages(ask(id, good)), []));

    for (const [what, changes, expected] of faults) {
      it(`names ${what}`, () => {
        const findings = ask(id, change(good, changes));
        assert.deepEqual(messages(findings), expected);
        assert.ok(
          findings.every(({ enforcement, kind }) => kind === "violation" && enforcement === ruleOf(id).enforcement),
        );
      });
    }

    for (const [what, changes] of fine) {
      it(`leaves alone ${what}`, () => assert.deepEqual(messages(ask(id, change(good, changes))), []));
    }

    for (const [given, changes, expected] of settings) {
      it(`honours ${JSON.stringify(given)}`, () => {
        assert.deepEqual(messages(ask(id, change(good, changes), given)), expected);
      });
    }

    it("says that it could not decide where a value is not known yet", () => {
      const [path, message] = unknown;
      const bodies = change(good, {});
      const review = new Review(asResources(bodies, path), "production");
      const undecided = reviewAll(review, [ruleOf(id)]).filter(({ kind }) => kind === "undecided");
      assert.ok(undecided.length > 0);
      for (const finding of undecided) {
        assert.deepEqual([finding.message, finding.enforcement], [message, "advisory"]);
      }
    });

    it("can be made stricter, milder, or be left out", () => {
      const [what, changes] = faults[0] ?? ["", settings[0]?.[1] ?? {}];
      const given = what === "" ? (settings[0]?.[0] ?? {}) : {};
      const levels = (enforcementLevel: "mandatory" | "advisory" | "disabled") =>
        ask(id, change(good, changes), { ...given, enforcementLevel }).map(({ enforcement }) => enforcement);
      assert.deepEqual([...new Set(levels("mandatory"))], ["mandatory"]);
      assert.deepEqual([...new Set(levels("advisory"))], ["advisory"]);
      assert.deepEqual(levels("disabled"), []);
    });

    it("takes no settings that it does not know", () => {
      assert.throws(() => ask(id, good, { colour: "blue" }), /Unrecognized key/);
    });

    if (production === true) {
      it("is about production alone", () => {
        for (const [, changes] of faults) assert.deepEqual(messages(ask(id, change(good, changes), {}, "staging")), []);
      });
    }
  });
}

describe("policies", () => {
  it("are all tested", () => {
    assert.deepEqual(
      CASES.map(({ rule }) => rule),
      RULES.map(({ id }) => id),
    );
  });

  it("know production by the name of the stack", () => {
    const one = change([deployment], { "0/spec/replicas": 1 });
    const found = ["production", "production-eu", "prod", "productive", "staging"].map(
      (stack) => ask("require-replicas", one, {}, stack).length,
    );
    assert.deepEqual(found, [1, 1, 1, 0, 0]);
    assert.equal(ask("require-replicas", one, { productionStacks: ["staging"] }, "staging").length, 1);
  });

  it("leave a field alone that the program leaves to others", () => {
    const resources = asResources([deployment, autoscaler], undefined, ["spec.replicas"]);
    assert.deepEqual(reviewAll(new Review(resources, "production"), [ruleOf("leave-replicas-to-autoscaler")]), []);
  });

  it("are lifted by an annotation with a reason, and only by one", () => {
    const one = change([deployment], { "0/spec/replicas": 1 });
    const lifted = (reason: string) =>
      change(one, { "0/metadata/annotations": { "policy.sluice.dev/require-replicas": reason } });
    const [finding] = ask("require-replicas", lifted("a singleton by design"));
    assert.deepEqual(
      [finding?.kind, finding?.enforcement, finding?.message],
      ["exempt", "advisory", "it has 1 pod, fewer than 2 (exempt: a singleton by design)"],
    );
    assert.equal(ask("require-replicas", lifted(" "))[0]?.kind, "violation");
  });

  it("leave objects of other groups alone, whatever their kind", () => {
    assert.deepEqual(asResources([{ apiVersion: "serving.knative.dev/v1", kind: "Service" }]), []);
  });

  it("judge what no API server would take without failing", () => {
    for (const kind of [
      "Deployment",
      "VirtualService",
      "HTTPRoute",
      "Rollout",
      "Canary",
      "PrometheusRule",
      "AnalysisTemplate",
    ]) {
      const known = CASES.flatMap(({ good }) => good).find((body) => body.kind === kind) ?? assert.fail(kind);
      for (const spec of [
        null,
        [],
        "text",
        7,
        { template: [], http: [null], rules: [3], metrics: [[]], groups: "x", strategy: null },
      ]) {
        reviewAll(new Review(asResources([{ ...known, metadata: null, spec }]), "production"), RULES);
      }
    }
  });
});
