import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { recordService } from "./recorder.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** Every stack file of the repository, by the name of its dump. */
const FILES: Readonly<Record<string, string>> = {
  production: "Pulumi.production.yaml",
  staging: "Pulumi.staging.yaml",
  ...Object.fromEntries(
    readdirSync(path.join(ROOT, "examples")).map((name) => [name, `examples/${name}/Pulumi.example.yaml`]),
  ),
};

describe("every resource of a stack file", () => {
  for (const [name, file] of Object.entries(FILES)) {
    it(`is, for ${file}, what test/golden/${name}.json says`, async () => {
      const { resources } = await recordService(readValues(file));
      const golden = path.join(ROOT, "test/golden", `${name}.json`);
      const dump = `${JSON.stringify(resources, undefined, 2)}\n`;
      if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(golden, dump);
      assert.deepEqual(JSON.parse(dump), JSON.parse(readFileSync(golden, "utf8")));
    });

    it(`has, for ${file}, a component as its parent`, async () => {
      const { resources } = await recordService(readValues(file));
      const components = new Set(resources.filter(({ type }) => type.startsWith("sluice:")).map((each) => each.name));
      const orphans = resources.filter(
        ({ parent, type }) => !type.startsWith("sluice:") && !components.has(parent ?? ""),
      );
      assert.deepEqual(
        orphans.map((each) => each.name),
        [],
      );
    });
  }

  it("has no dump that belongs to no stack file", () => {
    const dumps = readdirSync(path.join(ROOT, "test/golden")).filter((file) => !file.startsWith("observability-"));
    assert.deepEqual(
      dumps,
      Object.keys(FILES)
        .map((name) => `${name}.json`)
        .toSorted(),
    );
  });
});

function readValues(file: string): unknown {
  const { config } = parse(readFileSync(path.join(ROOT, file), "utf8")) as { config: Record<string, unknown> };
  return Object.fromEntries(Object.entries(config).map(([key, value]) => [key.replace("sluice:", ""), value]));
}
