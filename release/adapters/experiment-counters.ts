import type { ExperimentAnalysis } from "../../config/experiment.ts";
import { messageOf, UserError } from "../errors.ts";
import type { Observations } from "../experiment/analysis.ts";
import { countIn, NOTHING_COUNTED, type Counted, type Counter, type GroupLabel } from "../experiment/counted.ts";
import { momentsOfSums, type Groups } from "../experiment/moments.ts";
import { readHistory } from "./prometheus.ts";

/** So much is asked for at a time: two weeks at once are more samples than Prometheus gives. */
const SPAN_MS = 6 * 3_600_000;

/** Before the start, so that what a series had counted until then is known. */
const LOOK_BACK_MS = 5 * 60_000;

/** The source that counts an experiment's users. */
export interface ExperimentSource {
  readonly prometheus: string;
  readonly scrapeInterval: number;
  readonly analysis: Pick<ExperimentAnalysis, "conversion" | "value">;
  readonly groups: GroupLabel;
}

/**
 * Counts an experiment's users by Prometheus, from one moment to another.
 *
 * @returns what was seen, and since when there were samples
 * @throws UserError when Prometheus does not answer, or counts nobody in one of the groups
 */
export async function readExperiment(
  source: ExperimentSource,
  startMs: number,
  untilMs: number,
): Promise<{ readonly seen: Observations; readonly since: number | undefined }> {
  const selectors = Object.entries({ ...source.analysis.conversion, ...source.analysis.value }) as [Counter, string][];
  let counted: Counted = NOTHING_COUNTED;
  for (let from = startMs - LOOK_BACK_MS; from < untilMs; from += SPAN_MS) {
    const until = Math.min(from + SPAN_MS, untilMs);
    const readings = await Promise.all(
      selectors.map(async ([counter, selector]) => ({ counter, series: await read(source, selector, from, until) })),
    );
    counted = countIn(counted, readings, source.groups, startMs, source.scrapeInterval);
  }
  return { seen: observe(counted, source), since: counted.since };
}

async function read({ prometheus }: ExperimentSource, selector: string, fromMs: number, untilMs: number) {
  try {
    return await readHistory(prometheus, selector, fromMs, untilMs);
  } catch (error) {
    throw new UserError(messageOf(error), { cause: error });
  }
}

function observe({ totals }: Counted, { analysis, groups }: ExperimentSource): Observations {
  const of = (counter: Counter): Groups<number> => ({ a: totals.a[counter] ?? 0, b: totals.b[counter] ?? 0 });
  const demand = (counter: Counter, selector: string): Groups<number> => {
    const missing = (["a", "b"] as const).filter((group) => totals[group][counter] === undefined);
    const names = missing.map((group) => `${group.toUpperCase()} (${groups.label}="${groups[group]}")`).join(" and ");
    if (missing.length === 0) return of(counter);
    throw new UserError(
      `Prometheus has no samples of ${selector} for group ${names}: look whether it scrapes that counter, and whether ` +
        "strategy.analysis.groups names the label and its values.",
    );
  };
  const { conversion, value } = analysis;
  const conversions = of("conversions");
  const users = conversion === undefined ? undefined : demand("users", conversion.users);
  const valued = value === undefined ? undefined : demand("count", value.count);
  const [sums, squares] = [of("sum"), of("sumOfSquares")];
  const all = users ?? valued;
  if (all === undefined)
    throw new UserError("Neither strategy.analysis.conversion nor strategy.analysis.value is declared.");
  return {
    users: all,
    ...(users === undefined ? {} : { conversion: bothOf((g) => convertedOf(users[g], conversions[g], g)) }),
    ...(valued === undefined ? {} : { value: bothOf((g) => momentsOfSums(valued[g], sums[g], squares[g])) }),
  };
}

function convertedOf(users: number, conversions: number, group: keyof Groups<unknown>) {
  if (conversions <= users) return { users, conversions };
  throw new UserError(
    `Group ${group.toUpperCase()} has ${conversions} conversions of ${users} users: both counters must count each user once.`,
  );
}

function bothOf<T>(of: (group: keyof Groups<T>) => T): Groups<T> {
  return { a: of("a"), b: of("b") };
}
