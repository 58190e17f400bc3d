import assert from "node:assert/strict";
import type { PolicyConfigSchema } from "@pulumi/policy";
import { configSchemaOf } from "../../policies/pack.ts";
import { RULES } from "../../policies/rules/all.ts";

describe("the policy pack", () => {
  it("tells Pulumi the settings of each policy, with their defaults", () => {
    const schemas = new Map<string, PolicyConfigSchema>(RULES.map((rule) => [rule.id, configSchemaOf(rule)]));
    assert.deepEqual(schemas.get("limit-weight-jump"), {
      properties: {
        most: {
          default: 50,
          description: "Highest rise at a time, in percentage points.",
          type: "number",
          minimum: 1,
          maximum: 100,
        },
      },
    });
    for (const [id, { properties }] of schemas) {
      for (const [name, schema] of Object.entries(properties)) {
        assert.ok(schema.default !== undefined && schema.description !== undefined, `${id}.${name}`);
      }
    }
  });

  it("has names, and words that end like sentences", () => {
    for (const { description, id, rationale, remediation } of RULES) {
      assert.match(id, /^[a-z]+(-[a-z]+)+$/);
      for (const text of [description, rationale, remediation]) assert.match(text, /[.)]$/, `${id}: ${text}`);
    }
  });
});
