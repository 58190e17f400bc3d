import type { Ports } from "../../release/ports.ts";
import type { ReleaseRecord } from "../../release/record.ts";

/** Whether the program dies now: before or after it wrote this. */
export type KillAt = (record: ReleaseRecord, when: "before" | "after") => boolean;

type Port = Readonly<Record<string, unknown>>;

/** Ports of a program that can be killed: after that, no call is made and none returns. */
export function makeMortal(ports: Ports, killAt: KillAt): { ports: Ports; dead: Promise<void> } {
  let over = false;
  const isDead = () => over;
  let die: () => void = () => undefined;
  const dead = new Promise<void>((resolve) => {
    die = () => {
      over = true;
      resolve();
    };
  });
  const never = new Promise<never>(() => undefined);
  const mortalCall =
    (call: (...args: unknown[]) => unknown) =>
    async (...args: unknown[]): Promise<unknown> => {
      if (isDead()) return never;
      try {
        const result = await call(...args);
        return isDead() ? await never : result;
      } catch (error) {
        if (isDead()) return never;
        throw error;
      }
    };
  const mortal = <T extends object>(port: T): T =>
    Object.fromEntries(
      Object.entries(port as Port).map(([name, call]) => [name, mortalCall(call as (...args: unknown[]) => unknown)]),
    ) as T;
  const { clock, journal, reporter } = ports;
  return {
    dead,
    ports: {
      metrics: mortal(ports.metrics),
      stack: mortal(ports.stack),
      traffic: mortal(ports.traffic),
      pods: mortal(ports.pods),
      jobs: mortal(ports.jobs),
      checker: mortal(ports.checker),
      approvals: mortal(ports.approvals),
      lease: mortal({
        read: () => ports.lease.read(),
        take: (holder: string, seen: Parameters<typeof ports.lease.take>[1]) => ports.lease.take(holder, seen),
        giveUp: (holding: Parameters<typeof ports.lease.giveUp>[0]) => ports.lease.giveUp(holding),
      }),
      clock: {
        now: () => clock.now(),
        sleep: mortalCall((ms, signal) => clock.sleep(ms as number, signal as AbortSignal | undefined)) as never,
      },
      reporter: {
        report: (event) => {
          if (!isDead()) reporter.report(event);
        },
        close: () => undefined,
      },
      journal: {
        readLatest: () => journal.readLatest(),
        async write(record, events) {
          if (!isDead() && killAt(record, "before")) die();
          if (isDead()) return never;
          await journal.write(record, events);
          if (killAt(record, "after")) die();
          if (isDead()) return never;
        },
      },
    },
  };
}
