import axios from "axios";
import { z } from "zod";
import { messageOf } from "../errors.ts";
import type { Clock, MetricsSource } from "../ports.ts";

const TIMEOUT_MS = 5_000;

const labelsSchema = z.record(z.string(), z.string());
const sampleSchema = z.tuple([z.number(), z.string()]);

const matrixSchema = z.object({
  data: z.object({
    resultType: z.literal("matrix"),
    result: z.array(z.object({ metric: labelsSchema, values: z.array(sampleSchema) })),
  }),
});

const vectorSchema = z.object({
  data: z.object({
    resultType: z.literal("vector"),
    result: z.array(z.object({ metric: labelsSchema, value: sampleSchema })),
  }),
});

/**
 * Reads raw counters from Prometheus by a range selector, whose samples keep the times at which they were scraped;
 * `rate()` and instant queries would give the time of the question. It is asked about this program's "now", so that clocks
 * that differ shift what is seen, and lose nothing.
 */
export function createPrometheusSource(baseUrl: string, clock: Clock): MetricsSource {
  const url = new URL("api/v1/query", baseUrl.endsWith("/") ? baseUrl : `${baseUrl}/`).href;
  const query = async <T>(schema: z.ZodType<T>, text: string, at: number): Promise<T> => {
    const { data } = await ask(url, text, at);
    const parsed = schema.safeParse(data);
    if (!parsed.success) throw new Error(`${baseUrl} does not answer as Prometheus does`);
    return parsed.data;
  };
  return {
    async readCounters(selector, sinceMs) {
      const now = clock.now();
      const seconds = Math.ceil((now - sinceMs) / 1_000) + 1;
      const { data } = await query(matrixSchema, `${selector}[${seconds}s]`, now);
      return data.result.map(({ metric, values }) => ({
        labels: metric,
        samples: values.map(([at, value]) => [Math.round(at * 1_000), Number(value)] as const),
      }));
    },
    async ask(text) {
      const { data } = await query(vectorSchema, text, clock.now());
      return data.result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
    },
  };
}

async function ask(url: string, query: string, at: number): Promise<{ data: unknown }> {
  try {
    return await axios.post<unknown>(url, new URLSearchParams({ query, time: String(at / 1_000) }), {
      timeout: TIMEOUT_MS,
      proxy: false,
    });
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
