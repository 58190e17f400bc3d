import { z } from "zod";
import { SERIAL_ANNOTATION, STATE_ANNOTATION } from "../../config/limits.ts";
import { serviceHost, serviceNames } from "../../config/names.ts";
import type { KubernetesObject, RoutingHandle } from "../../config/outputs.ts";
import { releaseStateSchema, rolledBack, SLOTS, type ReleaseState, type Slot } from "../../config/release-state.ts";
import type { App } from "../../config/app.ts";
import { UserError } from "../errors.ts";
import type { Pods, Routing, TrafficSwitch } from "../ports.ts";
import type { Cluster } from "./kubernetes.ts";

const matchedHeaders = z.record(z.string(), z.looseObject({ regex: z.string().optional() })).default({});

const virtualServiceSchema = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  spec: z.object({
    http: z.array(
      z.object({
        name: z.string().optional(),
        match: z.array(z.looseObject({ headers: matchedHeaders })).optional(),
        route: z.array(z.object({ weight: z.number().default(0), destination: z.object({ host: z.string() }) })),
      }),
    ),
  }),
});

/** Reads and writes the VirtualService of a service, past Pulumi. */
export function createIstioSwitch(cluster: Cluster, app: App, pods: Pods): TrafficSwitch {
  const slotHost = (slot: Slot) => serviceHost(app, serviceNames.slot(app, slot));
  const read = async (): Promise<Routing> => {
    const id = {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      namespace: app.namespace,
      name: app.name,
    };
    const { metadata, spec } = await cluster.read(id, virtualServiceSchema);
    const weighted = spec.http.find(({ name }) => name === "weighted")?.route ?? [];
    const group = spec.http.find(({ name }) => name === "group");
    const buckets = countBuckets(group?.match ?? []);
    // Users with one of these buckets are taken from the share that the weighted route gives to the others.
    const weightOf = (slot: Slot) => {
      const ofSlot = ({ destination }: { destination: { host: string } }) => destination.host === slotHost(slot);
      const others = weighted.find(ofSlot)?.weight ?? 0;
      return (others * (100 - buckets)) / 100 + (group?.route.some(ofSlot) === true ? buckets : 0);
    };
    return {
      serial: Number(metadata.annotations[SERIAL_ANNOTATION] ?? 0),
      weights: { blue: weightOf("blue"), green: weightOf("green") },
      state: parseState(metadata.annotations[STATE_ANNOTATION], app),
    };
  };
  return {
    read,
    async takeBack(handle, aboveSerial) {
      const [routing, { ready }] = await Promise.all([read(), pods.inspect(handle.live)]);
      if (ready === 0) {
        throw new Error(`stable has no ready pod in slot ${handle.live}: traffic stays where it is`);
      }
      if (routing.state.live !== handle.live) {
        throw new Error(
          `${routing.state.live} is live in the cluster, but ${handle.live} when the stack was last updated: ` +
            'run "sluice sync" and "pulumi up" first',
        );
      }
      const state = { ...rolledBack(routing.state), serial: Math.max(aboveSerial, routing.serial) + 1 };
      await cluster.apply(withState(handle.back, state), handle.fieldManager);
      verifyBack(await read(), state);
      return state;
    },
  };
}

/** How many of the hundred buckets are sent to the candidate by name. */
function countBuckets(matches: readonly { readonly headers: z.output<typeof matchedHeaders> }[]): number {
  const patterns = matches
    .flatMap(({ headers }) => Object.values(headers))
    .flatMap(({ regex }) => (regex === undefined ? [] : [new RegExp(`^(?:${regex})$`)]));
  const buckets = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, "0"));
  return buckets.filter((bucket) => patterns.some((pattern) => pattern.test(bucket))).length;
}

/** The object with the annotations that tell its serial and state. */
function withState(object: RoutingHandle["back"], state: ReleaseState): KubernetesObject {
  const annotations = {
    ...object.metadata.annotations,
    [SERIAL_ANNOTATION]: String(state.serial),
    [STATE_ANNOTATION]: JSON.stringify(state),
  };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function verifyBack(now: Routing, state: ReleaseState): void {
  const astray = SLOTS.filter((slot) => now.weights[slot] !== (slot === state.live ? 100 : 0));
  if (astray.length === 0 && now.serial === state.serial) return;
  throw new Error(
    `written, but the router says serial ${now.serial}, blue ${now.weights.blue} %, green ${now.weights.green} %`,
  );
}

function parseState(text: string | undefined, app: App): ReleaseState {
  const parsed = releaseStateSchema.safeParse(text === undefined ? undefined : JSON.parse(text));
  if (parsed.success) return parsed.data;
  throw new UserError(
    `VirtualService ${app.namespace}/${app.name} carries no valid release state (annotation ${STATE_ANNOTATION}): ` +
      'it was not written by this stack; run "pulumi up" first.',
  );
}
