import type { Database } from "./database.ts";
import { liveVersion, otherSlot, SLOTS, type ReleaseState } from "./release-state.ts";
import { isOlder } from "./version-order.ts";

/** A state in which a version could meet a database that no longer has what it needs. */
export interface ContractionProblem {
  readonly path: readonly string[];
  readonly message: string;
  readonly input: unknown;
}

/** What an older version needs goes only when no older version can come back; and then none may. */
export function findContractionProblems(
  database: Database | undefined,
  release: ReleaseState,
): readonly ContractionProblem[] {
  const approved = database?.contract?.approvedFor;
  const early = approved === undefined ? undefined : refuseContraction(approved, release);
  const path = ["database", "contract", "approvedFor"];
  return [...(early === undefined ? [] : [{ path, message: early, input: approved }]), ...findReturned(release)];
}

function refuseContraction(approved: string, release: ReleaseState): string | undefined {
  const live = release[release.live];
  const idle = release[otherSlot(release.live)];
  const done = approved === release.contracted;
  if (live === undefined) return undefined;
  if (approved !== live.version) return done ? undefined : `is not the live version (${live.version})`;
  if (release.candidate !== undefined) {
    if (done) return undefined;
    return "a release is under way: the old version can still come back (if it has run, set release.contracted)";
  }
  if (idle === undefined || idle.replicas === 0) return undefined;
  return `version ${idle.version} is still warm (${idle.replicas} pods) and could come back: scale it to 0 first`;
}

function findReturned({ contracted, ...slots }: ReleaseState): readonly ContractionProblem[] {
  if (contracted === undefined) return [];
  return SLOTS.flatMap((slot) => {
    const state = slots[slot];
    if (state === undefined || state.replicas === 0 || isOlder(state.version, contracted) !== true) return [];
    const message = `is older than ${contracted}, for which the database was contracted: it cannot come back`;
    return [{ path: ["release", slot, "version"], message, input: state.version }];
  });
}

/** The version for which the database has been contracted, or may have been by now. */
export function contractedFor(database: Database | undefined, release: ReleaseState): string | undefined {
  const approved = database?.contract?.approvedFor;
  return approved === liveVersion(release).version ? approved : release.contracted;
}

/**
 * Why a version must not be released on a contracted database. Where names do not tell which version is older, one that
 * was in the idle slot before counts as older: it may be the one that the contraction left behind.
 */
export function refuseReturn(
  next: { readonly version: string; readonly image: string },
  contracted: string,
  release: ReleaseState,
): string | undefined {
  const idle = release[otherSlot(release.live)];
  const same = idle !== undefined && (idle.version === next.version || idle.image === next.image);
  const older = isOlder(next.version, contracted) === true;
  if (!older && !(same && isOlder(idle.version, contracted) !== false)) return undefined;
  const why = older ? `is older than ${contracted}` : `(${next.image}) may be older than ${contracted}`;
  return `version ${next.version} ${why}, for which the database was contracted: it cannot come back.`;
}
