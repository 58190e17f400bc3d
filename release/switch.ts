import { contractedFor, refuseReturn } from "../config/contraction.ts";
import { liveVersion, otherSlot, SLOTS, type ReleaseState, type SlotState } from "../config/release-state.ts";
import type { StackConfig } from "../config/schema.ts";
import { refuseUnfinished } from "./drive.ts";
import { EXIT } from "./exit.ts";
import { Interrupted, TakenOver, UserError } from "./errors.ts";
import { findStaleFile } from "./ground.ts";
import { withLease, type Driver } from "./heartbeat.ts";
import type { Ports } from "./ports.ts";
import { describeStop } from "./stack-mover.ts";
import { reconcile } from "./way-back.ts";

export type SwitchPorts = Pick<Ports, "clock" | "journal" | "lease" | "pods" | "reporter" | "stack" | "traffic">;

/**
 * Puts all traffic on the version in the other slot at once, and makes the stack agree. No gate looks on: both versions
 * are known, and both stay warm. While a release or another switch goes on, nothing is begun.
 *
 * @param to the version to bring back; without it, whichever is there
 * @returns the exit code
 * @throws UserError when somebody else moves this traffic, or when that version cannot serve at once; nothing has changed
 * @throws Interrupted when the operator ends it before anything has changed
 */
export async function switchVersion(
  config: StackConfig,
  ports: SwitchPorts,
  driver: Pick<Driver, "name" | "signal">,
  to?: string,
): Promise<number> {
  return withLease(ports, driver, false, async (signal, fenced) => {
    await refuseUnfinished(ports);
    const stale = await findStaleFile(config, ports);
    if (stale !== undefined) throw new UserError(`Nothing was changed: ${stale}`);
    return moveOver(config, fenced, signal, to);
  });
}

async function moveOver(
  config: StackConfig,
  ports: SwitchPorts,
  signal: AbortSignal,
  to: string | undefined,
): Promise<number> {
  const { clock, reporter, traffic } = ports;
  const { state } = await traffic.read();
  if (to === undefined) requireBlueGreen(config);
  const { version } = await requireOther(config, state, ports, to);
  const slot = otherSlot(state.live);
  const from = liveVersion(state).version;
  if (signal.reason instanceof TakenOver) throw new UserError(`Nothing was changed: ${describeStop(signal)}.`);
  if (signal.aborted) throw new Interrupted(`Nothing was changed: ${describeStop(signal)}.`);
  const began = clock.now();
  const now = await traffic.switchTo(slot, state.serial).catch((error: unknown) => {
    throw error instanceof TakenOver
      ? new UserError(`Nothing was changed: ${error.message}.`, { cause: error })
      : error;
  });
  const at = clock.now();
  reporter.report({ type: "switched", at, slot, version, from, serial: now.serial, tookMs: at - began });
  return (await reconcile(ports, now, signal)) ? EXIT.promoted : EXIT.userError;
}

function requireBlueGreen({ strategy }: StackConfig): void {
  if (strategy.kind === "blueGreen") return;
  throw new UserError(
    `strategy ${strategy.kind} brings a version to all traffic step by step: use "sluice release"; ` +
      '"sluice undo --to <version>" goes back to the one before at once.',
  );
}

/** @throws UserError when the version in the other slot is not the wanted one, or must not or cannot serve */
async function requireOther(
  config: StackConfig,
  state: ReleaseState,
  { pods }: SwitchPorts,
  to: string | undefined,
): Promise<SlotState> {
  refuseCandidate(state);
  const slot = otherSlot(state.live);
  const other = state[slot];
  if (to !== undefined) requireVersion(state, to);
  if (other === undefined) throw new UserError(`Slot ${slot} is empty: there is no version to switch to.`);
  const contracted = contractedFor(config.database, state);
  const gone = contracted === undefined ? undefined : refuseReturn(other, contracted, state);
  if (gone !== undefined) throw new UserError(gone);
  if (other.replicas === 0) {
    throw new UserError(
      `Version ${other.version} in ${slot} has no pods any more: release it again, with ` +
        `"sluice release --version ${other.version} --image ${other.image}".`,
    );
  }
  const { problem, ready, wanted } = await pods.inspect(slot);
  if (ready > 0 && ready >= wanted) return other;
  const why = problem === undefined ? "" : ` (${problem})`;
  throw new UserError(
    `Version ${other.version} in ${slot} is not ready: ${ready} of ${wanted} pods${why}. The traffic stays on ` +
      `${liveVersion(state).version}.`,
  );
}

function refuseCandidate({ candidate, weight, ...slots }: ReleaseState): void {
  if (candidate === undefined) return;
  throw new UserError(
    `Version ${slots[candidate]?.version ?? "?"} is under release in ${candidate} at weight ${weight} %: wait for its ` +
      'release program, or take it off with "sluice abort".',
  );
}

function requireVersion(state: ReleaseState, to: string): void {
  const slot = SLOTS.find((place) => state[place]?.version === to);
  if (slot === state.live) throw new UserError(`Version ${to} is live already, in ${slot}.`);
  if (slot !== undefined) return;
  const there = SLOTS.flatMap((place) => {
    const held = state[place];
    return held === undefined ? [] : [`${held.version} (${place === state.live ? "live" : "the other slot"})`];
  });
  throw new UserError(
    `Version ${to} is in no slot: there are ${there.join(" and ")}. Release it again: "sluice release --image <its image>".`,
  );
}
