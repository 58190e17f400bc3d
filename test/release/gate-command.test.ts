import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { UserError } from "../../release/errors.ts";
import { computeGate } from "../../release/commands/gate.ts";
import type { Look } from "../../release/gate-looks.ts";
import type { WrittenSettings } from "../../release/gate-samples.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

interface Told {
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly thresholds: Readonly<Record<string, number>>;
  readonly looks: readonly Look[];
}

describe("sluice gate", function () {
  this.timeout(180_000);
  let directory = "";
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), "sluice-gate-"));
  });
  after(() => rm(directory, { recursive: true }));

  async function write(content: unknown): Promise<string> {
    const file = path.join(directory, "samples.json");
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  }

  const render = async (content: unknown, settings: Partial<WrittenSettings> = {}) =>
    computeGate({ samples: await write(content), onset: true, ...settings });

  async function compute(content: unknown, settings: Partial<WrittenSettings> = {}): Promise<Told> {
    const text = await computeGate({ samples: await write(content), onset: true, json: true, ...settings });
    return JSON.parse(text) as Told;
  }

  async function problemsOf(content: unknown, settings: Partial<WrittenSettings> = {}): Promise<readonly string[]> {
    const error: unknown = await render(content, settings).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof UserError);
    return error.message.split("\n");
  }

  const near = (actual: number | undefined, expected: number) =>
    assert.ok(Math.abs((actual ?? NaN) - expected) < 5e-7, `${actual ?? NaN} is not ${expected}`);

  const vectors = [
    ["relative, tolerate 1", [[2, 30, 0, 2970]], { tolerate: "1" }, "relative", 7.867992],
    [
      "relative, two scrapes",
      [
        [2, 30, 3, 2970],
        [1, 31, 2, 2969],
      ],
      {},
      "relative",
      6.58989,
    ],
    [
      "relative, another weight in between",
      [
        [0, 30, 3, 2970],
        [4, 150, 3, 2850],
      ],
      {},
      "relative",
      4.610428,
    ],
    ["one-sample against 1 %", [[3, 60, 0, 0]], {}, "limit", 1.221545],
  ] as const;
  for (const [name, rows, settings, evidence, expected] of vectors) {
    it(`golden vector: ${name}`, async () => {
      const { looks } = await compute(rows, { onset: false, ...settings });
      near(looks.at(-1)?.evidence[evidence], expected);
    });
  }

  it("takes its defaults from the schema of a stack file, and the scrape length from the file", async () => {
    const { looks, parameters, thresholds } = await compute({ scrape: "2s", rows: [[0, 30, 3, 2970]] });
    assert.deepEqual(parameters, {
      falseAlarm: 0.01,
      limit: 0.01,
      tolerate: 1.25,
      ignoreBelow: 0.001,
      dispersion: 1,
      onset: true,
    });
    near(thresholds.relative, Math.log(200));
    assert.equal(looks[0]?.sample.at, 2_000);
  });

  it("says what it decides after each row, and what came of it", async () => {
    const rows = [...Array.from({ length: 4 }, () => [0, 150, 3, 2850]), [5, 150, 3, 2850], [7, 150, 3, 2850]];
    const text = await render(rows);
    const lines = text.split("\n");
    assert.equal(lines.length, 11);
    assert.match(text, /^ *time +candidate +stable +relative +floor +limit +pass +verdict$/m);
    assert.match(text, /^ *15 s +0 of 150 +3 of 2,850( +-?\d+\.\d{6}){4} +wait \(early\)$/m);
    assert.match(text, /rollback \(worse\)$/m);
    assert.match(
      lines.at(-1) ?? "",
      /^Rolled back after 1 m 30 s: fails more than 1\.25 times as often as stable: 12 of/,
    );
  });

  it("weighs scattered failures less", async () => {
    const rows = [[5, 150, 3, 2850]];
    const [independent, clustered] = [await compute(rows), await compute(rows, { dispersion: "3" })];
    assert.ok((clustered.looks[0]?.evidence.relative ?? NaN) < (independent.looks[0]?.evidence.relative ?? NaN));
  });

  it("judges a candidate alone where stable has no request", async () => {
    const { looks } = await compute([[30, 300, 0, 0]]);
    assert.deepEqual([looks[0]?.decision, looks[0]?.rule], ["rollback", "limit"]);
  });

  it("tells every problem of the file and of the options in one error", async () => {
    const rows = [
      [1, 30, 0, 2970],
      [31, 30, 0, "x"],
      [1, 2],
      [-1, 5, 0.5, 5],
    ];
    const settings = { limit: "2", tolerate: "half", dispersion: "0.2", scrape: "5" };
    assert.deepEqual(await problemsOf({ rows, scrap: "2s" }, settings), [
      "These samples cannot be judged: 10 problems",
      '  - rows[1][3]: Invalid input: expected number, received string (is "x")',
      '  - rows[1]: the candidate fails more than it gets (is [31,30,0,"x"])',
      "  - rows[2]: is no [failed, requests, failed, requests], first of the candidate, then of stable (is [1,2])",
      "  - rows[3][0]: Too small: expected number to be >=0 (is -1)",
      "  - rows[3][2]: Invalid input: expected int, received number (is 0.5)",
      "  - the file: has scrap, which means nothing here",
      "  - --limit: Too big: expected number to be <1 (is 2)",
      '  - --tolerate: Invalid input: expected number, received string (is "half")',
      "  - --dispersion: Too small: expected number to be >=1 (is 0.2)",
      '  - --scrape: write a number with its unit: "15s", "5m" or "250ms" (is "5")',
    ]);
  });

  const unreadable = [
    ["[1,", /samples\.json cannot be read as JSON: /],
    [[], /rows: Too small/],
    [7, /the file: /],
  ] as const;
  for (const [content, message] of unreadable) {
    it(`refuses ${JSON.stringify(content)}`, async () => {
      assert.match((await problemsOf(content)).join("\n"), message);
    });
  }

  it("is a command of its own, whose mistakes cost exit code 1", async () => {
    const file = await write([[2, 30, 0, 2970]]);
    const run = (...options: readonly string[]) =>
      execa(process.execPath, [path.join(ROOT, "release/cli.ts"), "gate", "--samples", file, ...options], {
        cwd: ROOT,
        reject: false,
      });
    const good = await run("--tolerate", "1", "--no-onset", "--json");
    assert.equal(good.exitCode, 0, good.stderr);
    near((JSON.parse(good.stdout) as Told).looks[0]?.evidence.relative, 7.867992);
    const bad = await run("--limit", "none");
    assert.deepEqual([bad.exitCode, bad.stdout], [1, ""]);
    assert.match(bad.stderr, /--limit: .*\(is "none"\)/);
  });
});
