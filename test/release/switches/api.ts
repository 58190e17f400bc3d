import type { KubernetesObject } from "../../../config/outputs.ts";
import type { Cluster } from "../../../release/adapters/kubernetes.ts";
import { NO_CLUSTER } from "../no-cluster.ts";

type Tree = Readonly<Record<string, unknown>>;

/** What an apply has written, and under which name. */
export interface Applied {
  readonly object: KubernetesObject;
  readonly manager: string;
}

/** An API server with a few objects. What is applied takes the place of what was there, but for what others hold of it. */
export class Api implements Cluster {
  readonly applied: Applied[] = [];
  readonly create = NO_CLUSTER.create;
  readonly replace = NO_CLUSTER.replace;
  readonly remove = NO_CLUSTER.remove;
  readonly #objects = new Map<string, KubernetesObject>();
  /** Runs after each apply, for example to undo it. */
  onApply: (object: KubernetesObject) => void = () => undefined;

  constructor(...objects: readonly KubernetesObject[]) {
    for (const object of objects) this.put(object);
  }

  /** An object as one manager has applied it, with what the server and others add. */
  put(object: KubernetesObject, manager = "sluice"): void {
    const { annotations, ...metadata } = object.metadata;
    const live = {
      ...object,
      metadata: {
        ...metadata,
        annotations: { ...annotations, "others.example.com/own": "kept" },
        uid: "5f0c",
        resourceVersion: "77",
        finalizers: ["others.example.com/finalizer"],
        managedFields: [
          { manager: "others", operation: "Update", fieldsV1: OTHERS },
          { manager, operation: "Apply", fieldsV1: fieldsOf(object) },
          { manager, operation: "Apply", subresource: "status", fieldsV1: { "f:status": {} } },
        ],
      },
      status: { loadBalancer: {} },
    };
    this.#objects.set(keyOf(object.kind, object.metadata), live);
  }

  read: Cluster["read"] = ({ kind, name, namespace }, schema) => {
    const object = this.#objects.get(keyOf(kind, { name, namespace }));
    if (object === undefined)
      return Promise.reject(new Error(`API server, read ${kind} ${namespace}/${name}: not found`));
    return Promise.resolve(schema.parse(structuredClone(object)));
  };

  find: Cluster["find"] = async (id, schema) =>
    this.#objects.has(keyOf(id.kind, id)) ? this.read(id, schema) : undefined;

  apply: Cluster["apply"] = (object, manager) => {
    this.applied.push({ object, manager });
    this.put(object, manager);
    this.onApply(object);
    return Promise.resolve();
  };

  list = () => Promise.reject(new Error("not asked for"));
  readLog = () => Promise.reject(new Error("not asked for"));
}

const OTHERS = {
  "f:metadata": {
    "f:annotations": { "f:others.example.com/own": {} },
    "f:finalizers": { ".": {}, 'v:"others.example.com/finalizer"': {} },
  },
};

function keyOf(kind: string, { name, namespace }: { readonly name: string; readonly namespace: string }): string {
  return `${kind} ${namespace}/${name}`;
}

/** The fields of an object as its manager holds them: lists are one field each. */
function fieldsOf({ apiVersion, kind, metadata, ...rest }: KubernetesObject): Tree {
  const { name, namespace, ...own } = metadata;
  return fieldsOfTree({ metadata: own, ...rest });
}

function fieldsOfTree(tree: Tree): Tree {
  const inner = (value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value) ? fieldsOfTree(value as Tree) : {};
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [`f:${key}`, inner(value)]));
}
