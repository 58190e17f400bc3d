import assert from "node:assert/strict";
import fc from "fast-check";
import { percentile, summarize } from "../../lab/load/aggregate.ts";
import { isFailed, readLine, type Answer } from "../../lab/load/answer.ts";
import { renderResult, renderSecond } from "../../lab/load/table.ts";

const answer = (startMs: number, durationMs: number, status: number, version: string): Answer => ({
  startMs,
  durationMs,
  status,
  version,
});

const anyAnswer = fc.record({
  startMs: fc.nat(10_000),
  durationMs: fc.double({ min: 0, max: 10_000, noNaN: true }),
  status: fc.constantFrom(0, 200, 404, 500, 503),
  version: fc.constantFrom("", "1.0.0", "1.1.0"),
});

describe("the lines of k6", () => {
  it("reads an answer", () => {
    assert.deepEqual(readLine('A [1795232235859,13.69,200,"1.0.0"]'), {
      kind: "answer",
      answer: { startMs: 1795232235859, durationMs: 13.69, status: 200, version: "1.0.0" },
    });
  });

  it("reads a request without an answer, and why", () => {
    assert.deepEqual(readLine('A [5,10000,0,"","request timeout"]'), {
      kind: "answer",
      answer: { startMs: 5, durationMs: 10000, status: 0, version: "", error: "request timeout" },
    });
  });

  it("reads the end", () => assert.deepEqual(readLine('S {"dropped":3}'), { kind: "end", dropped: 3 }));

  for (const text of [
    "",
    "A",
    "A [1,2,200",
    "A [1,2,3]",
    'A [1,2,"200",""]',
    "A {}",
    "A null",
    "S {}",
    "S 1",
    "level=error msg=x",
  ]) {
    it(`leaves "${text}" as it is`, () => assert.deepEqual(readLine(text), { kind: "other", text }));
  }

  it("gives back every answer that the script can write", () => {
    fc.assert(
      fc.property(
        anyAnswer,
        fc.option(fc.string(), { nil: undefined }),
        ({ startMs, durationMs, status, version }, error) => {
          const record = [startMs, durationMs, status, version, ...(error === undefined ? [] : [error])];
          const line = readLine(`A ${JSON.stringify(record)}`);
          const expected = { startMs, durationMs, status, version, ...(error === undefined ? {} : { error }) };
          assert.deepEqual(line, JSON.parse(JSON.stringify({ kind: "answer", answer: expected })));
        },
      ),
    );
  });
});

describe("the sums of answers", () => {
  const answers = [
    answer(1999, 4, 200, "1.1.0"),
    answer(1000, 2, 200, "1.0.0"),
    answer(1500, 8, 500, "1.1.0"),
    answer(1200, 6, 200, "1.0.0"),
    answer(2000, 9000, 0, ""),
    answer(2100, 1, 404, "1.0.0"),
  ];

  it("counts by version and status, by second, and measures answers only", () => {
    assert.deepEqual(summarize(answers, 7), {
      requests: 6,
      failed: 2,
      dropped: 7,
      counts: [
        { version: "", status: 0, count: 1 },
        { version: "1.0.0", status: 200, count: 2 },
        { version: "1.0.0", status: 404, count: 1 },
        { version: "1.1.0", status: 200, count: 1 },
        { version: "1.1.0", status: 500, count: 1 },
      ],
      perSecond: [
        { second: 1, version: "1.0.0", status: 200, count: 2 },
        { second: 1, version: "1.1.0", status: 200, count: 1 },
        { second: 1, version: "1.1.0", status: 500, count: 1 },
        { second: 2, version: "", status: 0, count: 1 },
        { second: 2, version: "1.0.0", status: 404, count: 1 },
      ],
      latency: [
        { version: "1.0.0", count: 3, p50Ms: 2, p90Ms: 6, p99Ms: 6, maxMs: 6 },
        { version: "1.1.0", count: 2, p50Ms: 4, p90Ms: 8, p99Ms: 8, maxMs: 8 },
      ],
    });
  });

  it("is empty of nothing", () => {
    assert.deepEqual(summarize([], 0), { requests: 0, failed: 0, dropped: 0, counts: [], perSecond: [], latency: [] });
  });

  it("loses no answer and does not depend on their order", () => {
    fc.assert(
      fc.property(fc.array(anyAnswer), (some) => {
        const result = summarize(some, 0);
        const total = (list: readonly { count: number }[]) => list.reduce((sum, { count }) => sum + count, 0);
        assert.equal(total(result.counts), some.length);
        assert.equal(total(result.perSecond), some.length);
        assert.equal(total(result.latency), some.filter(({ status }) => status !== 0).length);
        assert.equal(result.failed, some.filter(isFailed).length);
        assert.deepEqual(summarize(some.toReversed(), 0), result);
      }),
    );
  });

  for (const [status, failed] of [
    [0, true],
    [200, false],
    [304, false],
    [404, false],
    [499, false],
    [500, true],
    [503, true],
  ] as const) {
    it(`${failed ? "calls" : "does not call"} ${status} failed`, () => assert.equal(isFailed({ status }), failed));
  }

  for (const [share, expected] of [
    [0, 1],
    [0.5, 5],
    [0.9, 9],
    [0.91, 10],
    [0.99, 10],
    [1, 10],
  ] as const) {
    it(`takes ${expected} as percentile ${share * 100} of 1 to 10`, () => {
      assert.equal(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share), expected);
    });
  }
});

describe("what load shows", () => {
  const answers = [
    ...Array.from({ length: 98 }, (_, n) => answer(n, n, 200, "1.0.0")),
    answer(0, 250, 500, "1.1.0"),
    answer(0, 9, 0, ""),
  ];

  it("sums a second up in one line", () => {
    const at = new Date(2026, 0, 1, 12, 0, 5).getTime();
    assert.equal(
      renderSecond(at, answers),
      "12:00:05   100/s  (none):no answer 1  1.0.0:200 98  1.1.0:500 1  p50 48.0 ms p99 97.0 ms  FAILED 2",
    );
    assert.equal(renderSecond(at, []), "12:00:05     0/s  no answers");
  });

  it("shows the whole run as tables", () => {
    assert.equal(
      renderResult(summarize(answers, 12)),
      [
        "VERSION  STATUS     ANSWERS    SHARE",
        "(none)   no answer        1   1.00 %",
        "1.0.0    200             98  98.00 %",
        "1.1.0    500              1   1.00 %",
        "",
        "VERSION      P50      P90      P99      MAX",
        "1.0.0    48.0 ms  88.0 ms  97.0 ms  97.0 ms",
        "1.1.0     250 ms   250 ms   250 ms   250 ms",
        "",
        "100 requests, 2 failed; 12 more were due and not sent: too many were unanswered",
      ].join("\n"),
    );
  });
});
