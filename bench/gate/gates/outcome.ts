import type { Hour } from "../traffic.ts";

/** What a gate did in an hour; seconds since the candidate got its weight. */
export interface Outcome {
  /** When it decided to take the candidate off, if ever. */
  readonly rolledBackS?: number;
  /** Whether it stopped the release at some time without blaming the candidate. */
  readonly paused?: true;
  /** Whether it took the candidate off for no fault of its own: a pause had lasted too long. */
  readonly expired?: true;
}

/** A gate decides over an hour of traffic. */
export type Gate = (hour: Hour) => Outcome;
