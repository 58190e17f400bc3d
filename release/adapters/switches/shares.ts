import { SLOTS, type Slot } from "../../../config/release-state.ts";
import type { Shares } from "./router-part.ts";

/** What each slot gets, in percent. */
export type Weights = Readonly<Record<Slot, number>>;

/** The same of both slots. */
export function bySlot<T>(of: (slot: Slot) => T): Readonly<Record<Slot, T>> {
  return { blue: of("blue"), green: of("green") };
}

/**
 * What each slot gets of users who are kept on one side: those with one of a group's buckets are taken from the share that
 * the weights give to the others.
 */
export function withGroup(others: Weights, group: { leadsTo: (slot: Slot) => boolean; patterns: readonly string[] }) {
  const buckets = countBuckets(group.patterns);
  return bySlot((slot) => (others[slot] * (100 - buckets)) / 100 + (group.leadsTo(slot) ? buckets : 0));
}

/** What each slot gets of all requests, when each part passes on what it does not give to a slot itself. */
export function passOn(parts: readonly Shares[]): Weights {
  return parts.toReversed().reduce<Weights>(
    (after, shares) => {
      const passed = 100 - SLOTS.reduce((sum, slot) => sum + (shares[slot] ?? 0), 0);
      return bySlot((slot) => (shares[slot] ?? 0) + (after[slot] * passed) / 100);
    },
    { blue: 0, green: 0 },
  );
}

/** All that a bucket can be. */
const BUCKETS = Array.from({ length: 100 }, (_, i) => String(i).padStart(2, "0"));

/** How many of the hundred buckets these patterns name. */
function countBuckets(patterns: readonly string[]): number {
  const whole = patterns.map((pattern) => new RegExp(`^(?:${pattern})$`));
  return BUCKETS.filter((bucket) => whole.some((pattern) => pattern.test(bucket))).length;
}
