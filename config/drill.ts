import { z } from "zod";
import { duration, durationText } from "./duration.ts";
import { headerName, port, urlPath } from "./text.ts";

const faultSchema = z.strictObject({
  path: urlPath.describe("Path of the request that switches the fault on, sent to each pod of the candidate."),
  method: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]).default("POST").describe("Method of the request."),
  port: port.optional().describe("Port of the pods. Without it: `app.port`."),
  headers: z.record(headerName, z.string()).default({}).describe("Headers of the request."),
  body: z.string().optional().describe("Body of the request; give its `content-type` as a header."),
  within: durationText.optional().describe("The same as `drill.within`, for this fault."),
  atMostFailing: z.int().min(0).optional().describe("How many requests may fail until then. Without it: any number."),
});

export type Fault = z.infer<typeof faultSchema>;

/** Faults for `sluice drill`, which shows that a bad version is found and taken off. */
export const drillSchema = z
  .strictObject({
    production: z
      .boolean()
      .default(true)
      .describe("Whether users depend on this stack: a drill then needs `--in-production`."),
    within: duration("1m").describe("The longest time from a fault's injection until all traffic is on stable."),
    faults: z.record(z.string(), faultSchema).default({}).describe("Faults by names of your choice."),
  })
  .prefault({});
