import { SLOTS, type Slot } from "./release-state.ts";

/** What a label of a series must be; patterns are RE2 and have to match the whole value. */
export interface LabelMatch {
  readonly label: string;
  readonly op: "=" | "=~" | "!~";
  readonly value: string;
}

/**
 * What counts requests, and what its series are called. One description serves the gate's counters, the alert rules and
 * the dashboard, so that all three speak of the same requests.
 */
export interface MetricSource {
  /** Counter of answered requests. */
  readonly requests: string;
  /** Counter that holds the failed ones, status 5xx: those of its series that match `failure`. */
  readonly failed: string;
  readonly failure: LabelMatch;
  /** Histogram of the time that answers took, by its `_bucket` series. */
  readonly latency: { readonly buckets: string; readonly unit: "ms" | "s" };
  /** What all these series have in common. */
  readonly common: readonly LabelMatch[];
  /** What tells the slots apart: one label, with a value for each. */
  readonly slots: Readonly<Record<Slot, LabelMatch>>;
  /** Who counts: an edge that sees both slots, or pods that each belong to one. */
  readonly counted: "edge" | "pods";
  /** Whether a series begins, at 0, with what it is about, or only with its first request. */
  readonly born: "at the start" | "with the first request";
  /**
   * Whether requests that are forced to one side, by the testers' header or a segment, are counted apart from those that
   * the weight splits, or among them. Only where they are apart must the measured share be the weight.
   */
  readonly forced: "apart" | "among them";
}

/** What the series of a counter count. */
export type Counted = "requests" | "failed";

/** What a series stands for: a counter of a slot's requests, or a bucket of the times that they took. */
export type Classified =
  | { readonly slot: Slot; readonly counts: readonly Counted[] }
  /** The upper end of the bucket in ms, which holds all that were quicker as well; `Infinity` holds all. */
  | { readonly slot: Slot; readonly upTo: number };

/** Where the raw counters of one source of metrics are found, and which slot each of their series belongs to. */
export interface CounterPreset {
  /** One PromQL selector for all series of both slots, so that one query reads a consistent picture. */
  readonly selector: string;
  /** What a series counts, and for which slot; `undefined` when it is of no interest. */
  readonly classify: (labels: Readonly<Record<string, string>>) => Classified | undefined;
  readonly counted: MetricSource["counted"];
  readonly born: MetricSource["born"];
}

/**
 * The source's raw counters, for the gate.
 *
 * @param ends the buckets to read beside them, by their `le` labels as the source writes them
 */
export function counterPreset(source: MetricSource, ends: readonly string[] = []): CounterPreset {
  const { born, common, counted, failed, failure, latency, requests, slots } = source;
  const of = { blue: matcher(slots.blue), green: matcher(slots.green) };
  const isFailure = matcher(failure);
  const isOurs = common.map(matcher);
  return {
    selector: selectCounters(source, ends),
    classify(labels) {
      const slot = SLOTS.find((candidate) => of[candidate](labels));
      if (slot === undefined || !isOurs.every((fits) => fits(labels))) return undefined;
      if (labels.__name__ === latency.buckets) return { slot, upTo: bucketEnd(labels.le, latency.unit) };
      if (requests !== failed) return { slot, counts: [labels.__name__ === failed ? "failed" : "requests"] };
      return { slot, counts: isFailure(labels) ? ["requests", "failed"] : ["requests"] };
    },
    counted,
    born,
  };
}

/** Compiled once: series are many, and read again and again. */
function matcher(match: LabelMatch): (labels: Readonly<Record<string, string>>) => boolean {
  const pattern = new RegExp(`^(?:${patternOf(match)})$`);
  return (labels) => pattern.test(labels[match.label] ?? "") === (match.op !== "!~");
}

/** Where a bucket ends, in ms; NaN for a series that is no bucket. */
export function bucketEnd(le: string | undefined, unit: MetricSource["latency"]["unit"]): number {
  if (le === "+Inf") return Infinity;
  const end = Number(le) * (unit === "s" ? 1_000 : 1);
  // 0.29 s are 290 ms, which floating point misses by a hair.
  return Number(end.toPrecision(12));
}

function selectCounters({ common, failed, failure, latency, requests, slots }: MetricSource, ends: readonly string[]) {
  const both = [...common, eitherSlot(slots)];
  const names = [...new Set([requests, failed, ...(ends.length > 0 ? [latency.buckets] : [])])];
  if (names.length === 1) return selector(requests, both);
  // A label that a series lacks is as good as empty.
  const ofFailures: LabelMatch = { label: failure.label, op: "=~", value: `|${patternOf(failure)}` };
  const ofBuckets: LabelMatch = { label: "le", op: "=~", value: ["", ...ends, "+Inf"].map(escapePattern).join("|") };
  return selector("", [
    { label: "__name__", op: "=~", value: names.join("|") },
    ...(requests === failed ? [] : [ofFailures]),
    ...(ends.length > 0 ? [ofBuckets] : []),
    ...both,
  ]);
}

/** A match for the series of both slots. */
export function eitherSlot({ blue, green }: MetricSource["slots"]): LabelMatch {
  return { label: blue.label, op: "=~", value: `${patternOf(blue)}|${patternOf(green)}` };
}

/** A PromQL selector. */
export function selector(metric: string, matches: readonly LabelMatch[]): string {
  const quote = (text: string) => `"${text.replace(/[\\"]/g, "\\$&")}"`;
  return `${metric}{${matches.map(({ label, op, value }) => `${label}${op}${quote(value)}`).join(",")}}`;
}

function patternOf({ op, value }: LabelMatch): string {
  return op === "=" ? escapePattern(value) : value;
}

/** For a pattern that has to match this text as it is. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
