import { isFailed, type Answer } from "./answer.ts";

/** Answers of one version with one status. */
export interface Count {
  readonly version: string;
  readonly status: number;
  readonly count: number;
}

/** How long the answers of one version took. Requests without an answer are left out. */
export interface Latency {
  readonly version: string;
  readonly count: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What a run of load came to. */
export interface LoadResult {
  readonly requests: number;
  /** Requests with a status of 500 or more, or without an answer. */
  readonly failed: number;
  /** Requests that were due and not sent, because too many others were still waiting for their answers. */
  readonly dropped: number;
  readonly counts: readonly Count[];
  /** `second`: the second, since the epoch, in which the requests were sent. */
  readonly perSecond: readonly (Count & { readonly second: number })[];
  readonly latency: readonly Latency[];
}

/** Sums the answers up; every list is sorted by its fields from left to right. */
export function summarize(answers: readonly Answer[], dropped: number): LoadResult {
  const seconds = Map.groupBy(answers, ({ startMs }) => Math.floor(startMs / 1000));
  return {
    requests: answers.length,
    failed: answers.filter(isFailed).length,
    dropped,
    counts: countAnswers(answers),
    perSecond: [...seconds]
      .toSorted(([a], [b]) => a - b)
      .flatMap(([second, sent]) => countAnswers(sent).map((count) => ({ second, ...count }))),
    latency: measureLatency(answers),
  };
}

/** How many answers each version gave with each status. */
export function countAnswers(answers: readonly Answer[]): Count[] {
  const groups = Map.groupBy(answers, ({ version, status }) => `${version}\0${status}`);
  return [...groups.values()]
    .flatMap(([first, ...others]) => (first === undefined ? [] : [{ ...pick(first), count: others.length + 1 }]))
    .toSorted((a, b) => compareText(a.version, b.version) || a.status - b.status);
}

/** The smallest of the sorted values that at least `share` of them do not exceed (nearest rank). NaN of nothing. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  const rank = Math.max(1, Math.ceil(share * sorted.length - 1e-9));
  return sorted[rank - 1] ?? Number.NaN;
}

function measureLatency(answers: readonly Answer[]): Latency[] {
  const answered = answers.filter(({ status }) => status !== 0);
  return [...Map.groupBy(answered, ({ version }) => version)]
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([version, group]) => {
      const sorted = Float64Array.from(group, ({ durationMs }) => durationMs).sort();
      return {
        version,
        count: group.length,
        p50Ms: percentile(sorted, 0.5),
        p90Ms: percentile(sorted, 0.9),
        p99Ms: percentile(sorted, 0.99),
        maxMs: percentile(sorted, 1),
      };
    });
}

function pick({ version, status }: Answer): Pick<Count, "version" | "status"> {
  return { version, status };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
