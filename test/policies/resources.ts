import type { Resource } from "../../policies/resource.ts";
import { fromPulumi } from "../../policies/sources/pulumi.ts";

import type { Body } from "./objects.ts";

/** Changes of objects: `"<which>.<path>"`, to a value or, with `undefined`, to nothing. */
export type Changes = Readonly<Record<string, unknown>>;

export function change(bodies: readonly Body[], changes: Changes): readonly Body[] {
  const copy = structuredClone(bodies) as unknown as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split("/");
    const last = keys.pop() ?? "";
    const holder = keys.reduce<Record<string, unknown>>((part, key) => {
      part[key] ??= {};
      return part[key] as Record<string, unknown>;
    }, copy);
    if (value === undefined) Reflect.deleteProperty(holder, last);
    else holder[last] = structuredClone(value);
  }
  return copy as unknown as readonly Body[];
}

/** The error by which the tests' engine refuses to show a value. */
export class NotYet extends Error {}

/** The objects as a stack's; the value at a path is not known yet. */
export function asResources(bodies: readonly Body[], unknown?: string, ignoreChanges: readonly string[] = []) {
  if (unknown !== undefined) {
    const keys = unknown.split("/");
    const last = keys.pop() ?? "";
    const holder = keys.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], bodies);
    Object.defineProperty(holder, last, {
      enumerable: true,
      configurable: true,
      get() {
        throw new NotYet();
      },
    });
  }
  return bodies
    .map((props, i) => {
      const { apiVersion, kind } = props;
      const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
      const urn = `urn:pulumi:production::shop::${type}::r${i}`;
      return fromPulumi({ type, urn, name: `r${i}`, props, ignoreChanges }, (error) => error instanceof NotYet);
    })
    .filter((resource): resource is Resource => resource !== undefined);
}

/** The objects as `pulumi stack export` has them. */
export function asExported(bodies: readonly Body[], stack = "production"): unknown {
  const resources = bodies.map((inputs, i) => {
    const { apiVersion, kind } = inputs;
    const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
    return { urn: `urn:pulumi:${stack}::shop::${type}::r${i}`, type, inputs };
  });
  return { version: 3, deployment: { resources } };
}
