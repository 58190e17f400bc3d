import { isTree } from "../reading/read.ts";
import { isReviewed, Resource } from "../resource.ts";
import { copyKnown, type IsUnknownError } from "../unknowns.ts";

/** A resource as Pulumi knows it: of an engine that asks, or of an exported state. */
export interface PulumiResource {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly props: unknown;
  readonly ignoreChanges: readonly string[];
}

/**
 * The object of Kubernetes that a resource is; nothing for components, providers and whatever no rule speaks of.
 *
 * @param isUnknown tells the error by which a property refuses to show a value that is not known yet
 */
export function fromPulumi(resource: PulumiResource, isUnknown: IsUnknownError = () => false): Resource | undefined {
  const { ignoreChanges, name, props, type, urn } = resource;
  const [, apiGroup = "", kind = ""] = /^kubernetes:([^/]+)\/[^:]+:(\w+)$/.exec(type) ?? [];
  const group = apiGroup === "core" ? "" : apiGroup;
  if (!isReviewed(group, kind)) return undefined;
  return new Resource({ apiGroup: group, kind, logicalName: name, urn, ignoreChanges }, () => {
    const copy = copyKnown(props, isUnknown);
    return isTree(copy) ? copy : {};
  });
}

/** The stack of a resource: `urn:pulumi:<stack>::<project>::…`. */
export function stackOfUrn(urn: string): string {
  return urn.split("::")[0]?.split(":").at(-1) ?? "";
}
