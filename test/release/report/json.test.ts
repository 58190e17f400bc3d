import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { createJsonReporter } from "../../../release/report/json.ts";
import { ROLLED_BACK } from "./stories.ts";

describe("JSON reporter", () => {
  it("writes every event as it is, one a line, with the version of the format", () => {
    const written: string[] = [];
    const stream = new Writable({
      write(chunk: Buffer, _encoding, done) {
        written.push(chunk.toString());
        done();
      },
    });
    const reporter = createJsonReporter(stream);
    for (const event of ROLLED_BACK) reporter.report(event);
    reporter.close();
    const lines = written.join("").split("\n");
    assert.equal(lines.pop(), "");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      ROLLED_BACK.map((event) => ({ v: 1, ...event })),
    );
    assert.equal(lines[4], '{"v":1,"at":1772366411000,"type":"weight-set","weight":5,"serial":13,"tookMs":2100}');
  });

  it("goes on when nobody reads any more", async () => {
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error("write EPIPE"), { code: "EPIPE" }));
      },
    });
    const reporter = createJsonReporter(stream);
    const closed = new Promise((resolve) => stream.once("close", resolve));
    for (const event of ROLLED_BACK) reporter.report(event);
    await closed;
    for (const event of ROLLED_BACK) reporter.report(event);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(stream.destroyed, true);
  });
});
