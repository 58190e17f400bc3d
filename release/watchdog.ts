import type { ReleaseState } from "../config/release-state.ts";
import { messageOf, TakenOver } from "./errors.ts";
import type { ReleaseEvent } from "./events.ts";
import { EXIT } from "./exit.ts";
import type { Clock, Holding, Journal, Lease, Reporter, TrafficSwitch } from "./ports.ts";
import { exposureOf, isExposed, type Ending, type ReleaseRecord } from "./record.ts";
import { denyFaulty, takeTrafficBack, wayBackOf } from "./way-back.ts";

/** How often a lease is looked at: what a dead program costs beside the lease's own time. */
const LOOK_EVERY_MS = 500;

const RETRY_EVERY_MS = 1_000;

/** One app whose releases are watched. */
export interface Watched {
  readonly lease: Lease;
  readonly journal: Journal;
  /** The switch of the router that a release moves. */
  readonly trafficOf: (record: ReleaseRecord) => TrafficSwitch;
  readonly clock: Clock;
  readonly reporter: Reporter;
  /** Is told why nothing can be watched, and that it can be again. */
  readonly log: (text: string) => void;
}

/** What was last seen of a lease, by the watchdog's own clock. */
export interface Sighting {
  readonly holding: Holding;
  /** When this renewal was first seen, or when the API server came back: ms on the watchdog's clock. */
  readonly seenAt: number;
}

/**
 * Takes a look into account. Only a change of the lease is a sign of life; while the API server is silent nobody can
 * renew, so that a full lease is allowed for after it is back.
 *
 * @param now ms on the watchdog's clock
 * @param blind whether the look before this one failed
 */
export function sight(last: Sighting | undefined, holding: Holding, now: number, blind: boolean): Sighting {
  const same = last?.holding.revision === holding.revision;
  return last !== undefined && same && !blind ? last : { holding, seenAt: now };
}

/** Whether whoever drives has been silent for longer than its lease. A lease that was given up has nobody to be silent. */
export function isExpired({ holding, seenAt }: Sighting, now: number): boolean {
  return holding.holder !== "" && now - seenAt > holding.durationMs;
}

/**
 * Watches over the releases of one app until the signal is aborted: when the program that drives one dies, its candidate
 * loses its traffic. Never acts before a candidate may have traffic, nor after its promotion was decided.
 *
 * @param name who takes the lease then
 */
export async function watch(watched: Watched, name: string, signal: AbortSignal): Promise<void> {
  const { clock, lease, log } = watched;
  let sighting: Sighting | undefined;
  let problem: string | undefined;
  const tell = (found: string | undefined) => {
    if (found !== problem) log(found === undefined ? "watching again" : `cannot watch: ${found}`);
    problem = found;
  };
  while (!signal.aborted) {
    try {
      const holding = await lease.read();
      sighting = holding === undefined ? undefined : sight(sighting, holding, clock.now(), problem !== undefined);
      if (sighting !== undefined && isExpired(sighting, clock.now())) {
        await standIn(watched, name, sighting.holding, signal);
        sighting = undefined;
      }
      tell(undefined);
    } catch (error) {
      tell(messageOf(error));
    }
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
}

/** Takes the dead program's place for as long as it takes to bring its traffic back. */
async function standIn(watched: Watched, name: string, dead: Holding, signal: AbortSignal): Promise<void> {
  await takeOff(watched, name, dead, { reason: `${dead.holder} has died`, faulty: false }, signal);
}

/**
 * Takes the traffic off the version under release, from whoever drives it: that program hears of it and ends.
 *
 * @param signal ends the trying; the lease is left to run out then, so that whoever comes next goes on
 * @returns whether there was any traffic to take
 */
export async function stop(watched: Watched, name: string, reason: string, signal: AbortSignal): Promise<boolean> {
  for (;;) {
    const done = await takeOff(watched, name, await watched.lease.read(), { reason, faulty: true }, signal);
    if (done !== "again" || signal.aborted) return done === "taken";
    await watched.clock.sleep(RETRY_EVERY_MS, signal);
  }
}

/** Why the traffic of a version is taken back, and whether by its own fault. */
interface Cause {
  readonly reason: string;
  readonly faulty: boolean;
}

/** A release that was on its way back has its cause already. */
function causeOf({ phase }: ReleaseRecord, seen: Cause): Cause {
  return phase.kind === "back" ? { reason: phase.reason, faulty: phase.faulty || seen.faulty } : seen;
}

/** @returns `again` when somebody else took the lease meanwhile */
async function takeOff(watched: Watched, name: string, seen: Holding | undefined, cause: Cause, signal: AbortSignal) {
  const { clock, journal, lease, log, reporter, trafficOf } = watched;
  const entry = await journal.readLatest();
  if (entry?.record.handle === undefined) return "nothing";
  // A version that was promoted is no worse for nobody watching it; an alert says that it is.
  if (!isExposed(entry.record) && !(cause.faulty && entry.record.phase.kind === "guard")) return "nothing";
  // A lease that cannot be written, as on a full disk, is no reason to leave users where they are.
  const take = (held: Holding | undefined) => lease.take(name, held).catch(() => held);
  let held = await take(seen);
  if (held === undefined) return "again";
  const because = causeOf(entry.record, cause);
  const reason = `${because.reason}, and ${name} took the traffic back`;
  const events = [...entry.events];
  const report = (event: ReleaseEvent) => {
    events.push(event);
    reporter.report(event);
  };
  report({ type: "rolling-back", at: clock.now(), weight: exposureOf(entry.record), reason });
  const traffic = trafficOf(entry.record);
  const way = wayBackOf(entry.record);
  let back: ReleaseState | undefined;
  let problem: string | undefined;
  // As long as it takes: nobody else watches this version.
  while (held !== undefined && !signal.aborted) {
    try {
      back ??= await takeTrafficBack({ clock, traffic, reporter: { ...reporter, report } }, way);
      if (back !== undefined) {
        // What is left to do needs the stack: whoever resumes the release does it.
        const ending: Ending = { outcome: "rolled-back", reason, exitCode: EXIT.rolledBack };
        const left = denyFaulty(back, entry.record, because.faulty, reason);
        await journal.write({ ...entry.record, state: left, phase: { kind: "reconcile", ending } }, events);
        await lease.giveUp(held).catch(() => undefined);
        return "taken";
      }
    } catch (error) {
      if (error instanceof TakenOver) return "again";
      const found = messageOf(error);
      if (found !== problem) log(`cannot write down that the traffic is back: ${found}`);
      problem = found;
      await clock.sleep(RETRY_EVERY_MS, signal);
    }
    held = await take(held);
  }
  return back === undefined ? "again" : "taken";
}
