import { z } from "zod";
import { duration } from "./duration.ts";
import { urlPath } from "./text.ts";

/** A network of 64 to 65,536 addresses, a quarter of which each slot gets. */
const NETWORK_BITS = { most: 26, fewest: 16 };

const healthSchema = z
  .strictObject({
    path: urlPath.default("/actuator/health").describe("Answers 200 when the container may get traffic."),
    client: z
      .enum(["wget", "curl"])
      .default("wget")
      .describe("The program in the service's image that asks. Most images of JVMs have `wget`."),
    interval: duration("10s").describe("How often it is asked."),
    timeout: duration("5s").describe("How long an answer may take."),
    retries: z.int().min(1).default(3).describe("Failures in a row that make a container unhealthy."),
    startPeriod: duration("60s").describe("How long failures do not count while the service starts."),
  })
  .prefault({});

/** The Docker host that a service runs on. */
export const dockerSchema = z
  .strictObject({
    host: z
      .string()
      .regex(
        /^(unix:\/\/\/\S+|ssh:\/\/[^\s/]+|tcp:\/\/[^\s/:]+:\d+)$/,
        "write it as unix:///var/run/docker.sock, ssh://user@host or tcp://host:2376",
      )
      .optional()
      .describe(
        "Address of the engine: `unix:///<socket>`, `ssh://user@host` or `tcp://host:2376`. Without it: `DOCKER_HOST`, else " +
          "`/var/run/docker.sock`.",
      ),
    tls: z
      .string()
      .min(1)
      .optional()
      .describe("Directory with `ca.pem`, `cert.pem` and `key.pem`, for an engine at `tcp://`."),
    subnet: z
      .cidrv4()
      .refine((network) => {
        const bits = Number(network.split("/")[1]);
        return bits >= NETWORK_BITS.fewest && bits <= NETWORK_BITS.most;
      }, `must be a network of /${NETWORK_BITS.fewest} to /${NETWORK_BITS.most}`)
      .default("172.29.0.0/24")
      .describe(
        "Network of the containers, which no other network of the host may overlap. Each slot has a quarter of it: a " +
          "container's address follows from its slot and number, so the edge needs no names.",
      ),
    user: z
      .string()
      .regex(/^[1-9]\d*:[1-9]\d*$/, "write it as two numbers, for example 10001:10001; root is not allowed")
      .default("10001:10001")
      .describe("User and group of the service's processes, by their numbers."),
    health: healthSchema.describe("How Docker knows the state of a container of the service."),
  })
  .superRefine(({ host, tls }, ctx) => {
    const isTcp = host?.startsWith("tcp://") ?? false;
    if (isTcp && tls === undefined) {
      const message = "is missing: an engine that listens on the network without it gives the host away";
      ctx.addIssue({ code: "custom", path: ["tls"], message });
    }
    if (!isTcp && host !== undefined && tls !== undefined) {
      ctx.addIssue({ code: "custom", path: ["tls"], message: `is for hosts at tcp://, not ${host}: remove it` });
    }
  })
  .optional();

export type Docker = NonNullable<z.infer<typeof dockerSchema>>;
