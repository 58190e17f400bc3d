import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { readExperiment } from "../../release/adapters/experiment-counters.ts";

const START = 1_772_442_000_000;
const HOUR = 3_600_000;
const GROUPS = { label: "slot", a: "blue", b: "green" };
const CONVERSION = { users: 'users_total{app="shop"}', conversions: "conversions_total" };

interface Question {
  readonly query: string;
  readonly time: number;
}

type Answer = (question: Question) => { readonly status?: number; readonly body: unknown };

/** What Prometheus answers to a range selector: the samples within it, of counters that rise evenly. */
const evenly =
  (perHour: Readonly<Record<string, Readonly<Record<string, number>>>>): Answer =>
  ({ query, time }) => {
    const [, selector = "", seconds = "0"] = /^(.+)\[(\d+)s\]$/.exec(query) ?? [];
    const result = Object.entries(perHour[selector] ?? {}).map(([slot, rate]) => {
      const values: [number, string][] = [];
      for (let at = Math.ceil((time - Number(seconds)) / 60) * 60; at <= time; at += 60) {
        values.push([at, String(1_000 + Math.round((rate * (at - START / 1_000)) / 3_600))]);
      }
      return { metric: { slot, pod: `${slot}-1` }, values };
    });
    return { body: { status: "success", data: { resultType: "matrix", result } } };
  };

async function ask<T>(answer: Answer, use: (url: string, asked: readonly Question[]) => Promise<T>): Promise<T> {
  const asked: Question[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk: Buffer) => (text += chunk.toString()));
    request.on("end", () => {
      const form = new URLSearchParams(text);
      const question = { query: form.get("query") ?? "", time: Number(form.get("time")) };
      asked.push(question);
      const { body, status = 200 } = answer(question);
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked);
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

const source = (prometheus: string, analysis: Parameters<typeof readExperiment>[0]["analysis"]) => ({
  prometheus,
  scrapeInterval: 60_000,
  groups: GROUPS,
  analysis,
});

describe("an experiment's counters in Prometheus", () => {
  it("are counted from the start to the end, in spans, without what came before", async () => {
    const answer = evenly({
      [CONVERSION.users]: { blue: 600, green: 1_200 },
      [CONVERSION.conversions]: { blue: 60, green: 180 },
    });
    await ask(answer, async (url, asked) => {
      const { seen, since } = await readExperiment(source(url, { conversion: CONVERSION }), START, START + 13 * HOUR);
      assert.deepEqual(seen, {
        users: { a: 7_800, b: 15_600 },
        conversion: { a: { users: 7_800, conversions: 780 }, b: { users: 15_600, conversions: 2_340 } },
      });
      assert.equal(since, START - 5 * 60_000);
      assert.deepEqual(asked.map(({ query, time }) => [query.replace(/^.*\[/, "["), time - START / 1_000]).toSorted(), [
        ["[21601s]", 21_300],
        ["[21601s]", 21_300],
        ["[21601s]", 42_900],
        ["[21601s]", 42_900],
        ["[3901s]", 46_800],
        ["[3901s]", 46_800],
      ]);
    });
  });

  it("give mean and variance of values", async () => {
    const value = { count: "value_count", sum: "value_sum", sumOfSquares: "value_squares" };
    const both = (rate: number) => ({ blue: rate, green: 2 * rate });
    const answer = evenly({ value_count: both(600), value_sum: both(1_800), value_squares: both(6_000) });
    const { seen } = await ask(answer, (url) => readExperiment(source(url, { value }), START, START + HOUR));
    assert.deepEqual(seen.users, { a: 600, b: 1_200 });
    // Σx² − (Σx)²/n = 6,000 − 1,800²/600 = 600.
    assert.deepEqual(seen.value, {
      a: { users: 600, mean: 3, variance: 600 / 599 },
      b: { users: 1_200, mean: 3, variance: 1_200 / 1_199 },
    });
  });

  const faults: readonly (readonly [string, Answer, RegExp])[] = [
    [
      "nobody counts a group",
      evenly({ [CONVERSION.users]: { blue: 600 } }),
      /^UserError: Prometheus has no samples of users_total\{app="shop"\} for group B \(slot="green"\): look whether/,
    ],
    [
      "more convert than there are",
      evenly({ [CONVERSION.users]: { blue: 6, green: 6 }, [CONVERSION.conversions]: { blue: 60, green: 60 } }),
      /^UserError: Group A has 60 conversions of 6 users: both counters must count each user once\.$/,
    ],
    [
      "Prometheus refuses",
      () => ({ status: 422, body: { status: "error", error: "query processing would load too many samples" } }),
      /^UserError: Prometheus at .*: query processing would load too many samples$/,
    ],
  ];
  for (const [when, answer, message] of faults) {
    it(`say so when ${when}`, async () => {
      await ask(answer, (url) =>
        assert.rejects(
          readExperiment(source(url, { conversion: CONVERSION }), START, START + HOUR),
          (error: unknown) => {
            assert.match(String(error), message);
            return true;
          },
        ),
      );
    });
  }
});
