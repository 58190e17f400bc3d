import { lnBeta } from "./distributions.ts";
import type { Groups } from "./moments.ts";

/** A split as declared is called a mismatch with at most this probability, however often one looks. */
const FALSE_ALARM = 0.001;

/** How sharply the alternatives gather around the declared share, in users: differences of a few percent are looked for. */
const SHARPNESS = 500;

/** Whether the users came into the groups as declared. If not, who is counted depends on the group: no number is to be trusted. */
export interface Split {
  /** Share of the users in group B. */
  readonly declared: number;
  readonly observed: number;
  /** Anytime-valid. */
  readonly p: number;
  readonly mismatch: boolean;
}

/**
 * Sample-ratio test: the evidence is a likelihood ratio, mixed by a beta distribution around the declared share, which is
 * exact and holds at every look (Lindon and Malek, "Anytime-valid inference for multinomial count data", NeurIPS 2022).
 */
export function checkSplit({ a, b }: Groups<number>, declared: number): Split {
  const [priorA, priorB] = [SHARPNESS * (1 - declared), SHARPNESS * declared];
  const lnEvidence =
    lnBeta(priorB + b, priorA + a) - lnBeta(priorB, priorA) - b * Math.log(declared) - a * Math.log(1 - declared);
  const p = Math.min(1, Math.exp(-lnEvidence));
  return { declared, observed: a + b === 0 ? declared : b / (a + b), p, mismatch: p <= FALSE_ALARM };
}
