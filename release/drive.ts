import type { DrivenConfig } from "../config/schema.ts";
import { UserError } from "./errors.ts";
import { executeRelease } from "./execute.ts";
import { EXIT } from "./exit.ts";
import { findSkew } from "./ground.ts";
import { withLease, type Driver, type Driving } from "./heartbeat.ts";
import type { Plan } from "./plan.ts";
import type { JournalEntry, Ports, Routing } from "./ports.ts";
import { beginRecord, exposureOf, isFinished, isJudged, type Ending, type ReleaseRecord } from "./record.ts";
import { formatElapsed } from "./report/format.ts";
import { Run, type Move } from "./run.ts";

/**
 * Releases a version, from the plan to its end.
 *
 * @throws UserError when nothing could be begun; nothing has changed then
 */
export async function driveRelease(plan: Plan, config: DrivenConfig, ports: Ports, driver: Driver): Promise<Ending> {
  return asDriver(ports, driver, false, async (signal, fenced) => {
    await refuseUnfinished(ports);
    return begin(plan, config, fenced, driver, signal);
  });
}

/** Drives what ends as releases do: one whose traffic could not be taken back is not over. */
export function asDriver<T extends Ending | undefined>(
  ports: Ports,
  driver: Driver,
  force: boolean,
  drive: (signal: AbortSignal, fenced: Ports, refuseLost: Driving["refuseLost"]) => Promise<T>,
): Promise<T> {
  return withLease(ports, driver, force, drive, (ending) => ending?.outcome !== "rollback-failed");
}

/** Writes a release down, and drives it to its end; the lease is taken already. */
export function begin(
  plan: Plan,
  config: DrivenConfig,
  ports: Ports,
  driver: Driver,
  signal: AbortSignal,
): Promise<Ending> {
  const record = beginRecord(config, plan, driver.stack, driver.name, ports.clock.now());
  return executeRelease(new Run(record, config, ports, signal));
}

/** Makes the way back the next thing that a release does: also again, but for one whose traffic is back. */
export function takeOff(run: Run, reason: string): void {
  const { phase } = run.record;
  if (phase.kind === "back") {
    run.note({ phase: { ...phase, again: true } });
    return;
  }
  if (phase.kind === "reconcile" && phase.ending.outcome !== "promoted") return;
  const { clock, reporter } = run.ports;
  reporter.report({ type: "rolling-back", at: clock.now(), weight: exposureOf(run.record), reason });
  run.note({ phase: { kind: "back", reason, interrupted: false, faulty: false } });
}

/**
 * Goes on with a release whose program has died, from where its journal ends.
 *
 * @param now does not wait to see whether that program has really died: if it lives, it hears of it and ends
 * @throws UserError when there is none, when its program lives, or when this machine's clock is not Prometheus'
 */
export async function resumeRelease(config: DrivenConfig, ports: Ports, driver: Driver, now = false): Promise<Ending> {
  await refuseSkewed(config, ports);
  return asDriver(ports, driver, now, async (signal, fenced) => {
    const entry = await ports.journal.readLatest();
    if (entry === undefined || isFinished(entry.record)) throw new UserError("There is no release to go on with.");
    return goOn(entry, config, fenced, driver, signal, await ports.traffic.read());
  });
}

/**
 * Takes the traffic off a version under release, whoever drives it: that program hears of it and ends.
 *
 * @returns how the release ended; `undefined` when none is under way
 */
export async function abortRelease(config: DrivenConfig, ports: Ports, driver: Driver): Promise<Ending | undefined> {
  return asDriver(ports, driver, true, async (signal, fenced) => {
    const entry = await ports.journal.readLatest();
    if (entry === undefined || isFinished(entry.record)) return undefined;
    const run = new Run(entry.record, config, fenced, signal, entry.events);
    takeOff(run, `asked for by ${driver.name}`);
    return executeRelease(run);
  });
}

/**
 * Nothing is judged by a clock that Prometheus does not share. The lease is not touched: until somebody else goes on, a
 * watchdog still sees that nobody does.
 *
 * @throws UserError that says by how much they differ
 */
async function refuseSkewed(config: DrivenConfig, ports: Ports): Promise<void> {
  const entry = await ports.journal.readLatest();
  if (entry === undefined || !isJudged(entry.record)) return;
  const skew = await findSkew(config, ports);
  if (skew === undefined) return;
  throw new UserError(
    `Nothing was changed: ${skew}.\nThen go on, or go on from another machine; "sluice abort" takes the traffic off at once.`,
  );
}

async function goOn(
  { events, record }: JournalEntry,
  config: DrivenConfig,
  ports: Ports,
  driver: Driver,
  signal: AbortSignal,
  routing: Routing,
): Promise<Ending> {
  const run = new Run(record, config, ports, signal, events);
  const at = run.ports.clock.now();
  const awayMs = at - (events.at(-1)?.at ?? record.startedAt);
  run.ports.reporter.report({ type: "resumed", at, phase: record.phase.kind, by: driver.name, awayMs });
  const found = findChange(record, routing);
  if (found !== undefined) run.note(found);
  return executeRelease(run);
}

/** What happened to the traffic while nobody drove the release, if anything did. */
export function findChange(record: ReleaseRecord, { serial, state }: Routing): Move | undefined {
  // On the way back it was this very release that moved it, or will again.
  if (serial <= record.state.serial || record.phase.kind === "back") return undefined;
  const reason = `the traffic was moved meanwhile, to serial ${serial}`;
  const ending: Ending = { outcome: "rolled-back", reason, exitCode: EXIT.rolledBack };
  return { phase: { kind: "reconcile", ending }, state };
}

/**
 * One release at a time.
 *
 * @throws UserError that says which one is under way, and who drives it
 */
export async function refuseUnfinished({ clock, journal, lease }: Pick<Ports, "clock" | "journal" | "lease">) {
  const [latest, holding] = await Promise.all([journal.readLatest(), lease.read()]);
  if (latest === undefined || isFinished(latest.record)) return;
  const { id, phase, plan } = latest.record;
  const release = `The release of ${plan.candidate.version} (${id}) is at weight ${exposureOf(latest.record)} % (${phase.kind})`;
  const goOn = 'by "sluice resume", or take the traffic off it by "sluice abort"';
  const instead = "release in its place by --replace";
  if (holding === undefined || holding.holder === "")
    throw new UserError(`${release}, and nobody drives it.\nGo on with it ${goOn}, or ${instead}.`);
  const heard = formatElapsed(clock.now() - holding.renewedAt);
  throw new UserError(
    `${release}: ${holding.holder} drives it, last heard of ${heard} ago.\n` +
      `Wait until it has ended, or ${instead}. If it has died: go on with it ${goOn}.`,
  );
}
