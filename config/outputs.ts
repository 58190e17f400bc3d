import { z } from "zod";
import { SLOTS } from "./release-state.ts";
import { EDGE_ROUTERS, KUBERNETES_ROUTERS } from "./router.ts";

/** A complete Kubernetes object, as it is applied. */
const kubernetesObjectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string(),
    namespace: z.string(),
    annotations: z.record(z.string(), z.string()),
  }),
});

export type KubernetesObject = z.infer<typeof kubernetesObjectSchema>;

/** What an update set, from which the next one learns the weight before its own. */
const movedSchema = z.object({ serial: z.number(), weight: z.number(), previousWeight: z.number() });

const kubernetesHandleSchema = z.object({
  kind: z.enum(KUBERNETES_ROUTERS),
  /** The manager under which the object must be written, so that the next `pulumi up` finds no foreign hand in it. */
  fieldManager: z.string(),
  /** The slot of stable, to which `back` sends all traffic. */
  live: z.enum(SLOTS),
  /** The whole router object with all traffic on stable; the same for every weight, but for serial and state. */
  back: kubernetesObjectSchema,
  /** Whole objects that must lead to stable too, for the way back from a promotion that was cut off. */
  beside: z.array(kubernetesObjectSchema).optional(),
  moved: movedSchema.optional(),
});

const edgeHandleSchema = z.object({
  kind: z.enum(EDGE_ROUTERS),
  /** Name of the edge's container. */
  edge: z.string(),
  /** The slot of stable. The way back is rendered from what the edge itself keeps. */
  live: z.enum(SLOTS),
  moved: movedSchema.optional(),
});

/** What the stack program hands to the release program: how to take traffic back without it. */
export const routingHandleSchema = z.union([kubernetesHandleSchema, edgeHandleSchema]);

export type KubernetesHandle = z.infer<typeof kubernetesHandleSchema>;
export type EdgeHandle = z.infer<typeof edgeHandleSchema>;
export type RoutingHandle = z.infer<typeof routingHandleSchema>;
