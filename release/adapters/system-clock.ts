import os from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../ports.ts";

/** What a machine tells of time, each in ms. */
export interface TimeSources {
  /** Since the epoch; may be set forward and back at any time. */
  readonly wall: () => number;
  /** Steady; stands still while the machine is suspended. */
  readonly awake: () => number;
  /** The same, but goes on while it is suspended. Coarse. */
  readonly sinceBoot: () => number;
}

const MACHINE: TimeSources = {
  wall: () => Date.now(),
  awake: () => performance.now(),
  sinceBoot: () => os.uptime() * 1_000,
};

/** What the coarser of two steady sources may be off without the machine having been suspended. */
const COARSE_MS = 2_000;

/**
 * The wall's time when this program began, and what has passed since by a steady source: whoever sets the machine's clock
 * meanwhile changes no duration. Only while the machine was suspended has time passed that this source did not count.
 */
export function createClock({ awake, sinceBoot, wall }: TimeSources = MACHINE): Clock {
  const began = { wall: wall(), awake: awake(), sinceBoot: sinceBoot() };
  let suspendedMs = 0;
  return {
    now() {
      const passed = awake() - began.awake;
      const missing = sinceBoot() - began.sinceBoot - passed;
      if (missing - suspendedMs > COARSE_MS) suspendedMs = missing;
      return Math.round(began.wall + passed + suspendedMs);
    },
    async sleep(ms, signal) {
      if (signal?.aborted === true) return;
      await delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
        if (signal?.aborted !== true) throw error;
      });
    },
  };
}

/** This program's time. */
export const systemClock = createClock();
