import { z } from "zod";
import { routingHandleSchema } from "./outputs.ts";
import type { ReleaseState } from "./release-state.ts";

/** What the stack's own last update left: its outputs, as far as the routing is concerned. */
export type LastUpdate = z.infer<typeof routingHandleSchema>["moved"];

/** Reads the outputs of a stack; `undefined` for a stack that is new, or whose outputs are not of this version. */
export function readLastUpdate(outputs: unknown): LastUpdate {
  const parsed = z.looseObject({ routing: routingHandleSchema }).safeParse(outputs);
  return parsed.success ? parsed.data.routing.moved : undefined;
}

/**
 * The weight before the present one. An update that does not change the serial moves no traffic, so it keeps what the last
 * one knew: else a second update would find something to change.
 */
export function previousWeight({ serial }: ReleaseState, last: LastUpdate): number {
  if (last === undefined) return 0;
  return last.serial === serial ? last.previousWeight : last.weight;
}
