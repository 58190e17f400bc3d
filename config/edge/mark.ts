import { slotWeights, type ReleaseState, type Slot } from "../release-state.ts";

/** What the edge itself tells, at its status port, of the routing that it follows. */
export interface Served {
  readonly serial: number;
  readonly weights: Readonly<Record<Slot, number>>;
}

/** What an edge with this state answers at its status port; edges differ in what they put around it. */
export function markOf(state: ReleaseState): string {
  const { blue, green } = slotWeights(state);
  return `serial=${state.serial} blue=${blue} green=${green}`;
}

/** The inverse; `undefined` for an answer that is none of ours. */
export function readServed(answer: string): Served | undefined {
  const [, serial, blue, green] = /serial=(\d+) blue=(\d+) green=(\d+)/.exec(answer) ?? [];
  if (serial === undefined) return undefined;
  return { serial: Number(serial), weights: { blue: Number(blue), green: Number(green) } };
}
