import { z } from "zod";
import type { Holding, Lease } from "../../ports.ts";
import { parseJson } from "../parse-json.ts";
import type { Shelf } from "./shelf.ts";

const NAME = "lease";

const leaseSchema = z.object({ holder: z.string(), durationMs: z.number(), renewedAt: z.number() });

/** The right to move an app's traffic, beside its edge. */
export function createShelfLease(shelf: Shelf, durationMs: number, now: () => number = Date.now): Lease {
  const write = async (holder: string, lasting: number, seen: Holding | undefined): Promise<Holding | undefined> => {
    const lease = { holder, durationMs: lasting, renewedAt: now() };
    const revision = await shelf.write(NAME, JSON.stringify(lease), seen?.revision);
    return revision === undefined ? undefined : { ...lease, revision };
  };
  return {
    async read() {
      const item = await shelf.read(NAME);
      return item === undefined ? undefined : { ...leaseSchema.parse(parseJson(item.text)), revision: item.revision };
    },
    take: (holder, seen) => write(holder, durationMs, seen),
    async giveUp(holding) {
      await write("", 0, holding);
    },
  };
}
