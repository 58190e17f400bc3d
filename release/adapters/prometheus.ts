import axios from "axios";
import { z } from "zod";
import { messageOf } from "../errors.ts";
import type { RawSeries } from "../gate/counters.ts";
import type { Clock, MetricsSource } from "../ports.ts";

const TIMEOUT_MS = 5_000;

/** Hours of raw samples take longer than the last few scrapes. */
const HISTORY_TIMEOUT_MS = 60_000;

const labelsSchema = z.record(z.string(), z.string());
const sampleSchema = z.tuple([z.number(), z.string()]);

const matrixSchema = z.object({
  data: z.object({
    resultType: z.literal("matrix"),
    result: z.array(z.object({ metric: labelsSchema, values: z.array(sampleSchema) })),
  }),
});

/** What an instant query answers; a range of values is no number. */
const instantSchema = z.object({
  data: z.discriminatedUnion("resultType", [
    z.object({
      resultType: z.literal("vector"),
      result: z.array(z.object({ metric: labelsSchema.default({}), value: sampleSchema.optional() })),
    }),
    z.object({ resultType: z.literal("scalar"), result: sampleSchema }),
    z.object({ resultType: z.literal("matrix"), result: z.unknown() }),
    z.object({ resultType: z.literal("string"), result: z.unknown() }),
  ]),
});

/**
 * Reads raw counters from Prometheus by a range selector, whose samples keep the times at which they were scraped;
 * `rate()` and instant queries would give the time of the question. That question names the end of its span, so that a slow
 * answer loses no sample at the beginning.
 *
 * @param wall the machine's own time: where it is later than the clock's, samples are newer than the clock can tell
 */
export function createPrometheusSource(baseUrl: string, clock: Clock, wall: () => number = Date.now): MetricsSource {
  const end = () => Math.max(clock.now(), wall());
  return {
    readCounters: (selector, sinceMs) => readSpan(baseUrl, selector, sinceMs, end(), TIMEOUT_MS),
    async ask(query) {
      const { data } = await askPrometheus(baseUrl, query, undefined, instantSchema, TIMEOUT_MS);
      switch (data.resultType) {
        case "vector":
          // A native histogram has no value.
          return data.result.map(({ metric, value }) => ({ labels: metric, value: parseNumber(value?.[1] ?? "NaN") }));
        case "scalar":
          return [{ labels: {}, value: parseNumber(data.result[1]) }];
        case "matrix":
          throw new Error("the query gives a range of values: put rate(), avg_over_time() or the like around it");
        case "string":
          throw new Error("the query gives a text, not a number");
      }
    },
  };
}

/** Reads the raw samples of a span of the past, both ends included where samples fall on them. */
export function readHistory(
  baseUrl: string,
  selector: string,
  fromMs: number,
  untilMs: number,
): Promise<readonly RawSeries[]> {
  return readSpan(baseUrl, selector, fromMs, untilMs, HISTORY_TIMEOUT_MS);
}

async function readSpan(
  baseUrl: string,
  selector: string,
  fromMs: number,
  untilMs: number,
  timeoutMs: number,
): Promise<readonly RawSeries[]> {
  // One more second, for Prometheus 3 leaves the left end out.
  const seconds = Math.ceil((untilMs - fromMs) / 1_000) + 1;
  const { data } = await askPrometheus(baseUrl, `${selector}[${seconds}s]`, untilMs, matrixSchema, timeoutMs);
  return data.result.map(({ metric, values }) => ({
    labels: metric,
    samples: values.map(([at, value]) => [Math.round(at * 1_000), Number(value)] as const),
  }));
}

/** Prometheus writes infinity otherwise than JavaScript reads it. */
function parseNumber(text: string): number {
  return Number(text.replace("Inf", "Infinity"));
}

async function askPrometheus<T>(
  baseUrl: string,
  query: string,
  atMs: number | undefined,
  schema: z.ZodType<T>,
  timeout: number,
): Promise<T> {
  const url = new URL("api/v1/query", baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`).href;
  // Without a time the question is about Prometheus' own present.
  const question = new URLSearchParams({ query, ...(atMs === undefined ? {} : { time: String(atMs / 1_000) }) });
  const { data } = await send(url, question, timeout);
  const parsed = schema.safeParse(data);
  if (!parsed.success) throw new Error(`${baseUrl} does not answer as Prometheus does`);
  return parsed.data;
}

async function send(url: string, question: URLSearchParams, timeout: number): Promise<{ data: unknown }> {
  try {
    return await axios.post<unknown>(url, question, { timeout, proxy: false });
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
