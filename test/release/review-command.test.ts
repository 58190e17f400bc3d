import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { Ajv } from "ajv";
import { createGenerator } from "ts-json-schema-generator";
import { stringify } from "yaml";
import { RULES } from "../../policies/rules/all.ts";
import { budget, deployment, service } from "../policies/objects.ts";
import { asExported, change } from "../policies/resources.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function review(directory: string, ...args: readonly string[]): Promise<Run> {
  const cli = path.join(ROOT, "release/cli.ts");
  try {
    const done = await promisify(execFile)(process.execPath, [cli, "review", ...args], { cwd: directory });
    return { code: 0, ...done };
  } catch (error) {
    return error as Run;
  }
}

describe("sluice review", function () {
  this.timeout(30_000);
  let directory: string;
  const bad = change([deployment, service, budget], { "0/spec/template/spec/containers/0/image": "checkout:latest" });
  before(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), "sluice-review-"));
    const write = (name: string, text: string) => writeFile(path.join(directory, name), text);
    await write("good.yaml", [deployment, service, budget].map((body) => stringify(body)).join("---\n"));
    await write("bad.yaml", `# two documents\n---\n${stringify(service)}---\n${stringify(bad[0])}`);
    await write("list.json", JSON.stringify({ apiVersion: "v1", kind: "List", items: bad }));
    await write("state.json", JSON.stringify(asExported(bad, "staging")));
    await write("template.yaml", "{{- if .Values.on }}\nkind: Service\n{{- end }}\n");
    await write("Pulumi.production.yaml", "config:\n  sluice:app: { name: checkout, namespace: shop }\n");
    await write(
      "config.json",
      JSON.stringify({ "pin-images": "advisory", "allow-disruption": { enforcementLevel: "disabled" } }),
    );
    await write("wrong.json", JSON.stringify({ "pin-image": "advisory" }));
    await write("setting.json", JSON.stringify({ "require-replicas": { least: "many" } }));
  });
  after(() => rm(directory, { recursive: true }));

  it("passes what is good", async () => {
    const { code, stdout } = await review(directory, "good.yaml");
    assert.equal(stdout, `${RULES.length} policies on 3 objects: 0 mandatory, 0 advisory, 0 undecided, 0 exempt\n`);
    assert.equal(code, 0);
  });

  it("says where a violation is, what is wrong and what to do, and fails", async () => {
    const { code, stdout } = await review(directory, "bad.yaml", "--config", "config.json");
    assert.match(stdout, /^pin-images \(high\): Images are named by digest/);
    assert.match(
      stdout,
      / {2}▲ Deployment shop\/checkout \(bad\.yaml:\d+\): container checkout: image checkout:latest has a tag that moves\n/,
    );
    assert.match(stdout, / {2}→ Name the image with its digest or its version\. docs\/policies\.md#pin-images\n/);
    assert.equal(code, 0);
    assert.equal((await review(directory, "list.json")).code, 2);
  });

  it("reads an exported state as the stack that it is of", async () => {
    const { code, stdout } = await review(directory, "state.json", "--json");
    const found = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { policy: string; urn: string });
    assert.deepEqual(
      found.map(({ policy }) => policy),
      ["pin-images"],
    );
    assert.match(found[0]?.urn ?? "", /^urn:pulumi:staging::/);
    assert.equal(code, 2);
  });

  it("writes SARIF of version 2.1.0", async () => {
    await review(directory, ".", "--sarif", "out.sarif", "--home", "https://docs.example.com");
    const log = JSON.parse(await readFile(path.join(directory, "out.sarif"), "utf8")) as {
      runs: {
        tool: { driver: { rules: unknown[] } };
        results: { ruleId: string; level: string; locations: unknown[] }[];
      }[];
    };
    const schema = createGenerator({
      path: path.join(ROOT, "node_modules/@types/sarif/index.d.ts"),
      tsconfig: path.join(ROOT, "tsconfig.json"),
      type: "Log",
      skipTypeCheck: true,
      additionalProperties: false,
    }).createSchema("Log");
    const validate = new Ajv({ strict: false, allErrors: true }).compile(schema as object);
    assert.ok(validate(log), JSON.stringify(validate.errors));
    const text = await readFile(path.join(directory, "bad.yaml"), "utf8");
    const startLine = text.split("\n").indexOf("apiVersion: apps/v1") + 1;
    const [run] = log.runs;
    assert.equal(run?.tool.driver.rules.length, RULES.length);
    const pinned = run.results.find(({ ruleId }) => ruleId === "pin-images");
    assert.equal(pinned?.level, "error");
    assert.deepEqual(pinned.locations, [
      { physicalLocation: { artifactLocation: { uri: "bad.yaml" }, region: { startLine } } },
    ]);
  });

  for (const [what, args, message] of [
    ["a file that is no manifest", ["template.yaml"], /^template\.yaml cannot be read: /],
    [
      "what holds nothing to judge",
      ["Pulumi.production.yaml"],
      /^Nothing was reviewed: no object that a policy judges in Pulumi\.production\.yaml\. A stack's .*: sluice review production$/m,
    ],
    ["files that are not there", ["good.yaml", "gone.yaml"], /^There is no file gone\.yaml\./],
    [
      "a policy that does not exist",
      ["good.yaml", "--config", "wrong.json"],
      /^wrong\.json: there is no policy pin-image$/m,
    ],
    ["a setting of the wrong form", ["good.yaml", "--config", "setting.json"], /^policy require-replicas: least: /],
    ["a stack that is not there", ["nothing"], /^nothing is no file, and no stack of \. that can be read: /],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const { code, stderr } = await review(directory, ...args);
      assert.match(stderr, message);
      assert.equal(code, 1);
    });
  }

  it("leaves files of a directory alone that are no manifests, and says so", async () => {
    const { stdout } = await review(directory, ".");
    assert.match(stdout, /not read, for they are no manifests: template\.yaml/);
  });
});
