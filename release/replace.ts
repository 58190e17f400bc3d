import { rolledBack, scaledDown, switched, type ReleaseState } from "../config/release-state.ts";
import type { DrivenConfig } from "../config/schema.ts";
import { asDriver, begin, findChange, takeOff } from "./drive.ts";
import { Interrupted, messageOf, UserError } from "./errors.ts";
import { executeRelease } from "./execute.ts";
import type { Driver } from "./heartbeat.ts";
import type { Plan } from "./plan.ts";
import type { Ports, Reporter } from "./ports.ts";
import { promotion } from "./promote.ts";
import { isFinished, isPromoted, type Ending, type ReleaseRecord } from "./record.ts";
import { Run } from "./run.ts";
import { describeStop } from "./stack-mover.ts";

/** What serves while a release is under way that may be replaced, and what will once {@link replaceRelease} has ended it. */
export interface Former {
  readonly now: ReleaseState;
  readonly then: ReleaseState;
}

/** Looks whether there is a release to replace; `undefined` when none is under way. */
export async function findFormer({
  journal,
  traffic,
}: Pick<Ports, "journal" | "traffic">): Promise<Former | undefined> {
  const entry = await journal.readLatest();
  if (entry === undefined || isFinished(entry.record)) return undefined;
  const { record } = entry;
  const { serial, state } = await traffic.read();
  if (isPromoted(record) && serial <= record.state.serial)
    return { now: state, then: isGoingBack(record) ? scaledDown(switched(record.state)) : record.state };
  return { now: state, then: state.candidate === undefined ? state : rolledBack(state) };
}

/**
 * Releases a version in place of the one under release: that release is ended first, whoever drives it, and the lease is
 * not given up in between.
 *
 * @param planFrom plans the release from where the service stands then
 * @param former is told how the other release is ended
 * @returns how this release ended; or the other one, when its traffic could not be taken back: then nothing was begun
 * @throws UserError when the other release is ended, but this one cannot begin
 */
export async function replaceRelease(
  planFrom: (config: DrivenConfig) => Plan,
  config: DrivenConfig,
  ports: Ports,
  driver: Driver,
  former: Reporter,
): Promise<Ending> {
  return asDriver(ports, driver, true, async (signal, fenced, refuseLost) => {
    const release = await endFormer(config, { ...fenced, reporter: former }, driver.name, signal);
    if ("outcome" in release) {
      const problem = "nothing was begun: the other release's traffic could not be taken back";
      former.report({ type: "warned", at: ports.clock.now(), problem });
      return release;
    }
    // Several may have been replacing the same release: nobody has begun one of its own yet.
    await refuseLost().catch((error: unknown) => {
      throw new UserError(`Nothing was begun: ${messageOf(error)}.`, { cause: error });
    });
    if (signal.aborted) throw new Interrupted(`Nothing was begun: ${describeStop(signal)}.`);
    const next = { ...config, release };
    return begin(planFrom(next), next, fenced, driver, signal);
  });
}

/**
 * Ends the release under way: its traffic goes back, unless it was promoted, which it stays.
 *
 * @returns the state that stack and cluster agree on; its ending when the traffic could not be taken back
 * @throws UserError when they do not agree
 */
async function endFormer(
  config: DrivenConfig,
  ports: Ports,
  by: string,
  signal: AbortSignal,
): Promise<ReleaseState | Ending> {
  const [entry, routing] = await Promise.all([ports.journal.readLatest(), ports.traffic.read()]);
  if (entry === undefined || isFinished(entry.record)) return routing.state;
  const { events, record } = entry;
  const run = new Run(record, config, ports, signal, events);
  const reason = `replaced by ${by}`;
  const found = findChange(record, routing);
  if (found !== undefined) run.note(found);
  else if (isPromoted(record) && !isGoingBack(record))
    run.note({ phase: { kind: "reconcile", ending: keepPromoted(run, reason) } });
  else takeOff(run, reason);
  const ending = await executeRelease(run);
  const { outcome, stackAgrees } = ending;
  if (outcome === "taken-over") throw new UserError("Nothing was begun: somebody else has taken over meanwhile.");
  if (outcome === "rollback-failed") return ending;
  if (stackAgrees === false)
    throw new UserError(
      `Nothing was begun: the release of ${record.plan.candidate.version} is ended, but stack and cluster do not agree yet. Once that is set ` +
        'right, run "sluice sync", and release again.',
    );
  return run.state;
}

/** Also one that was promoted may be, by what its guard has seen. */
function isGoingBack({ phase }: ReleaseRecord): boolean {
  return phase.kind === "back";
}

/** A version that was promoted stays: only its guard is ended. */
function keepPromoted(run: Run, reason: string): Ending {
  const ending = promotion(run);
  return { ...ending, reason: `${ending.reason}; its guard was ended: ${reason}` };
}
