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

export const checksSchema = z.strictObject({
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      "Where the edge is reached from where the release program runs. Without it, and on routers whose answers do not " +
        "tell the slot (`selector`, `ingressNginx`), checks go through the API server to the Service `<app>-preview`.",
    ),
  requests: z
    .array(checkSchema)
    .min(1)
    .describe("Sent to the candidate, by the route that only testers use, before any user's request reaches it."),
});

export type Checks = z.infer<typeof checksSchema>;
export type Check = Checks["requests"][number];
