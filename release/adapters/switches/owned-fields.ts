import type { KubernetesObject } from "../../../config/outputs.ts";
import type { LiveObject, ObjectId } from "./router-part.ts";

type Tree = Readonly<Record<string, unknown>>;

/**
 * What a field manager holds of an object: what it applied last, as the API server remembers it. To apply anything else
 * would give away what it holds, or take from others what is theirs: finalizers, annotations of controllers, defaults.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function takeOwned({ apiVersion, kind, name, namespace }: ObjectId, object: LiveObject, manager: string) {
  const held = object.metadata.managedFields.filter(
    (entry) => entry.manager === manager && entry.operation === "Apply" && entry.subresource === undefined,
  );
  const { metadata, ...fields } = held.reduce<Tree>((all, { fieldsV1 }) => ({ ...all, ...pick(object, fieldsV1) }), {});
  const { annotations, ...others } = asTree(metadata);
  const texts = Object.entries(asTree(annotations)).flatMap(([key, value]) =>
    typeof value === "string" ? [[key, value] as const] : [],
  );
  const own = { ...others, name, namespace, annotations: Object.fromEntries(texts) };
  return { ...fields, apiVersion, kind, metadata: own } satisfies KubernetesObject;
}

/**
 * The part of an object that a set of fields names: `f:<name>` of an object, `k:<keys>` of a list whose elements have a
 * key, `v:<value>` of a set. Without any of them the whole value is one field.
 */
function pick(object: Tree, fields: Tree): Tree {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([key, inner]) => {
      const name = key.startsWith("f:") ? key.slice(2) : undefined;
      if (name === undefined || !(name in object)) return [];
      return [[name, pickValue(object[name], asTree(inner))] as const];
    }),
  );
}

function pickValue(value: unknown, fields: Tree): unknown {
  if (Object.keys(fields).length === 0) return value;
  if (Array.isArray(value)) return value.flatMap((element: unknown) => pickElement(element, fields));
  return pick(asTree(value), fields);
}

function pickElement(element: unknown, fields: Tree): readonly unknown[] {
  for (const [key, inner] of Object.entries(fields)) {
    if (key.startsWith("v:") && JSON.stringify(element) === key.slice(2)) return [element];
    if (!key.startsWith("k:")) continue;
    const keys = asTree(JSON.parse(key.slice(2)));
    const tree = asTree(element);
    if (Object.entries(keys).every(([name, value]) => tree[name] === value)) {
      return [{ ...keys, ...pick(tree, asTree(inner)) }];
    }
  }
  return [];
}

/** The client gives objects of Kubernetes' own kinds as instances of classes: any object will do. */
function asTree(value: unknown): Tree {
  return isTree(value) ? value : {};
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
