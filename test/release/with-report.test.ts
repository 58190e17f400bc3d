import assert from "node:assert/strict";
import { mock } from "node:test";
import { withReport } from "../../release/commands/release.ts";
import { ROLLED_BACK } from "./report/stories.ts";

describe("a report that cannot be written", () => {
  const kept = process.exitCode;
  afterEach(() => {
    mock.restoreAll();
    process.exitCode = kept;
  });

  it("is told, and leaves the exit code of the release as it is", async () => {
    mock.method(process.stdout, "write", () => true);
    const told = mock.method(console, "error", () => undefined);
    await withReport({ stack: "production", project: ".", json: true, report: "/dev/null/report.html" }, (reporter) => {
      for (const event of ROLLED_BACK) reporter.report(event);
      return Promise.resolve(3);
    });
    assert.equal(process.exitCode, 3);
    assert.match(String(told.mock.calls[0]?.arguments[0]), /^Warning: the report is not written: ENOTDIR/);
  });
});
