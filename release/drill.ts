import type { Slot } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { driveRelease } from "./drive.ts";
import { messageOf } from "./errors.ts";
import type { ReleaseEvent } from "./events.ts";
import type { Driver } from "./heartbeat.ts";
import { candidateSlot, type Plan } from "./plan.ts";
import type { Ports } from "./ports.ts";

/** What is to be shown: that this fault is found, and the traffic taken back, within these bounds. */
export interface Drill {
  readonly fault: string;
  /** Switches the fault on in the candidate; rejects when that failed. */
  readonly inject: (slot: Slot, version: string) => Promise<void>;
  /** The longest time from the injection until all traffic is on stable, ms. */
  readonly withinMs: number;
  /** How many of the candidate's requests may fail. */
  readonly atMostFailing?: number;
}

/** What a drill saw; times are ms since the epoch. */
export interface DrillRun {
  readonly drill: Pick<Drill, "fault" | "withinMs" | "atMostFailing">;
  readonly events: readonly ReleaseEvent[];
  /** Absent where the candidate never got that far. */
  readonly injectedAt?: number;
  /** Why the fault could not be switched on. */
  readonly problem?: string;
  /** Whether time was over before the traffic was back. */
  readonly tookTooLong: boolean;
}

/** By so much the bake of a drill outlasts its time, ms: its candidate must never be promoted. */
const BAKE_BEYOND_MS = 60_000;

/**
 * Releases a version, switches a fault on once its first weight is observed, and sees what comes of it: whatever that is,
 * the traffic goes back to stable.
 *
 * @throws UserError when nothing could be begun; nothing has changed then
 */
export async function runDrill(
  plan: Plan,
  config: DrivenConfig,
  ports: Ports,
  driver: Driver,
  drill: Drill,
): Promise<DrillRun> {
  const { atMostFailing, fault, withinMs } = drill;
  const events: ReleaseEvent[] = [];
  const [giveUp, back] = [new AbortController(), new AbortController()];
  const seen: { injectedAt?: number; problem?: string; tookTooLong: boolean } = { tookTooLong: false };

  const begin = async () => {
    seen.injectedAt = ports.clock.now();
    const time = ports.clock.sleep(withinMs, back.signal).then(() => {
      if (back.signal.aborted) return;
      seen.tookTooLong = true;
      giveUp.abort();
    });
    try {
      await drill.inject(candidateSlot(plan), plan.candidate.version);
    } catch (error) {
      seen.problem = messageOf(error);
      giveUp.abort();
    }
    await time;
  };
  const reporter = {
    report(event: ReleaseEvent) {
      events.push(event);
      ports.reporter.report(event);
      if (event.type === "weight-observed" && seen.injectedAt === undefined) void begin();
      if (event.type === "traffic-back" || event.type === "finished") back.abort();
    },
    close: () => ports.reporter.close(),
  };
  const bakeMs = Math.max(plan.bakeMs, withinMs + BAKE_BEYOND_MS);
  const signal = AbortSignal.any([driver.signal, giveUp.signal]);
  await driveRelease({ ...plan, drill: true, bakeMs }, config, { ...ports, reporter }, { ...driver, signal });
  return {
    drill: { fault, withinMs, ...(atMostFailing === undefined ? {} : { atMostFailing }) },
    events,
    ...seen,
  };
}
