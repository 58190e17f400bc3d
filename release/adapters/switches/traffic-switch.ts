import { FIELD_MANAGER, SERIAL_ANNOTATION, STATE_ANNOTATION } from "../../../config/limits.ts";
import type { KubernetesObject } from "../../../config/outputs.ts";
import {
  releaseStateSchema,
  rolledBack,
  SLOTS,
  switched,
  type ReleaseState,
  type Slot,
} from "../../../config/release-state.ts";
import { UserError } from "../../errors.ts";
import type { Pods, Routing, TrafficSwitch } from "../../ports.ts";
import type { Cluster } from "../kubernetes.ts";
import { takeOwned } from "./owned-fields.ts";
import { liveObjectSchema, type LiveObject, type ObjectId, type RouterPart, type RouterParts } from "./router-part.ts";
import { passOn } from "./shares.ts";
import { parseJson } from "../parse-json.ts";

/** A part of the router as it is now. */
interface Found {
  readonly part: RouterPart;
  readonly object: LiveObject;
}

interface Look {
  readonly routing: Routing;
  readonly found: readonly Found[];
}

/**
 * Reads and writes a router past Pulumi: every object is applied whole, under the field manager that Pulumi uses for it,
 * with a serial above all others, and is read back.
 */
export function createTrafficSwitch(cluster: Cluster, parts: RouterParts, pods: Pick<Pods, "inspect">): TrafficSwitch {
  const look = async (): Promise<Look> => {
    const read = parts.map(async (part) => ({ part, object: await cluster.read(part.id, liveObjectSchema) }));
    const found = await Promise.all(read);
    const annotations = found[0]?.object.metadata.annotations ?? {};
    const routing = {
      serial: Number(annotations[SERIAL_ANNOTATION] ?? 0),
      weights: passOn(found.map(({ object, part }) => part.shares(object))),
      state: parseState(annotations[STATE_ANNOTATION], parts[0].id),
    };
    return { routing, found };
  };

  const requireReady = async (slot: Slot, role: string): Promise<void> => {
    const { ready } = await pods.inspect(slot);
    if (ready === 0) throw new Error(`${role} has no ready pod in slot ${slot}: traffic stays where it is`);
  };

  /** The first object has serial and state; with it the traffic moves, so the others come after it. */
  const put = async ([first, ...others]: readonly KubernetesObject[], state: ReleaseState, manager: string) => {
    if (first !== undefined) await cluster.apply(withState(first, state), manager);
    await Promise.all(others.map((object) => cluster.apply(object, manager)));
    verify((await look()).routing, state);
    return state;
  };

  return {
    read: async () => (await look()).routing,
    async takeBack(handle, aboveSerial) {
      const { found, routing } = await look();
      const { live } = routing.state;
      await requireReady(live, "stable");
      if (handle !== undefined && !("fieldManager" in handle)) {
        throw new Error(`the stack was last updated with router ${handle.kind}, which is not in a cluster`);
      }
      if (handle !== undefined && handle.live !== live) {
        throw new Error(
          `${live} is live in the cluster, but ${handle.live} when the stack was last updated: ` +
            'run "sluice sync" and "pulumi up" first',
        );
      }
      const state = { ...rolledBack(routing.state), serial: Math.max(aboveSerial, routing.serial) + 1 };
      return handle === undefined
        ? put(sendAll(found, live), state, FIELD_MANAGER)
        : put([handle.back, ...(handle.beside ?? [])], state, handle.fieldManager);
    },
    async switchTo(slot, aboveSerial) {
      const { found, routing } = await look();
      const { state } = routing;
      const isLive = state.live === slot;
      // Done already, by whoever did it first.
      if (isLive && state.candidate === undefined && routing.weights[slot] === 100) return state;
      await requireReady(slot, state[slot]?.version ?? "nothing");
      const next = isLive ? rolledBack(state) : switched(state);
      const serial = Math.max(aboveSerial, routing.serial) + 1;
      return put(sendAll(found, slot), { ...next, serial }, FIELD_MANAGER);
    },
  };
}

/**
 * The router's objects as they are when all traffic is on one slot, made from what they are now.
 *
 * @throws Error when they do not know that slot any more, because somebody has written them by hand
 */
function sendAll(found: readonly Found[], to: Slot): readonly KubernetesObject[] {
  const objects = found.map(({ object, part }) => part.sendAll(takeOwned(part.id, object, FIELD_MANAGER), object, to));
  const shares = found.map(({ part }, i) => part.shares(liveObjectSchema.parse(objects[i])));
  if (passOn(shares)[to] === 100) return objects;
  const names = found.map(({ part: { id } }) => `${id.kind} ${id.namespace}/${id.name}`).join(" and ");
  throw new Error(`${names} has no route to slot ${to} that traffic could be put on: run "pulumi up"`);
}

/** The object with the annotations that tell its serial and state. */
function withState(object: KubernetesObject, state: ReleaseState): KubernetesObject {
  const annotations = {
    ...object.metadata.annotations,
    [SERIAL_ANNOTATION]: String(state.serial),
    [STATE_ANNOTATION]: JSON.stringify(state),
  };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

function verify(now: Routing, state: ReleaseState): void {
  const astray = SLOTS.filter((slot) => now.weights[slot] !== (slot === state.live ? 100 : 0));
  if (astray.length === 0 && now.serial === state.serial) return;
  throw new Error(
    `written, but the router says serial ${now.serial}, blue ${now.weights.blue} %, green ${now.weights.green} %`,
  );
}

function parseState(text: string | undefined, { kind, name, namespace }: ObjectId): ReleaseState {
  const parsed = releaseStateSchema.safeParse(parseJson(text ?? ""));
  if (parsed.success) return parsed.data;
  throw new UserError(
    `${kind} ${namespace}/${name} carries no valid release state (annotation ${STATE_ANNOTATION}): ` +
      'it was not written by this stack; run "pulumi up" first.',
  );
}
