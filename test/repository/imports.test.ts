import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import { ESLint } from "eslint";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** What the linter says about the imports of a file at this place. */
async function lint(file: string, code: string): Promise<readonly string[]> {
  const eslint = new ESLint({ cwd: ROOT });
  const [result] = await eslint.lintText(code, { filePath: path.join(ROOT, file) });
  return (result?.messages ?? [])
    .map(({ ruleId }) => ruleId ?? "parse error")
    .filter((rule) => rule.includes("restricted"));
}

describe("import directions", () => {
  const PATHS = "import-x/no-restricted-paths";
  const cases: readonly (readonly [string, string, readonly string[]])[] = [
    ["release/plan.ts", 'export * from "../config/schema.ts";', []],
    ["release/plan.ts", 'export * from "./adapters/kubernetes.ts";', [PATHS]],
    ["release/decide.ts", 'export * from "@pulumi/pulumi";', ["no-restricted-imports"]],
    ["release/gate/gate.ts", "export const now = Date.now();", ["no-restricted-globals"]],
    ["release/experiment/analysis.ts", "export const now = Date.now();", ["no-restricted-globals"]],
    ["release/execute.ts", 'export * from "./adapters/kubernetes.ts";', [PATHS]],
    ["release/session.ts", 'export * from "./adapters/kubernetes.ts";', []],
    ["release/session.ts", 'export * from "../components/release.ts";', [PATHS]],
    ["components/release.ts", 'export * from "../release/plan.ts";', [PATHS]],
    ["config/schema.ts", 'export * from "../components/release.ts";', [PATHS]],
    ["policies/review.ts", 'export * from "../config/limits.ts";', []],
    ["policies/review.ts", 'export * from "../release/plan.ts";', [PATHS]],
    ["policies/pack.ts", 'export * from "./index.ts";', [PATHS]],
    ["config/limits.ts", 'export * from "../policies/rule.ts";', [PATHS]],
    ["components/release.ts", 'export * from "../policies/rule.ts";', [PATHS]],
    ["release/commands/review.ts", 'export * from "../../policies/rules/all.ts";', []],
    ["release/review/sarif.ts", 'export * from "../../policies/rule.ts";', []],
    ["release/commands/plan.ts", 'export * from "../../policies/rule.ts";', [PATHS]],
    ["release/plan.ts", 'export * from "../policies/rule.ts";', [PATHS]],
    ["release/gate/gate.ts", 'export * from "../../policies/rule.ts";', [PATHS]],
    ["config/load.ts", 'export * from "../index.ts";', [PATHS]],
  ];
  for (const [file, code, expected] of cases) {
    it(`${expected.length === 0 ? "allows" : "forbids"} ${file}: ${code}`, async () => {
      assert.deepEqual([...new Set(await lint(file, code))], expected);
    });
  }
});

describe("importing a file", () => {
  const files = [
    "release/execute.ts",
    "release/session.ts",
    "release/commands/analyze.ts",
    "release/report/html.ts",
    "components/release.ts",
    "config/load.ts",
    "policies/pack.ts",
    "policies/rules/all.ts",
    "lab/up.ts",
    "lab/demo.ts",
  ];
  for (const file of files) {
    it(`has no effect: ${file}`, async () => {
      // A handle left open would keep the process alive, output would show, a missing engine would throw.
      const { stderr, stdout } = await promisify(execFile)(process.execPath, ["-e", `import("./${file}")`], {
        cwd: ROOT,
        timeout: 20_000,
      });
      assert.equal(stdout + stderr, "");
    });
  }
});
