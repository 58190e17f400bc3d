import { z } from "zod";
import { isMissing, type Engine } from "../../../engine/connect.ts";
import { labelsSchema } from "../../../engine/container-options.ts";
import { messageOf } from "../../errors.ts";
import type { ResourceKind } from "../serve.ts";

/** Whether the engine knows something. */
export async function isThere(inspect: () => Promise<unknown>): Promise<boolean> {
  try {
    await inspect();
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/** Does nothing where there is nothing to be removed. */
export async function removeIfThere(remove: () => Promise<unknown>): Promise<void> {
  await isThere(remove);
}

const networkInputs = z.object({
  name: z.string(),
  ipamConfigs: z.array(z.object({ subnet: z.string(), ipRange: z.string().optional() })).default([]),
  labels: labelsSchema,
});

export const network: ResourceKind<Engine> = {
  inputs: ["name", "ipamConfigs", "labels"],
  async create(engine, inputs) {
    const { ipamConfigs, labels, name } = networkInputs.parse(inputs);
    const made = await engine.createNetwork({
      Name: name,
      CheckDuplicate: true,
      Driver: "bridge",
      Labels: labels,
      IPAM: {
        Driver: "default",
        Config: ipamConfigs.map(({ ipRange, subnet }) => ({
          Subnet: subnet,
          ...(ipRange === undefined ? {} : { IPRange: ipRange }),
        })),
      },
    });
    return { id: made.id, outs: {} };
  },
  exists: (engine, id) => isThere(() => engine.getNetwork(id).inspect()),
  remove: (engine, id) => removeIfThere(() => engine.getNetwork(id).remove()),
};

const volumeInputs = z.object({ name: z.string(), labels: labelsSchema });

export const volume: ResourceKind<Engine> = {
  inputs: ["name", "labels"],
  async create(engine, inputs) {
    const { labels, name } = volumeInputs.parse(inputs);
    await engine.createVolume({ Name: name, Labels: labels });
    return { id: name, outs: {} };
  },
  exists: (engine, id) => isThere(() => engine.getVolume(id).inspect()),
  remove: (engine, id) => removeIfThere(() => engine.getVolume(id).remove()),
};

const imageInputs = z.object({ name: z.string(), keepLocally: z.boolean().default(false) });

/** An image that the engine has, or pulls. */
export const image: ResourceKind<Engine> = {
  inputs: ["name", "keepLocally", "pullTriggers"],
  aside: ["keepLocally"],
  async create(engine, inputs) {
    const { name } = imageInputs.parse(inputs);
    const there = await isThere(() => engine.getImage(name).inspect());
    if (!there || "pullTriggers" in inputs) await pull(engine, name);
    const { Id } = await engine.getImage(name).inspect();
    return { id: `${Id}${name}`, outs: { imageId: Id } };
  },
  exists: (engine, id) => isThere(() => engine.getImage(id.slice(0, "sha256:".length + 64)).inspect()),
  async remove(engine, _id, properties) {
    const { keepLocally, name } = imageInputs.parse(properties);
    if (!keepLocally) await removeIfThere(() => engine.getImage(name).remove());
  },
};

async function pull(engine: Engine, name: string): Promise<void> {
  try {
    const stream = await engine.pull(name);
    await new Promise<void>((resolve, reject) => {
      engine.modem.followProgress(stream, (error: Error | null) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  } catch (error) {
    throw new Error(`image ${name} is not on this host, and cannot be pulled: ${messageOf(error)}`, { cause: error });
  }
}
