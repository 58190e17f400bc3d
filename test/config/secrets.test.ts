import assert from "node:assert/strict";
import { parseStackConfig } from "../../config/parse.ts";
import { findPlain, findShadowed, readSecrets } from "../../config/secrets.ts";
import { STACK } from "../release/world.ts";

describe("secrets", () => {
  it("are names and texts", () => {
    assert.deepEqual(readSecrets({ DB_PASSWORD: "x" }), { secrets: { DB_PASSWORD: "x" }, problems: [] });
    assert.deepEqual(readSecrets(undefined), { secrets: {}, problems: [] });
  });

  it("that are wrong are told by name, never by value", () => {
    const { problems } = readSecrets({ "1X": "hush", PIN: 4711, JAVA_TOOL_OPTIONS: "hush", LIST: ["hush"] });
    assert.deepEqual(problems, [
      "sluice:secrets.1X: is no name of an environment variable",
      "sluice:secrets.PIN: must be a text",
      "sluice:secrets.JAVA_TOOL_OPTIONS: is written by workload.jvm: put further options into workload.jvm.options",
      "sluice:secrets.LIST: must be a text",
    ]);
    for (const value of ["hush", 4711, ["hush"], null]) {
      assert.deepEqual(readSecrets(value).problems, ["sluice:secrets: must be an object of names and values"]);
    }
  });

  it("are not hidden by plain settings", () => {
    const workload = { env: { A: "1" }, settings: { env: { B: "2" } } };
    assert.deepEqual(findShadowed({ A: "x", B: "y", C: "z" }, parseStackConfig({ ...STACK, workload }, "test")), [
      "sluice:secrets.A: is in workload.env too, which would win",
      "sluice:secrets.B: is in workload.settings.env too",
    ]);
  });

  const secure = { secure: "v1:abc" };
  const files: readonly (readonly [string, unknown, readonly string[]])[] = [
    ["nothing", undefined, []],
    ["one encrypted object", secure, []],
    ["encrypted values", { A: secure, B: secure }, []],
    ["a plain value among encrypted ones", { A: secure, B: "hush" }, ["sluice:secrets.B"]],
    ["a plain value beside a cipher", { A: { ...secure, plain: "hush" } }, ["sluice:secrets.A"]],
    ["a plain text", "hush", ["sluice:secrets"]],
    ["a list", ["hush"], ["sluice:secrets"]],
  ];
  for (const [what, value, paths] of files) {
    it(`in a stack file: ${what} ${paths.length === 0 ? "passes" : "is refused"}`, () => {
      assert.deepEqual(
        findPlain(value),
        paths.map(
          (path) =>
            `${path}: is not encrypted; set it by "pulumi config set --secret --path ${path}", and change the secret itself`,
        ),
      );
    });
  }
});
