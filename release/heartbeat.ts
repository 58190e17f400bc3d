import { Interrupted, TakenOver, UserError } from "./errors.ts";
import type { Clock, Holding, Lease, Ports } from "./ports.ts";

/** Renewals in the time after which a silent holder is taken for dead. */
const RENEWALS = 3;
const RETRY_MS = 1_000;
const LOOK_EVERY_MS = 500;

/** How long an effect waits for the answer who has the lease. */
const LOOK_WITHIN_MS = 500;

/** Who drives, and what makes it stop. */
export interface Driver {
  /** Unique among all that run at this moment: `user@host/pid`. */
  readonly name: string;
  readonly stack: string;
  /** Aborted when what is under way is to be given up. */
  readonly signal: AbortSignal;
}

/** What moves an app's traffic, and who may. */
type MovingPorts = Pick<Ports, "clock" | "lease" | "stack" | "traffic">;

/**
 * Does what only one program may do at a time: whatever moves an app's traffic. Whoever fails in a way of its own, or
 * leaves traffic where it must not stay, lets its lease run out, so that a watchdog takes it for dead.
 *
 * @param force takes the lease from whoever holds it, alive or not
 * @param drive its signal is aborted when the driver is to stop, and with {@link TakenOver} when somebody else has the
 *   lease; these ports change nothing any more once somebody has
 * @param isSettled whether what was done needs nobody to go on with it
 * @throws UserError that says who holds it
 * @throws Interrupted when the driver is to stop before it has the lease
 */
export async function withLease<T, P extends MovingPorts>(
  ports: P,
  { name, signal }: Pick<Driver, "name" | "signal">,
  force: boolean,
  drive: (signal: AbortSignal, fenced: P, refuseLost: Driving["refuseLost"]) => Promise<T>,
  isSettled: (done: T) => boolean = () => true,
): Promise<T> {
  const driving = await takeLease(ports.lease, ports.clock, name, { force, signal });
  try {
    const done = await drive(AbortSignal.any([signal, driving.lost]), fence(ports, driving), driving.refuseLost);
    await (isSettled(done) ? driving.giveUp() : driving.fallSilent());
    return done;
  } catch (error) {
    await (error instanceof UserError ? driving.giveUp() : driving.fallSilent());
    throw error;
  }
}

/** Whoever has lost the lease hears of it late: it looks before each effect. */
function fence<P extends MovingPorts>(ports: P, { refuseLost }: Driving): P {
  const { stack, traffic } = ports;
  const fenced: Pick<MovingPorts, "stack" | "traffic"> = {
    traffic: {
      read: () => traffic.read(),
      takeBack: async (...way) => refuseLost().then(() => traffic.takeBack(...way)),
      switchTo: async (...way) => refuseLost().then(() => traffic.switchTo(...way)),
    },
    stack: {
      save: async (state) => refuseLost().then(() => stack.save(state)),
      up: async (signal) => refuseLost().then(() => stack.up(signal)),
      unlock: async () => refuseLost().then(() => stack.unlock()),
      readHandle: () => stack.readHandle(),
    },
  };
  return { ...ports, ...fenced };
}

/** The right to move an app's traffic, renewed until it is given up. */
export interface Driving {
  /** Aborted with {@link TakenOver} when somebody else took the lease. */
  readonly lost: AbortSignal;
  /**
   * Looks who has the lease. An API server that does not answer in time says nothing: it must not block the way back.
   *
   * @throws TakenOver when somebody else took it
   */
  readonly refuseLost: () => Promise<void>;
  readonly giveUp: () => Promise<void>;
  /** Ends the renewals, and leaves the lease to run out. */
  readonly fallSilent: () => Promise<void>;
}

/**
 * Takes the lease of an app, and keeps it. A lease that somebody else holds is watched for as long as it is valid: whoever
 * lives renews it meanwhile. No two clocks are compared.
 *
 * @param holder who wants to drive, for example `user@host`
 * @throws UserError that says who holds it
 * @throws Interrupted when the signal is aborted while it waits: it has not got the lease
 */
