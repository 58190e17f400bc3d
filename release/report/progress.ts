import type { EventOf, Evidence, Thresholds } from "../events.ts";

type Sampled = Pick<EventOf<"sampled">, "evidence" | "mode">;

/** How far one rule is from acting, told by the evidence that it waits for. */
export interface Progress {
  /** The evidence that has the longest way to go. */
  readonly by: keyof Evidence;
  /** That evidence, and what the rule needs of it, as natural logarithms of e-values. */
  readonly evidence: number;
  readonly needed: number;
  /** Evidence over need on the log scale, 0 (nothing known) to 1 (decided). */
  readonly fraction: number;
}

/** The most there has been of the kinds of evidence that count once they have ever been reached. */
export type Highest = Pick<Evidence, "relative" | "floor"> & { readonly slower: number };

/** Before anything was measured. */
export const NO_EVIDENCE: Highest = { relative: 0, floor: 0, slower: 0 };

/** Takes a sample's evidence into the highest. */
export function raiseHighest(highest: Highest, { evidence }: Pick<Sampled, "evidence">): Highest {
  return {
    relative: Math.max(highest.relative, evidence.relative),
    floor: Math.max(highest.floor, evidence.floor),
    slower: Math.max(highest.slower, evidence.slower ?? 0),
  };
}

/**
 * How near the candidate is to a rollback: the nearest of the rules. "Worse than stable and above the ignorable", "above
 * the limit, and rather worse than stable", the same two for slow answers, "gets too few requests"; without traffic on
 * stable each limit decides alone, or "worse than stable was before".
 *
 * @param highest this sample's evidence included
 */
export function towardsRollback({ evidence, mode }: Sampled, highest: Highest, thresholds: Thresholds): Progress {
  const solo = mode === "solo";
  const reached = (of: keyof Highest, needed: number) =>
    progress(of, highest[of] >= needed ? highest[of] : (evidence[of] ?? 0), needed);
  const corroborated = (limit: Progress, by: "relative" | "slower") =>
    solo ? limit : lesser(limit, progress(by, evidence[by] ?? 0, thresholds.corroborate));
  const { relative, share, slower, tooSlow } = thresholds;
  const rules = [
    lesser(reached("relative", relative), reached("floor", relative)),
    corroborated(progress("limit", evidence.limit, thresholds.limit), "relative"),
    ...(slower === undefined || evidence.slower === undefined ? [] : [reached("slower", slower)]),
    ...(tooSlow === undefined || evidence.tooSlow === undefined
      ? []
      : [corroborated(progress("tooSlow", evidence.tooSlow, tooSlow), "slower")]),
    ...(share === undefined || evidence.fewer === undefined ? [] : [progress("fewer", evidence.fewer, share)]),
    ...(solo && evidence.thanBefore !== undefined ? [progress("thanBefore", evidence.thanBefore, relative)] : []),
  ];
  return rules.reduce((nearest, rule) => (rule.fraction > nearest.fraction ? rule : nearest));
}

/** How near the candidate is to being proved below the limit. */
export function towardsAdvance({ evidence }: Pick<Sampled, "evidence">, thresholds: Thresholds): Progress {
  return progress("pass", evidence.pass, thresholds.pass);
}

function progress(by: keyof Evidence, evidence: number, needed: number): Progress {
  return { by, evidence, needed, fraction: needed > 0 ? Math.min(1, Math.max(0, evidence / needed)) : 1 };
}

function lesser(a: Progress, b: Progress): Progress {
  return b.fraction < a.fraction ? b : a;
}
