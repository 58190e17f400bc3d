import { z } from "zod";
import { CANDIDATE_HEADER } from "./limits.ts";
import { cookieName, dnsLabel, headerName, percent, regex } from "./text.ts";

const valueMatch = {
  exact: z.string().min(1).optional().describe("The whole value."),
  regex: regex.optional().describe("A regular expression for the whole value."),
};

const oneOf = { error: 'give either "exact" or "regex"' };
const hasOne = (match: { exact?: string | undefined; regex?: string | undefined }): boolean =>
  (match.exact === undefined) !== (match.regex === undefined);

const cidr = z
  .union([z.cidrv4(), z.cidrv6()], { error: "write a network as 10.1.0.0/16 or 2001:db8::/32" })
  .describe("Network of the client's address.");

/** The header that each of the other conditions reads: a match cannot ask for it twice. */
const READ_BY = { cookie: "cookie", "user-agent": "userAgent", "x-forwarded-for": "cidr" } as const;

/** What a request must be like; all that is given must hold. */
const matchSchema = z
  .strictObject({
    header: z
      .strictObject({ name: headerName.describe("Name of the header, in lower case."), ...valueMatch })
      .refine(hasOne, oneOf)
      .optional()
      .describe("A header of the request."),
    cookie: z
      .strictObject({ name: cookieName.describe("Name of the cookie."), ...valueMatch })
      .refine(hasOne, oneOf)
      .optional()
      .describe("A cookie of the request."),
    userAgent: regex.optional().describe("A regular expression for the whole User-Agent header."),
    cidr: cidr.optional(),
  })
  .refine((match) => Object.values(match).some((part) => part !== undefined), {
    error: "matches every request: give a header, a cookie, a userAgent or a cidr",
  })
  .superRefine((match, ctx) => {
    const name = match.header?.name;
    const other = Object.entries(READ_BY).find(([header]) => header === name)?.[1];
    const add = (message: string) => ctx.addIssue({ code: "custom", path: ["header", "name"], message, input: name });
    if (other !== undefined && match[other] !== undefined) add(`is what ${other} reads: one match cannot ask twice`);
    if (name === CANDIDATE_HEADER) add("is the testers' header, which goes before every segment: use another");
  });

export const segmentSchema = z.strictObject({
  name: dnsLabel.describe("Name of the segment, for example `beta`, `internal`, `vip`."),
  goesTo: z
    .enum(["candidate", "stable"])
    .describe("Where its requests go while there is a candidate, whatever the weight: `stable` excludes the segment."),
  when: z.array(matchSchema).min(1).describe("Which requests belong to it: any of these matches."),
});

/** Who sees a candidate first, and who never does. */
export const audienceSchema = z
  .strictObject({
    segments: z
      .array(segmentSchema)
      .default([])
      .describe(
        "Named sets of users with a fixed side, in this order: the first that matches decides. Their requests take a " +
          "route of their own and are never evidence for the gate. Everyone else is split by the weight.",
      )
      .superRefine((segments, ctx) => {
        segments.forEach(({ name }, i) => {
          const first = segments.findIndex((other) => other.name === name);
          if (first < i) {
            ctx.addIssue({ code: "custom", path: [i, "name"], message: `is taken by segment ${first}`, input: name });
          }
        });
      }),
    sticky: z
      .strictObject({
        header: headerName.describe(
          "Header with the user's bucket, `00` to `99`: a stable hash of the user's id, set by the edge or the app. " +
            "Requests without it stay on stable.",
        ),
      })
      .optional()
      .describe("Keeps a user on one side: the candidate gets the buckets below the weight."),
    mirror: z
      .strictObject({
        percent: percent.min(1).describe("Share of stable's requests that is copied."),
      })
      .optional()
      .describe("Sends copies of requests to the candidate while its weight is 0, and drops its answers. Reads only!"),
  })
  .prefault({});

export type Audience = z.infer<typeof audienceSchema>;
export type Segment = z.infer<typeof segmentSchema>;
export type Match = z.infer<typeof matchSchema>;