export async function takeLease(lease: Lease, clock: Clock, holder: string, how: Taking = {}): Promise<Driving> {
  const { force = false, signal } = how;
  for (;;) {
    const seen = await lease.read();
    if (seen !== undefined && seen.holder !== "" && !force) await outlive(lease, clock, seen, signal);
    const holding = await lease.take(holder, seen);
    if (holding !== undefined) return keep(lease, clock, holding);
    await pause(clock, signal);
  }
}

/** How a lease is taken. */
export interface Taking {
  /** From whoever holds it, alive or not. */
  readonly force?: boolean;
  /** Ends the waiting for somebody else's lease. */
  readonly signal?: AbortSignal;
}

/** @throws UserError when the holder shows that it is alive */
async function outlive(lease: Lease, clock: Clock, seen: Holding, signal: AbortSignal | undefined): Promise<void> {
  const until = clock.now() + seen.durationMs;
  while (clock.now() < until) {
    await pause(clock, signal);
    const now = await lease.read();
    if (now === undefined || now.holder === "") return;
    if (now.revision !== seen.revision) {
      throw new UserError(
        `${now.holder} moves this service's traffic (last heard of ${new Date(now.renewedAt).toISOString()}).\n` +
          'Wait until it has ended: "sluice status" tells where it stands, "sluice abort" takes the traffic off its version.',
      );
    }
  }
}

/** @throws Interrupted as soon as the signal is aborted */
async function pause(clock: Clock, signal: AbortSignal | undefined): Promise<void> {
  await clock.sleep(LOOK_EVERY_MS, signal);
  if (signal?.aborted === true)
    throw new Interrupted("Nothing was changed: interrupted while waiting for the lease of this service.");
}

function keep(lease: Lease, clock: Clock, first: Holding): Driving {
  const lost = new AbortController();
  const stop = new AbortController();
  let holding = first;
  const lose = (to: Holding | undefined) => {
    const by = to === undefined || to.holder === "" ? "somebody who has left again" : to.holder;
    lost.abort(new TakenOver(`taken over by ${by}`));
  };
  const renew = async (): Promise<number> => {
    try {
      const renewed = (await lease.take(first.holder, holding)) ?? (await lease.read());
      if (renewed?.holder !== first.holder) {
        lose(renewed);
        return 0;
      }
      holding = renewed;
      return holding.durationMs / RENEWALS;
    } catch {
      // Whoever cannot be reached cannot tell us that it is lost, either.
      return RETRY_MS;
    }
  };
  const beating = (async () => {
    let waitMs = holding.durationMs / RENEWALS;
    const over = AbortSignal.any([stop.signal, lost.signal]);
    while (!over.aborted) {
      await clock.sleep(waitMs, over);
      if (!stop.signal.aborted) waitMs = await renew();
    }
  })();
  const fallSilent = async () => {
    stop.abort();
    await beating;
  };
  return {
    lost: lost.signal,
    async refuseLost() {
      const seen = lost.signal.aborted ? undefined : await readWithin(lease, clock, LOOK_WITHIN_MS);
      if (seen !== undefined && seen.holder !== first.holder) lose(seen);
      if (lost.signal.aborted) throw lost.signal.reason;
    },
    async giveUp() {
      await fallSilent();
      if (!lost.signal.aborted) await lease.giveUp(holding).catch(() => undefined);
    },
    fallSilent,
  };
}

/** `undefined` where there is none, and where nobody answers in time. */
async function readWithin(lease: Lease, clock: Clock, withinMs: number): Promise<Holding | undefined> {
  const answered = new AbortController();
  const reading = lease.read().catch(() => undefined);
  try {
    return await Promise.race([reading, clock.sleep(withinMs, answered.signal).then(() => undefined)]);
  } finally {
    answered.abort();
  }
}
