import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { stringify } from "yaml";
import { readStackFile, stackFilePath, writeReleaseState } from "../../release/adapters/stack-file.ts";
import { STACK } from "./world.ts";

const content = (values: Record<string, unknown>) =>
  stringify({ config: Object.fromEntries(Object.entries(values).map(([key, value]) => [`sluice:${key}`, value])) });

describe("stack file", () => {
  let directory: string;
  let file: string;
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "sluice-stack-"));
    file = stackFilePath(directory, "test");
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("is named after the stack", () => assert.equal(path.basename(file), "Pulumi.test.yaml"));

  it("is read whole, and other programs' settings are let be", async () => {
    await writeFile(file, `${content(STACK)}  kubernetes:context: prod\n`);
    const config = await readStackFile(file);
    assert.equal(config.app.name, "checkout");
    assert.deepEqual(config.release, { weight: 0, ...STACK.release });
  });

  it("keeps comments, order and foreign settings when the release state is written", async () => {
    await writeFile(file, `# mine\n${content(STACK)}  kubernetes:context: prod # theirs\nencryptionsalt: v1:x\n`);
    const state = { ...(await readStackFile(file)).release, serial: 8 };
    await writeReleaseState(file, state);
    const text = await readFile(file, "utf8");
    assert.match(text, /^# mine\nconfig:\n {2}sluice:app:/);
    assert.match(text, /kubernetes:context: prod # theirs\nencryptionsalt: v1:x\n$/);
    assert.deepEqual((await readStackFile(file)).release, state);
    assert.deepEqual(await readdir(directory), ["Pulumi.test.yaml"]);
  });

  it("moves secrets along as they are, and refuses those in plain text with everything else", async () => {
    const secrets = "  sluice:secrets:\n    DB_PASSWORD:\n      secure: v1:abc\n";
    await writeFile(file, `${content(STACK)}${secrets}`);
    const config = await readStackFile(file);
    assert.ok(!("secrets" in config));
    await writeReleaseState(file, { ...config.release, serial: 8 });
    assert.ok((await readFile(file, "utf8")).endsWith(secrets));
    await writeFile(file, `${content({ ...STACK, gates: {} })}  sluice:secrets: { DB_PASSWORD: hush }\n`);
    await assert.rejects(readStackFile(file), {
      name: "ConfigError",
      message: [
        `${file}: 2 problems`,
        "  - sluice:gates: no such setting; remove it or correct its name",
        '  - sluice:secrets.DB_PASSWORD: is not encrypted; set it by "pulumi config set --secret --path sluice:secrets.DB_PASSWORD", and change the secret itself',
      ].join("\n"),
    });
  });

  it("is as it was when writing fails", async () => {
    await writeFile(file, content(STACK));
    const before = await readFile(file, "utf8");
    const cyclic: Record<string, unknown> = {};
    cyclic.toJSON = () => {
      throw new Error("cannot be written");
    };
    await assert.rejects(writeReleaseState(file, cyclic as never), /cannot be written/);
    assert.equal(await readFile(file, "utf8"), before);
    assert.deepEqual(await readdir(directory), ["Pulumi.test.yaml"]);
  });

  it("is missed with a word about where it was looked for", async () => {
    await assert.rejects(readStackFile(file), {
      name: "UserError",
      message: new RegExp(`^There is no stack file ${file}: name the stack`),
    });
  });

  it("that is no YAML is refused with the place", async () => {
    await writeFile(file, "config:\n  sluice:app: {name: x\n");
    await assert.rejects(readStackFile(file), { name: "ConfigError", message: /at line \d+, column \d+/ });
  });

  it("without settings is told everything that is missing", async () => {
    await writeFile(file, "config: {}\n");
    await assert.rejects(readStackFile(file), (error: Error) => {
      for (const key of ["app", "router", "strategy", "release"])
        assert.match(error.message, new RegExp(`sluice:${key}: `));
      return true;
    });
  });
});
