import { z } from "zod";
import { duration } from "./duration.ts";
import { environmentName } from "./environment.ts";
import { headerName, urlPath } from "./text.ts";

const RANGE = /^([1-5]\d\d)-([1-5]\d\d)$/;

/** The statuses that an answer may have: one, or a range with both its ends. */
const statusRange = z
  .union([
    z
      .int()
      .min(100)
      .max(599)
      .transform((status) => ({ from: status, to: status })),
    z
      .string()
      .meta({ title: "range of statuses", pattern: RANGE.source })
      .transform((text, ctx) => {
        const [, from = "", to = ""] = RANGE.exec(text) ?? [];
        if (from !== "" && from <= to) return { from: Number(from), to: Number(to) };
        ctx.addIssue({ code: "custom", message: 'write a range of statuses as "200-299"', input: text });
        return z.NEVER;
      }),
  ])
  .prefault(200);

const pattern = z.string().refine(isPattern, "is no regular expression");

const pointer = z.string().regex(/^(\/.*)?$/, 'write a JSON pointer, such as "/status" or "/items/0/name"');

const answerSchema = z
  .strictObject({
    contains: z.string().min(1).optional().describe("Text that the body must contain."),
    matches: pattern.optional().describe("Regular expression that must be found in the body."),
    json: z
      .record(pointer, z.unknown())
      .default({})
      .describe('Values in a JSON body by their JSON pointers (RFC 6901), as `{ "/status": UP }`.'),
  })
  .prefault({});

/** How the candidate is asked, and what it must answer. */
const question = {
  headers: z.record(headerName, z.string()).default({}).describe("Headers of the request."),
  headersFrom: z
    .record(headerName, environmentName)
    .default({})
    .describe(
      "Headers whose values are secret: by the names of the environment variables of the release program that hold them.",
    ),
  status: statusRange.describe('The status that the answer must have, or a range as "200-299".'),
  answer: answerSchema.describe("What the answer's body must be like."),
  within: duration("2s").describe("The longest time until the answer is complete."),
};

const checkSchema = z
  .strictObject({
    name: z.string().min(1).optional().describe("What is checked, for example `login`; without it: method and path."),
    path: urlPath.describe("Path of the request, with its query."),
    method: z.enum(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]).default("GET").describe("Method of the request."),
    body: z.string().optional().describe("Body of the request; give its `content-type` as a header."),
    ...question,
    times: z.int().min(1).max(1_000).default(10).describe("How often the request is sent; every answer must pass."),
  })
  .superRefine(({ answer, body, method }, ctx) => {
    const add = (path: string, message: string) => ctx.addIssue({ code: "custom", path: [path], message });
    if (body !== undefined && (method === "GET" || method === "HEAD")) add("body", `${method} has no body`);
    const asked = answer.contains !== undefined || answer.matches !== undefined || Object.keys(answer.json).length > 0;
    if (method === "HEAD" && asked) add("answer", "the answer to HEAD has no body");
  });

const healthSchema = z.strictObject({
  path: urlPath.default("/actuator/health/readiness").describe("Path of the request."),
  ...question,
  atMost: duration("90s").describe("How long the candidate has until it says that it is well."),
  every: duration("1s").describe("The time between two requests."),
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
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      "Where the edge is reached from where the release program runs. Without it, and on routers whose answers do not " +
        "tell the slot (`selector`, `ingressNginx`), checks go through the API server to the Service `<app>-preview`.",
    ),
  health: healthSchema.optional().describe("Asked again and again, before all other requests, until it passes once."),
  requests: z
    .array(checkSchema)
    .min(1)
    .describe("Sent to the candidate, by the route that only testers use, before any user's request reaches it."),
  warmup: warmupSchema,
});

export type Checks = z.infer<typeof checksSchema>;
export type Check = Checks["requests"][number];
export type Warmup = Checks["warmup"];
export type HealthCheck = NonNullable<Checks["health"]>;

/** What checks and the health poll have in common. */
export type Question = Pick<Check, "headers" | "headersFrom" | "status" | "answer" | "within" | "path">;

/** How long the health poll and all requests take at most, ms: every answer as late as it may be. */
export function longestChecks({ health, requests }: Pick<Checks, "health" | "requests">): number {
  const polled = health === undefined ? 0 : health.atMost + health.every + health.within;
  // What changes something is sent once more, as a GET before it.
  return requests.reduce((sum, { times, within }) => sum + (times + 1) * within, polled);
}

/** What a check is called where it is told of. */
export function nameCheck({ method, name, path }: Check): string {
  const request = `${method} ${path}`;
  return name === undefined ? request : `${name} (${request})`;
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
