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

/** The most there has been of the two kinds of evidence that count once they have ever been reached. */
export type Highest = Pick<Evidence, "relative" | "floor">;

/** Before anything was measured. */
export const NO_EVIDENCE: Highest = { relative: 0, floor: 0 };

/** Takes a sample's evidence into the highest. */
export function raiseHighest(highest: Highest, { evidence }: Pick<Sampled, "evidence">): Highest {
  return {
    relative: Math.max(highest.relative, evidence.relative),
    floor: Math.max(highest.floor, evidence.floor),
  };
}

/**
 * How near the candidate is to a rollback: the nearer of the two rules, "worse than stable and above the ignorable" and
 * "above the limit, and rather worse than stable". Without traffic on stable the limit decides alone.
 *
 * @param highest this sample's evidence included
 */
export function towardsRollback({ evidence, mode }: Sampled, highest: Highest, thresholds: Thresholds): Progress {
  const limit = progress("limit", evidence.limit, thresholds.limit);
  const reached = (of: keyof Highest) => {
    const best = highest[of] >= thresholds.relative ? highest[of] : evidence[of];
    return progress(of, best, thresholds.relative);
  };
  const compared = lesser(reached("relative"), reached("floor"));
  if (mode === "solo") return limit.fraction >= compared.fraction ? limit : compared;
  const corroborated = lesser(limit, progress("relative", evidence.relative, thresholds.corroborate));
  return corroborated.fraction > compared.fraction ? corroborated : compared;
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
