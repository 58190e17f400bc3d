import { z } from "zod";
import { SLOTS } from "./release-state.ts";
import { ROUTER_KINDS } from "./router.ts";

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

/** What the stack program hands to the release program: how to take traffic back without it. */
export const routingHandleSchema = z.object({
  kind: z.enum(ROUTER_KINDS),
  /** The manager under which the object must be written, so that the next `pulumi up` finds no foreign hand in it. */
  fieldManager: z.string(),
  /** The slot of stable, to which `back` sends all traffic. */
  live: z.enum(SLOTS),
  /** The whole router object with all traffic on stable; the same for every weight, but for serial and state. */
  back: kubernetesObjectSchema,
  /** Whole objects that must lead to stable too, for the way back from a promotion that was cut off. */
  beside: z.array(kubernetesObjectSchema).optional(),
  /** What this update set, from which the next one learns the weight before its own. */
  moved: z.object({ serial: z.number(), weight: z.number(), previousWeight: z.number() }).optional(),
});

export type RoutingHandle = z.infer<typeof routingHandleSchema>;
