import assert from "node:assert/strict";
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import { createLabProject, removeStack } from "../../../lab/project.ts";
import { RULES } from "../../../policies/rules/all.ts";
import { buildPolicies, PACK } from "../../../scripts/build-policies.ts";
import { CASES } from "../../policies/cases/all.ts";
import type { Body } from "../../policies/objects.ts";
import { change } from "../../policies/resources.ts";
import { command } from "../../../lab/run-cli.ts";

const DIRECTORY = path.resolve("build/e2e/policies");
/** Production by its name, so that all policies hold. */
const STACK = "production-policies";

interface Preview {
  readonly objects: readonly Body[];
  readonly config?: object;
}

/** What `pulumi preview` says with the pack; nothing is ever created. */
async function preview({ config = {}, objects }: Preview): Promise<{ code: number; output: string }> {
  const files = { objects: path.join(DIRECTORY, "objects.json"), config: path.join(DIRECTORY, "config.json") };
  await writeFile(files.objects, JSON.stringify(objects));
  await writeFile(files.config, JSON.stringify(config));
  const args = ["preview", "--stack", STACK, "--non-interactive", "--color", "never", "--policy-pack", PACK];
  const { code, stderr, stdout } = await command("pulumi", [...args, "--policy-pack-config", files.config], DIRECTORY, {
    SLUICE_OBJECTS: files.objects,
  });
  return { code, output: stdout + stderr };
}

/** The objects of a case in a namespace of their own, which is not there: the API server judges none of them. */
function inNamespace<T>(id: string, value: T): T {
  const text = JSON.stringify(value)
    .replaceAll('"shop"', `"policies-${id}"`)
    .replaceAll(".shop.svc", `.policies-${id}.svc`)
    .replaceAll(/ shop\//g, ` policies-${id}/`);
  return JSON.parse(text) as T;
}

const ALL_DISABLED = Object.fromEntries(RULES.map(({ id }) => [id, { enforcementLevel: "disabled" }]));

/** A rule's good objects with a single fault, and what it says of them. */
function breakOne({ faults, good, rule: id, settings = [] }: (typeof CASES)[number]) {
  const [, changes, messages] = faults[0] ?? ["", settings[0]?.[1] ?? {}, settings[0]?.[2] ?? []];
  // Also what is advisory by itself shall fail; and where only a setting makes it a fault, it is set.
  const own = { enforcementLevel: "mandatory", ...(faults.length === 0 ? settings[0]?.[0] : {}) };
  const config = { ...ALL_DISABLED, [id]: own };
  return { id, objects: inNamespace(id, change(good, changes)), messages: inNamespace(id, messages), config };
}

describe("the policy pack in a preview", () => {
  before(async () => {
    await buildPolicies();
    await mkdir(DIRECTORY, { recursive: true });
    const runtime = { name: "nodejs", options: { typescript: false } };
    const main = "../../../test/e2e/declared/policies-program.ts";
    await writeFile(path.join(DIRECTORY, "Pulumi.yaml"), stringify({ name: "sluice-policies-test", main, runtime }));
    await command("pulumi", ["stack", "select", "--create", STACK], DIRECTORY);
  });
  after(async () => {
    await command("pulumi", ["stack", "rm", "--yes", "--force", STACK], DIRECTORY);
    await rm(DIRECTORY, { recursive: true, force: true });
  });

  for (const { config, id, messages, objects } of CASES.map(breakOne)) {
    it(`fails for what ${id} finds`, async () => {
      const { code, output } = await preview({ config, objects });
      for (const message of messages) assert.ok(output.includes(message), `${message}\n${output}`);
      assert.match(output, new RegExp(`\\[mandatory\\].* ${id}`));
      assert.equal(code, 255, output);
    });
  }

  it("passes a good stack, and says what it could not decide", async () => {
    const { good } = CASES.find(({ rule }) => rule === "allow-disruption") ?? assert.fail();
    const image = "0/spec/template/spec/containers/0/image";
    const { code, output } = await preview({
      objects: inNamespace("good", change(good, { [image]: "{{ unknown }}" })),
    });
    assert.equal(code, 0, output);
    assert.match(output, /\[advisory\].*pin-images/);
    assert.match(output, /containers\[0\]\.image is not known before the update/);
    assert.doesNotMatch(output, /\[mandatory\]/);
  });

  it("passes what the configuration allows", async () => {
    const { faults, good } = CASES.find(({ rule }) => rule === "require-replicas") ?? assert.fail();
    const objects = inNamespace("allowed", change(good, faults[0]?.[1] ?? {}));
    const config = { "require-replicas": { enforcementLevel: "advisory" }, "allow-disruption": "disabled" };
    const { code, output } = await preview({ config, objects });
    assert.equal(code, 0, output);
    assert.match(output, /\[advisory\].*require-replicas/);
  });

  it("passes the repository's own production stack", async () => {
    const name = "production-reviewed";
    const strategy = { weights: [5, { weight: 50, approval: {} }, 100], replicas: 2 };
    const project = await createLabProject(path.join(DIRECTORY, name), name, {
      "sluice:app": { name: "checkout", namespace: "policies-production" },
      "sluice:strategy": strategy,
    });
    try {
      const args = ["preview", "--stack", name, "--non-interactive", "--color", "never", "--policy-pack", PACK];
      const { code, stderr, stdout } = await command("pulumi", args, project.directory);
      assert.equal(code, 0, stdout + stderr);
      assert.doesNotMatch(stdout, /\[(mandatory|advisory)\]/);
    } finally {
      await removeStack(project.stack);
    }
  });
});
