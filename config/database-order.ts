import type { Database } from "./database.ts";
import { liveVersion, otherSlot, type ReleaseState, type SlotState } from "./release-state.ts";
import type { StrategyKind } from "./strategy.ts";

/**
 * The version for which the database is expanded now: the one under release. Where a version comes as a candidate, that
 * is the candidate, or the very first version. A live version is not expanded for again, also after a rollback: what the
 * stack file then says about the expansion belongs to the version that went.
 */
export function versionToExpand(release: ReleaseState, strategy: StrategyKind): SlotState | undefined {
  if (release.candidate !== undefined) return release[release.candidate];
  const replacesItself = strategy === "rolling" || strategy === "argo" || strategy === "replace";
  const isFirst = release[otherSlot(release.live)] === undefined;
  return replacesItself || isFirst ? liveVersion(release) : undefined;
}

/** The version for which the database is contracted now: the live one, once that is approved and nothing is under way. */
export function versionToContract(database: Database, release: ReleaseState): SlotState | undefined {
  const live = liveVersion(release);
  const approved = database.contract?.approvedFor === live.version;
  const done = release.contracted === live.version;
  return approved && !done && release.candidate === undefined ? live : undefined;
}
