import assert from "node:assert/strict";
import path from "node:path";
import { execa } from "execa";

const ROOT = path.resolve(import.meta.dirname, "../..");

const advise = (...args: readonly string[]) =>
  execa(process.execPath, [path.join(ROOT, "release/cli.ts"), "advise", ...args], { cwd: ROOT, reject: false });

describe("sluice advise", () => {
  it("starts from a stack, and prints JSON with what to paste", async () => {
    const { exitCode, stdout } = await advise("--stack", "production", "--traffic", "50", "--json");
    assert.equal(exitCode, 0);
    const { excerpt, reasons, ...advice } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(advice, {
      strategy: "canary",
      router: "istio",
      weights: [5, 10, 25, 50, 100],
      sticky: false,
      beside: [],
    });
    assert.equal(excerpt, "  sluice:strategy:\n    kind: canary\n    weights: [5, 10, 25, 50, 100]");
    assert.ok(Array.isArray(reasons) && reasons.includes("router istio is there, and can do it"));
  });

  const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
    [["--traffic", "none"], /option '--traffic <rps>' argument 'none' is invalid\. It must be a number above 0\./],
    [["--change", "weekly"], /Allowed choices are daily, major, database, urgent\./],
    [["--stack", "nowhere"], /^There is no stack file \S*Pulumi\.nowhere\.yaml/],
  ];
  for (const [args, message] of mistakes) {
    it(`refuses ${args.join(" ")}`, async () => {
      const { exitCode, stderr } = await advise(...args);
      assert.equal(exitCode, 1);
      assert.match(stderr, message);
    });
  }
});
