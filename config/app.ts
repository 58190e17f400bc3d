import { z } from "zod";
import { dnsLabel, port } from "./text.ts";

export const appSchema = z.strictObject({
  name: dnsLabel.describe("Name of the service; its objects are called after it."),
  namespace: dnsLabel.describe("Namespace that holds the service; the stack creates it."),
  port: port
    .default(8080)
    .describe("Port on which the container listens for users' requests and for the probes, and port of the Services."),
});

export type App = z.infer<typeof appSchema>;
