import type { PodLimits } from "../../config/declared-gate.ts";

/** One pod of the candidate, as its cluster tells. */
export interface PodHealth {
  /** Tells it from another pod of the same name. */
  readonly uid: string;
  readonly ready: boolean;
  /** How often its containers have ended since it exists, those that are down at this moment included. */
  readonly ends: number;
  /** Whether the last of these ends was the kernel's, for want of memory. */
  readonly oomKilled: boolean;
}

interface Counted {
  /** Ends that are not held against the candidate: from before it was ready and got traffic. */
  readonly before: number;
  readonly ends: number;
  readonly oomKills: number;
}

/** What the candidate's pods have been through: plain values. Pods that are gone are not forgotten. */
export interface PodsRecord {
  readonly pods: Readonly<Record<string, Counted>>;
  readonly ready: number;
  readonly readAt?: number;
}

export const NO_PODS: PodsRecord = { pods: {}, ready: 0 };

export interface PodTotals {
  readonly restarts: number;
  readonly oomKills: number;
  readonly ready: number;
}

/** Notes where the pods stand once all are ready: only what comes after counts. */
export function notePods(pods: readonly PodHealth[], readAt: number): PodsRecord {
  const noted = pods.map(({ ends, uid }) => [uid, { before: ends, ends, oomKills: 0 }] as const);
  return { pods: Object.fromEntries(noted), ready: countReady(pods), readAt };
}

/** Takes in how the pods are now. A pod that came later has nothing before it. Totals never fall. */
export function takePodHealth(record: PodsRecord, pods: readonly PodHealth[], readAt: number): PodsRecord {
  const seen = pods.map(({ ends, oomKilled, uid }) => {
    const known = record.pods[uid] ?? { before: 0, ends: 0, oomKills: 0 };
    // Several ends may lie between two looks; of these the cluster tells how the last one came.
    const isNew = ends > known.ends;
    const oomKills = known.oomKills + (isNew && oomKilled ? 1 : 0);
    return [uid, { before: known.before, ends: Math.max(known.ends, ends), oomKills }] as const;
  });
  return { pods: { ...record.pods, ...Object.fromEntries(seen) }, ready: countReady(pods), readAt };
}

export function totalsOf({ pods, ready }: PodsRecord): PodTotals {
  const counted = Object.values(pods);
  return {
    restarts: counted.reduce((sum, { before, ends }) => sum + Math.max(0, ends - before), 0),
    oomKills: counted.reduce((sum, { oomKills }) => sum + oomKills, 0),
    ready,
  };
}

/** Why the pods demand a rollback; `undefined` when they do not. */
export function findPodFault(limits: PodLimits, record: PodsRecord, hasTraffic: boolean): string | undefined {
  if (record.readAt === undefined) return undefined;
  const { oomKills, ready, restarts } = totalsOf(record);
  if (limits.oomKills !== "off" && oomKills >= limits.oomKills) {
    return `${times(oomKills)} a container of the candidate was killed for its memory (rolls back at ${limits.oomKills})`;
  }
  if (limits.restarts !== "off" && restarts >= limits.restarts) {
    return `the candidate's pods restarted ${times(restarts)} (rolls back at ${limits.restarts})`;
  }
  if (limits.unready === "rollback" && hasTraffic && ready === 0) return "no pod of the candidate is ready";
  return undefined;
}

function countReady(pods: readonly PodHealth[]): number {
  return pods.filter(({ ready }) => ready).length;
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
