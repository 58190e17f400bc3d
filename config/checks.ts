import { z } from "zod";
import { duration } from "./duration.ts";
import { urlPath } from "./text.ts";

const checkSchema = z.strictObject({
  path: urlPath.describe("Path of the request, with its query."),
  method: z.enum(["GET", "HEAD", "POST"]).default("GET").describe("Method of the request."),
  status: z.int().min(100).max(599).default(200).describe("The status that the answer must have."),
  within: duration("2s").describe("The longest time that an answer may take."),
  times: z.int().min(1).max(1_000).default(10).describe("How often the request is sent; every answer must pass."),
});

const warmupSchema = z
  .strictObject({
    requests: z
      .int()
      .min(0)
      .max(100_000)
      .default(2_000)
      .describe(
        "How many requests each of its pods gets on average, by the testers' route: the declared ones that only read " +
          "(GET, HEAD), each in proportion to its `times`. How many failed is told. 0 sends none. Where pods count " +
          "their requests themselves, a pod's latency counts only after that many.",
      ),
    concurrency: z.int().min(1).max(200).default(10).describe("How many of them are under way at a time."),
    within: duration("2m").describe("After this time no more are sent, however many are left."),
  })
  .prefault({})
  .describe(
    "Requests that a candidate answers before its first user, so that its code is compiled and its pools full.",
  );

export const checksSchema = z.strictObject({
  baseUrl: z.url({ protocol: /^https?$/ }).describe("Where the edge is reached from where the release program runs."),
  requests: z
    .array(checkSchema)
    .min(1)
    .describe("Sent to the candidate, by the route that only testers use, before any user's request reaches it."),
  warmup: warmupSchema,
});

export type Checks = z.infer<typeof checksSchema>;
export type Check = Checks["requests"][number];
export type Warmup = Checks["warmup"];
