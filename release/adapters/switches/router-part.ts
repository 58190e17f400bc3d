import { z } from "zod";
import type { KubernetesObject } from "../../../config/outputs.ts";
import type { Slot } from "../../../config/release-state.ts";

/** Names one object of the cluster. */
export interface ObjectId {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** An object as the API server gives it. */
export const liveObjectSchema = z.looseObject({
  metadata: z.looseObject({
    annotations: z.record(z.string(), z.string()).default({}),
    managedFields: z
      .array(
        z.looseObject({
          manager: z.string().optional(),
          operation: z.string().optional(),
          subresource: z.string().optional(),
          fieldsV1: z.record(z.string(), z.unknown()).default({}),
        }),
      )
      .default([]),
  }),
});

export type LiveObject = z.infer<typeof liveObjectSchema>;

/** What a slot gets of the requests that reach an object, in percent. */
export type Shares = Readonly<Partial<Record<Slot, number>>>;

/** One object by which a router splits traffic: what it says, and how it says that one slot gets everything. */
export interface RouterPart {
  readonly id: ObjectId;
  /** What it does not give to a slot goes on to the next part. Forced requests, of testers and segments, do not count. */
  shares(object: LiveObject): Shares;
  /**
   * The object to apply so that one slot gets all requests, and nobody is forced to another: the same that the stack
   * program renders when there is no candidate.
   *
   * @param own what we hold of the object as it is; the rest belongs to others
   */
  sendAll(own: KubernetesObject, object: LiveObject, to: Slot): KubernetesObject;
}

/** The objects of one router. The first one carries serial and state. */
export type RouterParts = readonly [RouterPart, ...RouterPart[]];
