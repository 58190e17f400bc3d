import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { STACK } from "./world.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

const analyze = (...args: readonly string[]) =>
  execa(process.execPath, [path.join(ROOT, "release/cli.ts"), "analyze", ...args], { cwd: ROOT, reject: false });

describe("sluice analyze", () => {
  let directory = "";
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "sluice-analyze-"));
    const rows = Array.from(
      { length: 4_000 },
      (_, i) => `${i % 2 === 0 ? "A" : "B"},${i % 10 < (i % 2 === 0 ? 2 : 6) ? 1 : 0}`,
    );
    await writeFile(path.join(directory, "users.csv"), ["group,converted", ...rows].join("\n"));
    const config = { ...STACK, strategy: { kind: "experiment", analysis: { better: "lower" } } };
    const prefixed = Object.fromEntries(Object.entries(config).map(([key, value]) => [`sluice:${key}`, value]));
    await writeFile(path.join(directory, "Pulumi.trial.yaml"), stringify({ config: prefixed }));
  });
  after(() => rm(directory, { recursive: true }));
  const csv = () => ["--csv", path.join(directory, "users.csv")];

  it("says how an experiment stands by a file alone", async () => {
    const { exitCode, stdout } = await analyze(...csv());
    assert.equal(exitCode, 0);
    assert.match(stdout, /\nB converts 60\.0 % against 20\.0 % \(\+40\.0 points, .*\): keep B\.$/);
  });

  it("takes the rule from the stack, and prints JSON", async () => {
    const { exitCode, stdout } = await analyze(...csv(), "--stack", "trial", "--project", directory, "--json");
    assert.equal(exitCode, 0);
    const { recommendation, rule, users, v } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      { recommendation, users, v },
      { recommendation: { keep: "A", basis: "anytime", reason: "difference" }, users: { a: 2_000, b: 2_000 }, v: 1 },
    );
    assert.equal((rule as Record<string, unknown>).better, "lower");
  });

  const mistakes: readonly (readonly [string, () => readonly string[], RegExp])[] = [
    ["nothing to read", () => [], /^Give --stack, whose file says which counters to read, or --csv/],
    ["a file that is not there", () => ["--csv", "/nowhere.csv"], /^\/nowhere\.csv cannot be read: ENOENT/],
    ["another strategy", () => ["--stack", "production"], /^strategy canary has no groups to compare/],
    [
      "a stack that declares no counters",
      () => ["--stack", "trial", "--project", directory],
      /^The stack file does not say what to count .*:\n {2}- sluice:strategy\.start, .*\n {2}- sluice:strategy\.analysis\.conversion or \.value, which counters to read$/,
    ],
  ];
  for (const [what, args, message] of mistakes) {
    it(`refuses ${what}`, async () => {
      const { exitCode, stderr } = await analyze(...args());
      assert.equal(exitCode, 1);
      assert.match(stderr, message);
    });
  }
});
