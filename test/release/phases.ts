import type { ReleaseRecord } from "../../release/record.ts";
import type { ReleaseState } from "../../config/release-state.ts";
import { World, type WorldOptions } from "./world.ts";

/** What a release writes down: each phase once, and each step of it. */
export const nameOf = ({ phase }: Pick<ReleaseRecord, "phase">): string =>
  "step" in phase ? `${phase.kind} ${phase.step}` : phase.kind;

/** Where the watchdog leaves the traffic alone. */
export const PROMOTED: readonly string[] = ["promote", "guard", "scaleDown", "finished"];

/** The phases that an uninterrupted release goes through, and what it leaves. */
export async function uninterrupted(options: WorldOptions): Promise<{ names: readonly string[]; left: ReleaseState }> {
  const names: string[] = [];
  const world = new World(options);
  world.journal.beforeWrite = (record) => {
    if (!names.includes(nameOf(record))) names.push(nameOf(record));
  };
  await world.release();
  return { names, left: world.inForce };
}
