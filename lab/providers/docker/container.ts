import { z } from "zod";
import type { Engine } from "../../../engine/connect.ts";
import { containerOptions, containerSchema } from "../../../engine/container-options.ts";
import { waitUntilHealthy } from "../../../engine/healthy.ts";
import type { ResourceKind } from "../serve.ts";
import { isThere, removeIfThere } from "./surroundings.ts";

/** A container that runs; with `wait`, one that is healthy. What never becomes so is taken away again. */
export const container: ResourceKind<Engine> = {
  inputs: Object.keys(containerSchema.shape),
  aside: ["destroyGraceSeconds", "wait", "waitTimeout"],
  async create(engine, properties) {
    const inputs = containerSchema.parse(properties);
    const made = await engine.createContainer(containerOptions(inputs));
    try {
      await made.start();
      if (inputs.wait) await waitUntilHealthy(made, inputs.name, inputs.waitTimeout * 1_000);
    } catch (error) {
      await made.remove({ force: true, v: true });
      throw error;
    }
    return { id: made.id, outs: {} };
  },
  exists: (engine, id) => isThere(() => engine.getContainer(id).inspect()),
  async remove(engine, id, properties) {
    const { destroyGraceSeconds } = z.looseObject({ destroyGraceSeconds: z.number().default(10) }).parse(properties);
    const found = engine.getContainer(id);
    // One that does not run is no reason to stop here.
    await found.stop({ t: destroyGraceSeconds }).catch(() => undefined);
    await removeIfThere(() => found.remove({ force: true, v: true }));
  },
};
