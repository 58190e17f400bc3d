import { ApiException, CoreV1Api, KubernetesObjectApi, PatchStrategy } from "@kubernetes/client-node";
import { z } from "zod";
import type { KubernetesObject } from "../../config/outputs.ts";
import { messageOf } from "../errors.ts";
import { endInTime } from "./end-in-time.ts";
import { loadKubeConfig } from "./kube-config.ts";
import { parseJson } from "./parse-json.ts";

const TIMEOUT_MS = 5_000;

/** The API server, as far as releases need it. Each call ends within five seconds and fails with one readable message. */
export interface Cluster {
  read<T>(
    kind: { apiVersion: string; kind: string; namespace: string; name: string },
    schema: z.ZodType<T>,
  ): Promise<T>;
  /** `undefined` where there is none. */
  find<T>(
    kind: { apiVersion: string; kind: string; namespace: string; name: string },
    schema: z.ZodType<T>,
  ): Promise<T | undefined>;
  /** `undefined` where there is one already. */
  create(object: PlainObject): Promise<unknown>;
  /** Only what `metadata.resourceVersion` names is replaced: `undefined` where somebody else wrote since. */
  replace(object: PlainObject): Promise<unknown>;
  /** No error where there is none. */
  remove(kind: { apiVersion: string; kind: string; namespace: string; name: string }): Promise<void>;
  list<T>(
    kind: { apiVersion: string; kind: string; namespace: string; selector: string },
    schema: z.ZodType<T>,
  ): Promise<T>;
  /** The last lines that a pod's container wrote. */
  readLog(pod: { namespace: string; name: string }, lines: number): Promise<string>;
  /** A forced server-side apply of the complete object. */
  apply(object: KubernetesObject, fieldManager: string): Promise<void>;
}

/** An object without the annotations that routers need. */
interface PlainObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly namespace: string; readonly name: string; readonly resourceVersion?: string };
}

/** The cluster that `KUBECONFIG` (or the in-cluster account) names. */
export function connectCluster(): Cluster {
  const config = loadKubeConfig();
  const api = KubernetesObjectApi.makeApiClient(config);
  const core = config.makeApiClient(CoreV1Api);
  return {
    async read({ apiVersion, kind, name, namespace }, schema) {
      const object = await bounded(
        `read ${kind} ${namespace}/${name}`,
        api.read({ apiVersion, kind, metadata: { name, namespace } }),
      );
      return schema.parse(object);
    },
    async find({ apiVersion, kind, name, namespace }, schema) {
      const call = unless(404, api.read({ apiVersion, kind, metadata: { name, namespace } }));
      const object = await bounded(`read ${kind} ${namespace}/${name}`, call);
      return object === undefined ? undefined : schema.parse(object);
    },
    create: (object) => bounded(`create ${describeObject(object)}`, unless(409, api.create(object))),
    replace: (object) => bounded(`replace ${describeObject(object)}`, unless(409, api.replace(object))),
    async remove({ apiVersion, kind, name, namespace }) {
      const object: PlainObject = { apiVersion, kind, metadata: { name, namespace } };
      await bounded(`delete ${describeObject(object)}`, unless(404, api.delete(object)));
    },
    async list({ apiVersion, kind, namespace, selector }, schema) {
      const list = api.list(apiVersion, kind, namespace, undefined, undefined, undefined, undefined, selector);
      return schema.parse(await bounded(`list ${kind} in ${namespace}`, list));
    },
    async readLog({ name, namespace }, lines) {
      const text = core.readNamespacedPodLog({ name, namespace, tailLines: lines });
      return bounded(`read the log of ${namespace}/${name}`, text);
    },
    async apply(object, fieldManager) {
      const { kind, metadata } = object;
      const written = api.patch(object, undefined, undefined, fieldManager, true, PatchStrategy.ServerSideApply);
      await bounded(`apply ${kind} ${metadata.namespace}/${metadata.name}`, written);
    },
  };
}

/** Labels as a selector of all objects that carry them. */
export function selectLabels(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(",");
}

function describeObject({ kind, metadata }: PlainObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}

/** An answer that is no failure, but tells that there is nothing to give. */
async function unless<T>(code: number, call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof ApiException && error.code === code) return undefined;
    throw error;
  }
}

/** Ends a call within the bound for all calls, and puts what failed into one message. */
export function bounded<T>(what: string, call: Promise<T>): Promise<T> {
  return endInTime(`API server, ${what}`, call, TIMEOUT_MS, describeApiError);
}

const statusSchema = z.object({ message: z.string() });

/** The server's own words, out of a message that repeats the whole HTTP answer. */
function describeApiError(error: unknown): string {
  const body: unknown = error instanceof Error && "body" in error ? error.body : undefined;
  const parsed = statusSchema.safeParse(typeof body === "string" ? parseJson(body) : body);
  if (parsed.success) return parsed.data.message;
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)} (${messageOf(cause)})`;
}
