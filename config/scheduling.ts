import { z } from "zod";
import { dnsLabel, port } from "./text.ts";

/** Lets the number of pods follow the load. */
export const autoscalingSchema = z
  .strictObject({
    max: z.int().min(1).max(1_000).describe("Most pods of a version; the fewest are the replicas of its slot."),
    targetCpuPercent: z
      .int()
      .min(10)
      .max(100)
      .default(70)
      .describe("Processor time in percent of the request at which pods are added."),
  })
  .optional();

/** What an eviction, such as the draining of a node, may take at a time. */
export const disruptionSchema = z
  .strictObject({
    maxUnavailable: z.int().min(1).default(1).describe("Pods of a version that may be evicted at the same time."),
  })
  .prefault({});

/** Where pods go; both are wishes, so that a small cluster runs the service too. */
export const spreadSchema = z
  .strictObject({
    hosts: z.boolean().default(true).describe("Whether pods of a version avoid each other's nodes."),
    zones: z.boolean().default(true).describe("Whether pods of a version are spread evenly over the zones."),
  })
  .prefault({});

export const serviceAccountSchema = z
  .strictObject({
    token: z.boolean().default(false).describe("Whether pods get a token for the Kubernetes API."),
    annotations: z
      .record(z.string().min(1), z.string())
      .default({})
      .describe("Annotations of the ServiceAccount, by which a cloud gives it a role."),
  })
  .prefault({});

export const networkPolicySchema = z
  .strictObject({
    namespaces: z
      .array(dnsLabel)
      .min(1)
      .describe("Namespaces whose pods may connect: of the gateway, of Prometheus, of callers; the own one if wanted."),
    ports: z.array(port).default([]).describe("Ports that they may reach beside `app.port`."),
  })
  .optional();
