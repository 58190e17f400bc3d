import type * as pulumi from "@pulumi/pulumi";
import type { App } from "../../config/app.ts";
import type { Audience } from "../../config/audience.ts";
import { previousWeight, type LastUpdate } from "../../config/last-update.ts";
import {
  FIELD_MANAGER,
  PREVIOUS_WEIGHT_ANNOTATION,
  SERIAL_ANNOTATION,
  SETTINGS_ANNOTATION,
  STACK_SERIAL_ANNOTATION,
  STATE_ANNOTATION,
} from "../../config/limits.ts";
import type { KubernetesHandle, KubernetesObject } from "../../config/outputs.ts";
import { rolledBack, type ReleaseState } from "../../config/release-state.ts";
import type { RolloutSettings } from "../../config/rollout-settings.ts";
import type { KubernetesRouter } from "../../config/router.ts";
import type { Split } from "../../config/split.ts";

/** What a router is told: whom it sends where. */
export interface Routing<R extends KubernetesRouter = KubernetesRouter> {
  readonly app: App;
  readonly router: R;
  readonly audience: Audience;
  /** How users who belong to no segment are split. */
  readonly split: Split;
  readonly state: ReleaseState;
  /** What reviewers are told of the stack's rollouts; without it: nothing. */
  readonly settings?: RolloutSettings | undefined;
  /** What the stack's last update left; without it: there was none. */
  readonly last?: LastUpdate;
}

/** What a router is declared by. */
export interface Routes {
  /** The object that holds the weights: the last to be written. */
  readonly weights: pulumi.Resource;
  /** How to take the traffic back without this program. */
  readonly handle: KubernetesHandle;
}

/** `dependsOn` is what must be there before any traffic is routed: the object of the weights waits for it. */
export interface RouteOptions extends pulumi.CustomResourceOptions {
  readonly dependsOn?: pulumi.Resource[];
}

/** Objects of one kind that route a service's traffic. */
export interface RoutingObjects {
  readonly apiGroup: string;
  /** Plural name of the objects' kind. */
  readonly resource: string;
  readonly names: readonly string[];
}

/** The objects by which a router splits traffic, for the admission policy that guards them. */
export interface Guard extends RoutingObjects {
  /** CEL expression over `object` and `oldObject`: whether a write leaves the routing as it is. */
  readonly unchanged: string;
}

/** CEL: whether this field is the same before and after; absent in both is the same, and no error. */
export function sameField(field: string): string {
  const [object, old] = [`object.${field}`, `oldObject.${field}`];
  return `(has(${object}) == has(${old}) && (!has(${object}) || ${object} == ${old}))`;
}

/** Annotations of the object that holds the weights: who may write it, what it stands for, what came before. */
export function routingAnnotations({ last, settings, state }: Routing): Readonly<Record<string, string>> {
  return {
    [SERIAL_ANNOTATION]: String(state.serial),
    [STATE_ANNOTATION]: JSON.stringify(state),
    [PREVIOUS_WEIGHT_ANNOTATION]: String(previousWeight(state, last)),
    ...(last !== undefined && last.serial > state.serial ? { [STACK_SERIAL_ANNOTATION]: String(last.serial) } : {}),
    ...(settings === undefined ? {} : annotateSettings(settings)),
    ...OURS,
  };
}

/** On the object that holds the weights, or on the one that makes the pods where others hold them. */
export function annotateSettings(settings: RolloutSettings): Readonly<Record<string, string>> {
  return { [SETTINGS_ANNOTATION]: JSON.stringify(settings) };
}

/**
 * On each object that the release program writes too. A list of routes is one atomic field: two managers of it would be a
 * conflict at every write.
 */
export const OURS = { "pulumi.com/patchFieldManager": FIELD_MANAGER } as const;

/**
 * The handle by which the release program takes the traffic back: the object of the weights, and those that lead to the
 * live slot beside it.
 */
export function handleOf<R extends KubernetesRouter>(
  routing: Routing<R>,
  render: (routing: Routing<R>) => KubernetesObject,
  renderBeside?: (routing: Routing<R>) => KubernetesObject,
): KubernetesHandle {
  const { last, router, state } = routing;
  const back = { ...routing, state: rolledBack(state), last: undefined };
  const moved = {
    serial: state.serial,
    weight: state.candidate === undefined ? 0 : state.weight,
    previousWeight: previousWeight(state, last),
  };
  const beside = renderBeside === undefined ? {} : { beside: [{ ...renderBeside(back) }] };
  return {
    kind: router.kind,
    fieldManager: FIELD_MANAGER,
    live: state.live,
    back: { ...render(back) },
    ...beside,
    moved,
  };
}
