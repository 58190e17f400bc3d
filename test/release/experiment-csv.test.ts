import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Worker } from "node:worker_threads";
import { readUsers } from "../../release/adapters/experiment-csv.ts";
import { UserError } from "../../release/errors.ts";

/** Reads a file in a thread of its own, whose memory can be bounded. */
const READER = `
  const { parentPort, workerData } = require("node:worker_threads");
  import(${JSON.stringify(new URL("../../release/adapters/experiment-csv.ts", import.meta.url).href)})
    .then(({ readUsers }) => readUsers(workerData))
    .then((users) => parentPort.postMessage(users));
`;

describe("a CSV file of an experiment's users", () => {
  let directory = "";
  before(async () => (directory = await mkdtemp(path.join(tmpdir(), "sluice-csv-"))));
  after(() => rm(directory, { recursive: true }));

  const read = async (...lines: readonly string[]) => {
    const file = path.join(directory, "users.csv");
    await writeFile(file, lines.join("\n"));
    return readUsers(file);
  };
  const complaints = async (...lines: readonly string[]): Promise<readonly string[]> => {
    try {
      await read(...lines);
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      return error.message.replaceAll(directory, "").split("\n");
    }
    return [];
  };

  it("gives the totals of each group; other columns, case and blank lines do not matter", async () => {
    const seen = await read(
      "\uFEFFuser,Group,converted,value",
      "1,A,1,10",
      "2, a ,0,",
      "",
      '"3, jr",B,yes,"2.5"',
      "4,b,TRUE,3.5",
      "5,B,0,0",
    );
    assert.deepEqual(seen.users, { a: 2, b: 3 });
    assert.deepEqual(
      [seen.conversion?.a, seen.conversion?.b].map((group) => [group?.users, group?.conversions]),
      [
        [2, 1],
        [3, 2],
      ],
    );
    assert.deepEqual(seen.value, {
      a: { users: 1, mean: 10, variance: 0 },
      b: { users: 3, mean: 2, variance: 3.25 },
    });
  });

  it("may have one measure only", async () => {
    assert.deepEqual(Object.keys(await read("group,value", "A,1")), ["users", "value"]);
    assert.deepEqual(Object.keys(await read("converted,group", "0,B")), ["users", "conversion"]);
  });

  it("is refused with each bad row", async () => {
    assert.deepEqual(
      await complaints(
        "group,converted,value",
        "A,1,2",
        "C,1,2",
        "B,maybe,2",
        "B,1,much",
        "B,1,-4",
        "A,1",
        'B,1,"2"3',
        "A,0,1",
        ",0,1",
      ),
      [
        "/users.csv: 7 bad rows; nothing was analysed",
        '  - line 3: group must be A or B (is "C")',
        '  - line 4: converted must be 1 or 0 (is "maybe")',
        '  - line 5: value must be a number from 0 up (is "much")',
        '  - line 6: value must be a number from 0 up (is "-4")',
        "  - line 7: has 2 fields, the first line 3",
        '  - line 8: value must be a number from 0 up (is "\\"2\\"3")',
        '  - line 10: group must be A or B (is "")',
      ],
    );
  });

  it("is refused with the first twenty of many bad rows", async () => {
    const lines = await complaints("group,converted", ...Array<string>(100).fill("X,1"));
    assert.equal(lines.length, 22);
    assert.equal(lines[0], "/users.csv: 100 bad rows; nothing was analysed");
    assert.equal(lines.at(-1), "  - and 80 more");
  });

  it("must name its columns", async () => {
    assert.deepEqual(await complaints("user,converted", "1,1"), [
      "/users.csv: the first line must name the columns group and converted or value, separated by commas; it is user,converted",
    ]);
    assert.deepEqual(await complaints(""), ["/users.csv is empty: its first line must name the columns."]);
  });

  it("is refused when a quote is never closed", async () => {
    const [complaint = ""] = await complaints("group,value", "A,1", 'B,"2', "B,3");
    assert.match(complaint, /^\/users\.csv cannot be read: Quote Not Closed: .* line 4$/);
  });

  it("must be there", async () => {
    await assert.rejects(readUsers(path.join(directory, "none.csv")), /none\.csv cannot be read: ENOENT/);
  });

  it("is streamed: one that is larger than the memory can be read", async () => {
    const line = "some-user-with-a-long-name,A,1,12.5\nanother-user-with-a-long-name,B,0,7.5\n";
    const file = path.join(directory, "large.csv");
    await writeFile(file, `user,group,converted,value\n${line.repeat(300_000)}`);
    assert.ok((await stat(file)).size > 16 * 2 ** 20);
    const reader = new Worker(READER, { workerData: file, eval: true, resourceLimits: { maxOldGenerationSizeMb: 16 } });
    const [seen] = (await once(reader, "message")) as [Awaited<ReturnType<typeof readUsers>>];
    assert.deepEqual(seen.users, { a: 300_000, b: 300_000 });
    assert.deepEqual([seen.value?.a.mean, seen.value?.b.mean], [12.5, 7.5]);
  });
});
