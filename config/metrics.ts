import { z } from "zod";
import { duration } from "./duration.ts";

export const metricsSchema = z.strictObject({
  prometheus: z.url({ protocol: /^https?$/ }).describe("Base URL of the Prometheus that scrapes the edge."),
  scrapeInterval: duration("15s").describe("How often it scrapes the edge."),
});

export type Metrics = z.infer<typeof metricsSchema>;
