import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { Ajv } from "ajv";
import { parse } from "yaml";
import { sectionSchemas, stackFileSchema, type JsonSchema } from "../../config/json-schema.ts";
import { generatedFiles } from "../../scripts/generated-files.ts";
import { fieldsOf, renderConfigurationPage } from "../../scripts/configuration-page.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const STACK_FILE = /(^|\/)Pulumi\..+\.yaml$/;

const validate = new Ajv({ strict: false, validateFormats: false, allErrors: true }).compile(stackFileSchema());

/** What an editor would underline. */
function faultsOf(file: unknown): readonly string[] {
  validate(file);
  return (validate.errors ?? []).map(
    ({ instancePath, keyword, message = "" }) => `${instancePath} ${keyword}: ${message}`,
  );
}

async function readYaml(file: string): Promise<{ config: Record<string, unknown> }> {
  return parse(await readFile(path.join(ROOT, file), "utf8")) as { config: Record<string, unknown> };
}

/** Fields without a sentence that says what they mean; lists' elements, maps' values and choices need none. */
function findUndescribed(at: string, schema: JsonSchema): readonly string[] {
  const { additionalProperties: values, anyOf, description, items, oneOf = [], properties = {} } = schema;
  const isPart = at === "" || /(\[\]|<name>)$/.test(at) || schema.const !== undefined;
  return [
    ...(description === undefined && !isPart && anyOf === undefined ? [at] : []),
    ...Object.entries(properties).flatMap(([key, property]) => findUndescribed(`${at}.${key}`, property)),
    ...(items === undefined ? [] : findUndescribed(`${at}[]`, items)),
    ...(typeof values === "object" ? findUndescribed(`${at}.<name>`, values) : []),
    ...oneOf.flatMap((option) => findUndescribed(at, { ...option, description: "a choice" })),
  ];
}

describe("documentation of the configuration", () => {
  for (const { content, file } of generatedFiles()) {
    it(`${path.basename(file)} is what its source says now (else: npm run docs)`, async () => {
      assert.equal(await readFile(file, "utf8"), content);
    });
  }

  it("says of every field what it means", () => assert.deepEqual(findUndescribed("", sectionSchemas()), []));

  it("has a row for each field, with its type, default and choice", () => {
    const rows = renderConfigurationPage(sectionSchemas()).split("\n");
    for (const row of [
      "| `percent` (kind: experiment) | integer ≥ 1, ≤ 99 | `50` | Share of the users in group B, by bucket. |",
      "| `segments[].goesTo` | `candidate`, `stable` | **required** | Where its requests go while there is a candidate, whatever the weight: `stable` excludes the segment. |",
      '| `drain.preStop` | duration | `"15s"` | How long a pod goes on serving after it was told to end, so that routers can take it out. |',
      "| `resources.limits.memory` | memory | **required** | Memory, as `512Mi` or `1Gi`. |",
      "| `<name>.on` | boolean | **required** | Whether the flag exists for the service; where it is false the default in the service's code holds. |",
      "| `kind` | `selector`, `istio`, `gateway`, `ingressNginx`, `kong`, `nginx`, `traefik`, `port` | **required** | Which it is; most other fields depend on it. |",
    ]) {
      assert.ok(rows.includes(row), row);
    }
  });

  it("tells the same field of two choices apart", () => {
    const option = (kind: string): JsonSchema => ({
      type: "object",
      properties: { kind: { const: kind }, size: { type: "integer", description: "How large." } },
      required: ["size"],
    });
    const schema: JsonSchema = { description: "A choice.", oneOf: [option("a"), option("b")] };
    assert.deepEqual(
      fieldsOf({ path: "x", choices: [], schema, required: true }).map(({ choices, path: at, required }) => [
        at,
        choices,
        required,
      ]),
      [
        ["x", [], true],
        ["x.size", ["kind: a"], true],
        ["x.size", ["kind: b"], true],
      ],
    );
  });
});

describe("the JSON schema of stack files", () => {
  it("accepts every stack file of the repository and of the examples", async () => {
    const files = [
      ...(await readdir(ROOT)),
      ...(await readdir(path.join(ROOT, "examples"), { recursive: true })).map((file) => `examples/${file}`),
    ].filter((file) => STACK_FILE.test(file));
    assert.ok(files.length >= 2);
    for (const file of files) assert.deepEqual(faultsOf(await readYaml(file)), [], file);
  });

  for (const stack of ["production", "staging"]) {
    it(`is named by Pulumi.${stack}.yaml for editors`, async () => {
      const [first] = (await readFile(path.join(ROOT, `Pulumi.${stack}.yaml`), "utf8")).split("\n");
      assert.equal(first, "# yaml-language-server: $schema=docs/stack.schema.json");
    });
  }

  const GOOD = "Pulumi.production.yaml";
  const faults: readonly (readonly [string, Record<string, unknown>, readonly string[]])[] = [
    [
      "a section that does not exist",
      { "sluice:gates": {} },
      ["/config/sluice:gates false schema: boolean schema is false"],
    ],
    [
      "a field that does not exist",
      { "sluice:gate": { limt: 0.01 } },
      ["/config/sluice:gate additionalProperties: must NOT have additional properties"],
    ],
    [
      "a duration without a unit",
      { "sluice:gate": { minStepTime: "60" } },
      ['/config/sluice:gate/minStepTime pattern: must match pattern "^(\\d+(?:\\.\\d+)?)(ms|s|m|h)$"'],
    ],
    [
      "a number out of its range",
      { "sluice:gate": { limit: 2 } },
      ["/config/sluice:gate/limit exclusiveMaximum: must be < 1"],
    ],
    [
      "a secret in plain text",
      { "sluice:secrets": { PASSWORD: "x" } },
      ["/config/sluice:secrets/PASSWORD type: must be object"],
    ],
    ["what is of other namespaces", { "aws:region": "eu-central-1", "kubernetes:context": { a: 1 } }, []],
    ["encrypted secrets", { "sluice:secrets": { PASSWORD: { secure: "v1:abc" } } }, []],
  ];
  for (const [what, change, expected] of faults) {
    it(`${expected.length === 0 ? "accepts" : "refuses"} ${what}`, async () => {
      const good = await readYaml(GOOD);
      assert.deepEqual(faultsOf({ ...good, config: { ...good.config, ...change } }), expected);
    });
  }

  it("refuses a file that lacks what is required", async () => {
    const { config } = await readYaml(GOOD);
    const rest = Object.entries(config).filter(([key]) => key !== "sluice:app");
    assert.deepEqual(faultsOf({ config: Object.fromEntries(rest) }), [
      "/config required: must have required property 'sluice:app'",
    ]);
    assert.deepEqual(faultsOf({}), [" required: must have required property 'config'"]);
  });
});
