import axios from "axios";
import { z } from "zod";
import { messageOf } from "../errors.ts";
import type { RawSeries } from "../gate/counters.ts";
import type { Clock, MetricsSource } from "../ports.ts";

const TIMEOUT_MS = 5_000;

/** Hours of raw samples take longer than the last few scrapes. */
const HISTORY_TIMEOUT_MS = 60_000;

const answerSchema = z.object({
  data: z.object({
    resultType: z.literal("matrix"),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        values: z.array(z.tuple([z.number(), z.string()])),
      }),
    ),
  }),
});

const point = z.tuple([z.number(), z.string()]);

/** What an instant query answers; a range of values is no number. */
const instantSchema = z.object({
  data: z.discriminatedUnion("resultType", [
    z.object({ resultType: z.literal("vector"), result: z.array(z.object({ value: point.optional() })) }),
    z.object({ resultType: z.literal("scalar"), result: point }),
    z.object({ resultType: z.literal("matrix"), result: z.unknown() }),
    z.object({ resultType: z.literal("string"), result: z.unknown() }),
  ]),
});

/**
 * Reads raw counters from Prometheus by a range selector, whose samples keep the times at which they were scraped;
 * `rate()` and instant queries would give the time of the question.
 */
export function createPrometheusSource(baseUrl: string, selector: string, clock: Clock): MetricsSource {
  return {
    readCounters: (sinceMs) => {
      const seconds = Math.ceil((clock.now() - sinceMs) / 1_000) + 1;
      return readSeries(baseUrl, { query: `${selector}[${seconds}s]` }, TIMEOUT_MS);
    },
    async ask(query: string): Promise<readonly number[]> {
      const { data } = await ask(queryUrl(baseUrl), { query }, TIMEOUT_MS);
      const parsed = instantSchema.safeParse(data);
      if (!parsed.success) throw new Error(`${baseUrl} does not answer as Prometheus does`);
      const answer = parsed.data.data;
      switch (answer.resultType) {
        case "vector":
          // A native histogram has no value.
          return answer.result.map(({ value }) => parseNumber(value?.[1] ?? "NaN"));
        case "scalar":
          return [parseNumber(answer.result[1])];
        case "matrix":
          throw new Error("the query gives a range of values: put rate(), avg_over_time() or the like around it");
        case "string":
          throw new Error("the query gives a text, not a number");
      }
    },
  };
}

/** Prometheus writes infinity otherwise than JavaScript reads it. */
function parseNumber(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}

/** Reads the raw samples of a span of the past, both ends included where samples fall on them. */
export function readHistory(
  baseUrl: string,
  selector: string,
  fromMs: number,
  untilMs: number,
): Promise<readonly RawSeries[]> {
  // One more second, for Prometheus 3 leaves the left end out.
  const seconds = Math.ceil((untilMs - fromMs) / 1_000) + 1;
  return readSeries(baseUrl, { query: `${selector}[${seconds}s]`, time: String(untilMs / 1_000) }, HISTORY_TIMEOUT_MS);
}

async function readSeries(
  baseUrl: string,
  question: Readonly<Record<string, string>>,
  timeoutMs: number,
): Promise<readonly RawSeries[]> {
  const { data } = await ask(queryUrl(baseUrl), question, timeoutMs);
  const parsed = answerSchema.safeParse(data);
  if (!parsed.success) throw new Error(`${baseUrl} does not answer as Prometheus does`);
  return parsed.data.data.result.map(({ metric, values }) => ({
    labels: metric,
    samples: values.map(([at, value]) => [Math.round(at * 1_000), Number(value)] as const),
  }));
}

function queryUrl(baseUrl: string): string {
  return new URL("api/v1/query", baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`).href;
}

async function ask(
  url: string,
  question: Readonly<Record<string, string>>,
  timeout: number,
): Promise<{ data: unknown }> {
  try {
    return await axios.post<unknown>(url, new URLSearchParams(question), { timeout, proxy: false });
  } catch (error) {
    const refused: unknown = axios.isAxiosError(error) ? error.response?.data : undefined;
    const detail = z.object({ error: z.string() }).safeParse(refused);
    throw new Error(`Prometheus at ${url}: ${detail.success ? detail.data.error : describeFailure(error)}`, {
      cause: error,
    });
  }
}

/** Network errors of Node often have an empty message and a telling code. */
function describeFailure(error: unknown): string {
  if (!axios.isAxiosError(error)) return messageOf(error);
  return error.message === "" ? (error.code ?? "no answer") : error.message;
}
