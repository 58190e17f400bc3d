import type { Audience } from "./audience.ts";
import type { Router } from "./router.ts";
import type { Strategy } from "./strategy.ts";

/** By what a request that belongs to no segment is sent to one side. */
export type Split =
  | { readonly by: "random" }
  | { readonly by: "bucket"; readonly header: string }
  | { readonly by: "header"; readonly header: string; readonly values: readonly string[] };

/** How the strategy splits the users who belong to no segment. */
export function splitOf(strategy: Strategy, audience: Audience): Split {
  if (strategy.kind === "experiment") return strategy.assignment;
  return audience.sticky === undefined ? { by: "random" } : { by: "bucket", header: audience.sticky.header };
}

/**
 * Whether each request is sent to a side by itself, so that the measured share is binomial. Else users are, some of whom
 * ask more often than others, or connections are, and those that are open stay where they are.
 */
export function drawsEachRequest(router: Router, audience: Audience): boolean {
  if (router.kind === "selector" || audience.sticky !== undefined) return false;
  if (router.kind === "nginx") return router.stickyKey === undefined;
  return router.kind !== "kong" || router.canaryPlugin === undefined || router.canaryPlugin.hash === "none";
}

/**
 * A regular expression for the buckets below `end` of the hundred that are written `00` to `99`: the candidate's share at
 * that weight. RE2 syntax, for the whole value.
 */
export function bucketsBelow(end: number): string {
  if (!Number.isInteger(end) || end < 1 || end > 100) throw new RangeError(`buckets: 1 to 100, not ${end}`);
  const [tens, ones] = [Math.floor(end / 10), end % 10];
  const full = tens === 0 ? [] : [`${digits(tens)}[0-9]`];
  const rest = ones === 0 ? [] : [`${tens}${digits(ones)}`];
  return [...full, ...rest].join("|");
}

/** The digits below `end`, as a character class. */
function digits(end: number): string {
  return end === 1 ? "0" : `[0-${end - 1}]`;
}
