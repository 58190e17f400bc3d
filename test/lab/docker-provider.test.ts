import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { LabContext } from "../../lab/context.ts";
import { dockerProviderTask } from "../../lab/docker/provider.ts";
import { kinds } from "../../lab/providers/docker/kinds.ts";

const GOLDEN = path.resolve(import.meta.dirname, "../golden");
const DUMPS = readdirSync(GOLDEN).filter((file) => file.startsWith("docker-"));

interface Recorded {
  readonly type: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

describe("the lab's stand-in for Pulumi's provider of Docker", () => {
  for (const file of DUMPS) {
    it(`makes all that ${file} declares, with every input`, () => {
      const recorded = JSON.parse(readFileSync(path.join(GOLDEN, file), "utf8")) as readonly Recorded[];
      const used = recorded.filter(({ type }) => type.startsWith("docker:"));
      assert.ok(used.length > 0);
      for (const { inputs, name, type } of used) {
        const known = kinds[type]?.inputs ?? [];
        assert.deepEqual(
          Object.keys(inputs).filter((key) => !known.includes(key)),
          [],
          name,
        );
      }
    });
  }

  it("makes nothing that no example declares", () => {
    const types = DUMPS.flatMap((file) => {
      const recorded = JSON.parse(readFileSync(path.join(GOLDEN, file), "utf8")) as readonly Recorded[];
      return recorded.map(({ type }) => type);
    });
    for (const type of Object.keys(kinds)) assert.ok(types.includes(type), type);
  });

  it("is put in the place of one of another checkout, which may be gone", async () => {
    const bin = await mkdtemp(path.join(os.tmpdir(), "sluice-provider-"));
    try {
      const launcher = path.join(bin, "pulumi-resource-docker");
      await writeFile(launcher, "#!/bin/sh\nexec node /gone/lab/providers/docker/main.ts\n");
      // Nothing can be downloaded by a program that always fails.
      const context = { paths: { bin, pulumiHome: bin }, toolbox: { command: () => "false" } };
      const task = dockerProviderTask(context as unknown as LabContext);
      assert.equal(await task.isDone(), false);
      await task.perform();
      const main = path.resolve(import.meta.dirname, "../../lab/providers/docker/main.ts");
      assert.equal(await readFile(launcher, "utf8"), `#!/bin/sh\nexec '${process.execPath}' '${main}' "$@"\n`);
      assert.equal(await task.isDone(), true);
    } finally {
      await rm(bin, { recursive: true });
    }
  });
});
