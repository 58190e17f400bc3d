import {
  PREVIOUS_WEIGHT_ANNOTATION,
  SERIAL_ANNOTATION,
  SETTINGS_ANNOTATION,
  STACK_SERIAL_ANNOTATION,
  STATE_ANNOTATION,
} from "../../config/limits.ts";
import { releaseStateSchema, type ReleaseState } from "../../config/release-state.ts";
import { rolloutSettingsSchema, type RolloutSettings } from "../../config/rollout-settings.ts";
import type { Resource } from "../resource.ts";
import { numberAt } from "./read.ts";

/** Kinds of objects by which the stack program splits traffic. */
export const WEIGHTED = ["VirtualService", "HTTPRoute", "Ingress", "KongPlugin", "Service"] as const;

/** Kinds of objects that say what their stack's rollouts are like. */
export const ROLLOUT_OBJECTS = [...WEIGHTED, "Deployment", "Rollout"] as const;

/** Whether this is the object by which the stack program splits the traffic of a service. */
export function isWeightedByUs({ annotations }: Resource): boolean {
  return annotations[SERIAL_ANNOTATION] !== undefined;
}

/** The release state that a router's object stands for; nothing for objects of others. */
export function stateOf({ annotations }: Resource): ReleaseState | undefined {
  const parsed = releaseStateSchema.safeParse(parseJson(annotations[STATE_ANNOTATION]));
  return parsed.success ? parsed.data : undefined;
}

/** What a stack says about its rollouts; nothing for objects of others. */
export function settingsOf({ annotations }: Resource): RolloutSettings | undefined {
  const parsed = rolloutSettingsSchema.safeParse(parseJson(annotations[SETTINGS_ANNOTATION]));
  return parsed.success ? parsed.data : undefined;
}

export function previousWeightOf({ annotations }: Resource): number | undefined {
  return numberAt(annotations[PREVIOUS_WEIGHT_ANNOTATION]);
}

export function serialsOf({ annotations }: Resource) {
  return {
    serial: annotations[SERIAL_ANNOTATION],
    stackSerial: numberAt(annotations[STACK_SERIAL_ANNOTATION]),
  };
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
