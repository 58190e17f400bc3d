/**
 * Evidence that grows while a hypothesis is contradicted: a product of likelihood ratios, mixed over alternatives. Its
 * expectation never exceeds 1 while the hypothesis holds, so by Ville's inequality (1939) it ever reaches 1/α with
 * probability at most α, however often one looks.
 */
export interface EProcess {
  /** ln of what each alternative's stake has grown to, its share of the mixture included. */
  readonly stakes: readonly number[];
  /** Full minutes whose share has been staked; absent when everything was staked at the start. */
  readonly minutes?: number;
}

const AT_START = 0.5;

/** Stakes everything on all alternatives at the start, equally. */
export function startPlain(alternatives: number): EProcess {
  return { stakes: Array<number>(alternatives).fill(-Math.log(alternatives)) };
}

/**
 * Stakes half at the start and the rest over the minutes to come, 0.5/(j(j+1)) at minute j, so that a version that turns
 * bad late is not shielded by its good beginning. What is not yet staked counts as it is: the whole starts at 1.
 */
export function startWithOnset(alternatives: number): EProcess {
  return { stakes: Array<number>(alternatives).fill(Math.log(AT_START / alternatives)), minutes: 0 };
}

/**
 * Multiplies each stake by its likelihood ratio.
 *
 * @param increments ln of the likelihood ratio of each alternative
 * @param elapsedMs since the process started
 */
export function multiply(process: EProcess, increments: readonly number[], elapsedMs: number): EProcess {
  const { minutes, stakes } = process;
  const due = minutes === undefined ? undefined : Math.max(minutes, Math.floor(elapsedMs / 60_000));
  const added = due === undefined || minutes === undefined ? 0 : unstaked(minutes) - unstaked(due);
  const staked = added === 0 ? stakes : raise(stakes, added / stakes.length);
  const grown = staked.map((stake, i) => stake + (increments[i] ?? 0));
  return due === undefined ? { stakes: grown } : { stakes: grown, minutes: due };
}

/** Adds the same to each stake; all but what is added are logarithms. */
function raise(stakes: readonly number[], added: number): readonly number[] {
  const ln = Math.log(added);
  return stakes.map((stake) => Math.max(stake, ln) + Math.log1p(Math.exp(-Math.abs(stake - ln))));
}

/** ln of the evidence. */
export function lnEvidence(process: EProcess): number {
  return lnSum(process.stakes, process.minutes === undefined ? -Infinity : Math.log(unstaked(process.minutes)));
}

/** ln of the mean of evidence that is given as ln: evidence again, whatever the parts have in common. */
export function lnMean(evidence: readonly number[]): number {
  return lnSum(evidence) - Math.log(evidence.length);
}

/** What is left to stake after `minutes`: the sum of 0.5/(j(j+1)) over all later j. */
function unstaked(minutes: number): number {
  return (1 - AT_START) / (minutes + 1);
}

/** ln(exp(first) + Σ exp(x)) without overflow. */
function lnSum(terms: readonly number[], first = -Infinity): number {
  let largest = first;
  for (const term of terms) if (term > largest) largest = term;
  if (largest === -Infinity) return -Infinity;
  let sum = Math.exp(first - largest);
  for (const term of terms) sum += Math.exp(term - largest);
  return largest + Math.log(sum);
}
